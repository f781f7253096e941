/**
 * `npm run simulate`: many seeds on all processors, progress on stderr; a seed that fails is named with
 * the command that shows it, call by call.
 *
 *   npm run simulate -- --seeds 1000000 [--from N]
 *   npm run simulate -- --seed N [--trace]
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { mistakeNamed } from "../mutants/mistakes.ts";
import { bundleSimulator } from "./bundle.ts";
import type { Result } from "./run.ts";

type Told =
  | { readonly failed: Result }
  | { readonly done: number; readonly answers: number; readonly lives: number };

export interface Tally {
  done: number;
  answers: number;
  lives: number;
  readonly failed: Result[];
}

const FAILURES_MAX = 20;
const SEEDS = 10_000;

function processes(): number {
  return Math.max(1, availableParallelism());
}

/** One worker process over its share of the seeds; settles when it has ended. */
function work(script: string, parameters: readonly number[], heard: (told: Told) => void) {
  const child = spawn(process.execPath, [script, ...parameters.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  createInterface({ input: child.stdout }).on("line", (line) => heard(JSON.parse(line) as Told));
  const ended = new Promise<void>((resolve, reject) => {
    child.on("close", (code, signal) => {
      if (code === 0 || signal === "SIGTERM") resolve();
      else reject(new Error(`a worker ended with ${code ?? signal}`));
    });
  });
  return { ended, stop: () => child.kill("SIGTERM") };
}

async function simulate(
  script: string,
  { from, seeds, failuresMax }: { from: number; seeds: number; failuresMax: number },
): Promise<Tally> {
  const tally: Tally = { done: 0, answers: 0, lives: 0, failed: [] };
  const step = Math.min(processes(), seeds);
  const begun = performance.now();
  const heard = (told: Told) => {
    if ("failed" in told) {
      tally.failed.push(told.failed);
      report(told.failed);
      if (tally.failed.length >= failuresMax) for (const { stop } of workers) stop();
      return;
    }
    tally.done += told.done;
    tally.answers += told.answers;
    tally.lives += told.lives;
    progress(tally, seeds, performance.now() - begun);
  };
  const workers = Array.from({ length: step }, (_, at) =>
    work(script, [from + at, Math.ceil((seeds - at) / step), step], heard),
  );
  await Promise.all(workers.map(({ ended }) => ended));
  return tally;
}

let told = 0;

function progress({ done, answers, lives, failed }: Tally, seeds: number, ms: number): void {
  if (done - told < seeds / 100 && done < seeds) return;
  told = done;
  const rate = Math.round((done * 1_000) / ms);
  const counts = `${done}/${seeds} seeds, ${lives} lives, ${answers} answers`;
  process.stderr.write(`${counts}, ${failed.length} failed, ${rate} a second\n`);
}

function report({ seed, failure }: Result): void {
  process.stdout.write(`seed ${seed}: ${failure}\n  npm run simulate -- --seed ${seed} --trace\n`);
}

async function trace(script: string, seed: number): Promise<void> {
  const child = spawn(process.execPath, [script, String(seed), "1", "1", "trace"], {
    stdio: "inherit",
  });
  await new Promise((resolve) => child.on("close", resolve));
}

const OPTIONS = {
  seeds: { type: "string" },
  from: { type: "string", default: "1" },
  seed: { type: "string" },
  trace: { type: "boolean", default: false },
  mistake: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

const HELP = `Usage: npm run simulate -- [options]

Runs the runtime on a simulated disk, clock and world, one life after another, a seed each.

  --seeds <n>       so many seeds, on all processors (default: ${SEEDS})
  --from <n>        the first of them (default: 1)
  --seed <n>        this seed only
  --trace           with --seed: every call to the disk and the clock
  --mistake <name>  with a mistake built in, which a seed must find
  -h, --help        show this help

A seed that fails is named with the command that shows it; the exit code is 1 then.
`;

/** What was given, or what is wrong with it in a sentence. */
function given() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith("ERR_PARSE_ARGS") !== true) throw error;
    process.stderr.write(`${message}\n\n${HELP}`);
    process.exitCode = 2;
    return undefined;
  }
}

async function carryOut(values: NonNullable<ReturnType<typeof given>>): Promise<void> {
  const mistakes = values.mistake === undefined ? [] : [mistakeNamed(values.mistake)];
  const { script, remove } = await bundleSimulator(mistakes);
  try {
    if (values.seed !== undefined && values.trace) {
      await trace(script, Number(values.seed));
    } else {
      const from = Number(values.seed ?? values.from);
      const seeds = values.seed === undefined ? Number(values.seeds ?? SEEDS) : 1;
      const failuresMax = mistakes.length > 0 ? 1 : FAILURES_MAX;
      const { failed } = await simulate(script, { from, seeds, failuresMax });
      process.exitCode = failed.length > 0 ? 1 : 0;
    }
  } finally {
    remove();
  }
}

// Not left by `process.exit`: who started this removes what it made.
const values = given();
if (values?.help === true) process.stdout.write(HELP);
else if (values !== undefined) await carryOut(values);
