/**
 * What the tests of this folder begin with: the built program, the compiled protocol, a folder that
 * is removed at the end; and whether faults can be made here at all, said aloud where they can not.
 */
import { existsSync, rmSync } from "node:fs";
import { afterAll, beforeAll } from "vitest";
import { straceMissing } from "./calls.ts";
import { BUILT } from "./program.ts";
import { scratchFolder } from "./scratch.ts";
import { type Setting, settle } from "./workload.ts";

if (!existsSync(BUILT.launcher.replace(/bin.pgs\.cjs$/, "dist/main.js"))) {
  throw new Error("the program is not built; build it with: npm run build");
}

const missing = straceMissing();
if (missing !== undefined) {
  console.warn(`SKIPPED: faults at file calls and power cuts are not tested here: ${missing}`);
}

/** Why tests are left out, for their names; false where none is. */
export const noFaults: string | false = missing ?? false;

/** To be called at the top of a test file. */
export function useSetting(): () => Setting {
  let setting: Setting | undefined;
  const scratch = scratchFolder();
  beforeAll(async () => {
    setting = await settle(scratch, BUILT);
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  return () => {
    if (setting === undefined) throw new Error("asked before it was settled");
    return setting;
  };
}
