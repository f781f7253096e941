/**
 * Which seed sees a mistake. Those that did when `npm run mutants` was last run are tried first: a
 * change of the runtime may make any of them see nothing, and then all are gone through again.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleSimulator } from "../simulator/bundle.ts";
import { firstFailure } from "./first-failure.ts";
import type { Mistake } from "./mistake.ts";

const FILE = join(import.meta.dirname, "seeds.json");

/** Far more than any of them needs. */
const SEEDS = 20_000;

type Seeds = Readonly<Record<string, number>>;

const remembered: Seeds = JSON.parse(readFileSync(FILE, "utf8"));

/** A seed that fails with the mistake; undefined where none of them does. */
export async function seedThatSees(mistake: Mistake): Promise<number | undefined> {
  const { script, remove } = await bundleSimulator([mistake]);
  try {
    const likely = remembered[mistake.name];
    const again = likely === undefined ? undefined : await firstFailure(script, likely, 1);
    return again ?? (await firstFailure(script, 1, SEEDS));
  } finally {
    remove();
  }
}

export function remember(seeds: Seeds): void {
  const sorted = Object.fromEntries(Object.entries(seeds).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(FILE, `${JSON.stringify(sorted, null, 2)}\n`);
}
