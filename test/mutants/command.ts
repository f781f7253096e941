/**
 * `npm run mutants`: finds seeds that see each mistake, and remembers them for the tests.
 *
 *   npm run mutants -- "an answer that does not wait"   of those that are named
 */
import { MISTAKES } from "./mistakes.ts";
import { known, remember, seedsThatSee } from "./seeds.ts";

const AT_A_TIME = 2;

const names = process.argv.slice(2);
const seeds: Record<string, readonly number[]> = names.length === 0 ? {} : { ...known };
const left = MISTAKES.filter(({ name }) => names.length === 0 || names.includes(name));

async function goThrough(): Promise<void> {
  for (let mistake = left.shift(); mistake !== undefined; mistake = left.shift()) {
    const found = await seedsThatSee(mistake);
    const told = found.length === 0 ? "seen by none" : found.join();
    process.stderr.write(`${left.length} left; ${mistake.name}: ${told}\n`);
    if (found.length === 0) process.exitCode = 1;
    else seeds[mistake.name] = found;
  }
}

await Promise.all(Array.from({ length: AT_A_TIME }, goThrough));
remember(seeds);
