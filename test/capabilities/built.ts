/**
 * The capabilities as users get them: bundled to a folder of their own and opened from there, so
 * that a test runs the bytes that are sealed and never the sources.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { bundleCapabilities } from "../../capabilities/bundle.mjs";
import { openCapabilities } from "../../capabilities/registry.ts";
import type { Capabilities, TransformAnswer } from "../../protocol/language/capabilities.ts";
import { deepFreeze, type Json } from "../../protocol/language/json.ts";

const folders: string[] = [];

/** An empty folder, removed when the test file is done. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pgs-capabilities-"));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export const FOLDER = freshFolder();
await bundleCapabilities(FOLDER);

export const capabilities: Capabilities = openCapabilities(FOLDER);

/** Runs an implementation on a frozen input, as the runtime does. */
export function run(implementation: string, input: Json): TransformAnswer {
  return capabilities.transform(implementation)(deepFreeze(input));
}

/** The output of a run that must end in SUCCESS. */
export function succeed(implementation: string, input: Json): Record<string, string> {
  const answer = run(implementation, input);
  if (answer.outcome !== "SUCCESS") throw new Error(`${implementation}: ${answer.outcome}`);
  return answer.output as Record<string, string>;
}
