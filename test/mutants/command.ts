/** `npm run mutants`: finds a seed that sees each mistake, and remembers it for the tests. */
import { MISTAKES } from "./mistakes.ts";
import { remember, seedThatSees } from "./seeds.ts";

const AT_A_TIME = 2;

const seeds: Record<string, number> = {};
const left = [...MISTAKES];

async function goThrough(): Promise<void> {
  for (let mistake = left.shift(); mistake !== undefined; mistake = left.shift()) {
    const seed = await seedThatSees(mistake);
    process.stderr.write(`${left.length} left; ${mistake.name}: ${seed ?? "seen by none"}\n`);
    if (seed === undefined) process.exitCode = 1;
    else seeds[mistake.name] = seed;
  }
}

await Promise.all(Array.from({ length: AT_A_TIME }, goThrough));
remember(seeds);
