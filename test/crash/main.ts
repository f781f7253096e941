/**
 * `npm run sweep`: every case of every family, or those whose names begin with what is given:
 *
 *   npm run sweep -- sweep/torn cut/used/12
 *
 * One line for each case that fails, and how to do it again; the exit code is 1 if any did.
 */
import { rmSync } from "node:fs";
import { straceMissing } from "./calls.ts";
import { carryOutAll } from "./case.ts";
import { casesOf, FAMILIES, type FamilyName } from "./families.ts";
import { origins } from "./origins.ts";
import { BUILT } from "./program.ts";
import { scratchFolder } from "./scratch.ts";
import { settle } from "./workload.ts";

const EVERY = 100;

/** Gives the exit code. */
async function main(given: readonly string[]): Promise<number> {
  const names = given.length === 0 ? [""] : given;
  const missing = straceMissing();
  if (missing !== undefined) {
    process.stderr.write(`nothing was done: ${missing}\n`);
    return 2;
  }
  const scratch = scratchFolder();
  process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
  const setting = await settle(scratch, BUILT);
  const from = await origins(setting);
  const families = (Object.keys(FAMILIES) as FamilyName[]).filter((family) =>
    names.some((name) => name.startsWith(family) || family.startsWith(name)),
  );
  let [done, failed] = [0, 0];
  for (const family of families) {
    const all = await casesOf(family, setting, from);
    const cases = all.filter(({ id }) => names.some((name) => id.startsWith(name)));
    process.stdout.write(`${family}: ${cases.length} cases\n`);
    await carryOutAll(cases, ({ case: { id, about }, complaints }) => {
      done += 1;
      if (done % EVERY === 0) process.stderr.write(`${done} done, ${failed} failed\n`);
      if (complaints.length === 0) return;
      failed += 1;
      process.stdout.write(`npm run sweep -- ${id}  (${about})\n  ${complaints.join("\n  ")}\n`);
    });
  }
  process.stdout.write(`${done} cases, ${failed} failed\n`);
  return failed === 0 && done > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
