/**
 * Runs seeds and tells what came of them, a line of JSON each now and then, the failures at once.
 * `worker.mjs FROM COUNT STEP [trace]`: the seeds FROM, FROM + STEP, ...; `worker.mjs these 1,2`: these.
 */
import { machineAtHand } from "./machine.ts";
import { type Result, run } from "./run.ts";

declare global {
  // What the bundle makes of `setImmediate`: an event like any other.
  var simulatedImmediate: (callback: () => void) => void;
}

globalThis.simulatedImmediate = (callback) => {
  machineAtHand().agenda.add("an immediate", callback);
};

const TOLD_EVERY = 100;

function tell(message: unknown): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function work(from: number, count: number, step: number): Promise<void> {
  let done = 0;
  let answers = 0;
  let lives = 0;
  for (let at = 0; at < count; at += 1) {
    const result: Result = await run(from + at * step);
    done += 1;
    answers += result.answers;
    lives += result.lives;
    if (result.failure !== undefined) tell({ failed: result });
    if (done === TOLD_EVERY || at === count - 1) {
      tell({ done, answers, lives });
      done = answers = lives = 0;
    }
  }
}

/** These, one line for each that fails. */
async function workOn(seeds: readonly number[]): Promise<void> {
  for (const seed of seeds) {
    const result = await run(seed);
    if (result.failure !== undefined) tell({ failed: result });
  }
}

const [from = 0, count = 1, step = 1] = process.argv.slice(2, 5).map(Number);
if (process.argv[5] === "trace") {
  const result = await run(from, (line) => void process.stdout.write(`${line}\n`));
  process.stdout.write(`${JSON.stringify(result)}\n`);
} else {
  // Disks fail by the thousand here: where an error comes from is told with `trace`.
  Error.stackTraceLimit = 0;
  if (process.argv[2] !== "these") await work(from, count, step);
  else await workOn((process.argv[3] ?? "").split(",").map(Number));
}
