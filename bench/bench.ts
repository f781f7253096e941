/**
 * What a section has to work with: the program as it was built, a scratch folder on the disk that is
 * measured, and ways to start processes. A process that fails stops the run: a number of something
 * that did not happen is worse than none.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Row } from "./row.ts";

export interface Bench {
  /** The program's folder. */
  readonly root: string;
  /** A new empty folder below the scratch folder. */
  readonly folder: (name: string) => string;
  /** Fewer samples: for trying the measurements themselves. */
  readonly quick: boolean;
  /** A million executions where it takes that many to see something: long. */
  readonly million: boolean;
  /** Milliseconds from start to end of `node …args`. */
  readonly time: (args: readonly string[]) => number;
  /** Milliseconds of processor time that `node …args` takes: unlike time, hardly moved by others. */
  readonly processorTime: (args: readonly string[]) => number;
  /** Both, of one run, and the most that was resident. */
  readonly spent: (args: readonly string[], more?: Readonly<Record<string, string>>) => Spent;
  /** What `node …args` writes to its standard output. */
  readonly output: (args: readonly string[]) => string;
  /** Runs a job of `child.ts` in a process of its own; with options, without source maps: they take memory. */
  readonly child: <T>(job: string, argument: unknown, nodeOptions?: readonly string[]) => T;
  readonly progress: (text: string) => void;
}

export interface Spent {
  readonly ms: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

export interface Section {
  readonly name: string;
  readonly title: string;
  readonly run: (bench: Bench) => readonly Row[];
}

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

export interface Places {
  readonly root: string;
  readonly scratch: string;
  readonly childFile: string;
  /** `cpu-at-exit.cjs`. */
  readonly cpuFile: string;
}

export interface Extent {
  readonly quick: boolean;
  readonly million: boolean;
}

export function benchOf(places: Places, extent: Extent): Bench {
  const output = (args: readonly string[]) => started(args, "pipe").stdout;
  const spent: Bench["spent"] = (args, more = {}) => {
    const answer = join(places.scratch, "cpu-micros");
    const env = { ...process.env, ...more, BENCH_CPU_FILE: answer };
    const { ms } = started(["--require", places.cpuFile, ...args], "ignore", env);
    const [cpuMicros, peakKib] = readFileSync(answer, "utf8").split(" ").map(Number);
    return { ms, cpuMs: (cpuMicros ?? 0) / 1_000, peakBytes: (peakKib ?? 0) * 1_024 };
  };
  let folders = 0;
  return {
    root: places.root,
    ...extent,
    folder: (name) => {
      folders += 1;
      const folder = join(places.scratch, `${folders}-${name}`);
      mkdirSync(folder, { recursive: true });
      return folder;
    },
    time: (args) => started(args, "ignore").ms,
    processorTime: (args) => spent(args).cpuMs,
    spent,
    output,
    child: (job, argument, nodeOptions = ["--enable-source-maps"]) =>
      JSON.parse(output([...nodeOptions, places.childFile, job, JSON.stringify(argument)])),
    progress: (text) => process.stderr.write(`bench: ${text}\n`),
  };
}

function started(args: readonly string[], stdout: "pipe" | "ignore", env = process.env) {
  const begun = performance.now();
  const done = spawnSync(process.execPath, [...args], {
    stdio: ["ignore", stdout, "pipe"],
    encoding: "utf8",
    env,
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  const ms = performance.now() - begun;
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0) {
    throw new Error(
      `\`node ${args.join(" ")}\` ended with ${done.status ?? done.signal}\n${done.stderr}`,
    );
  }
  return { ms, stdout: done.stdout ?? "" };
}
