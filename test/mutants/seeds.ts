/**
 * Which seeds see a mistake. Those that did when `npm run mutants` was last run are tried first, a few
 * for each: a change of the runtime may make any of them see nothing, and seldom all. Then all are
 * gone through again.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleSimulator } from "../simulator/bundle.ts";
import { firstFailure } from "./first-failure.ts";
import type { Mistake } from "./mistake.ts";

const FILE = join(import.meta.dirname, "seeds.json");

/** Far more than any of them needs. */
const SEEDS = 20_000;
/** So many are remembered, where as many are found not much further on than the first. */
const REMEMBERED = 3;
const FURTHER = 3;

type Seeds = Readonly<Record<string, readonly number[]>>;

export const known: Seeds = JSON.parse(readFileSync(FILE, "utf8"));

/** A seed that fails with the mistake; undefined where none of them does. */
export function seedThatSees(mistake: Mistake): Promise<number | undefined> {
  return withMistake(mistake, (script) => firstOf(script, known[mistake.name] ?? []));
}

/** Some of them, the first that there is among them. */
export function seedsThatSee(mistake: Mistake): Promise<readonly number[]> {
  return withMistake(mistake, async (script) => {
    const first = await firstOf(script, known[mistake.name] ?? []);
    if (first === undefined) return [];
    const found = [first];
    const last = first * FURTHER + 300;
    while (found.length < REMEMBERED) {
      const from = Math.max(...found) + 1;
      const next = await firstFailure(script, { from, seeds: Math.max(0, last - from) });
      if (next === undefined) break;
      found.push(next);
    }
    return found;
  });
}

async function firstOf(script: string, likely: readonly number[]): Promise<number | undefined> {
  const again = likely.length === 0 ? undefined : await firstFailure(script, likely);
  return again ?? (await firstFailure(script, { from: 1, seeds: SEEDS }));
}

async function withMistake<T>(mistake: Mistake, look: (script: string) => Promise<T>): Promise<T> {
  const { script, remove } = await bundleSimulator([mistake]);
  try {
    return await look(script);
  } finally {
    remove();
  }
}

export function remember(seeds: Seeds): void {
  const lines = Object.entries(seeds)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, found]) => `  ${JSON.stringify(name)}: [${found.join(", ")}]`);
  writeFileSync(FILE, `{\n${lines.join(",\n")}\n}\n`);
}
