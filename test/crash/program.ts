/**
 * The program in processes of its own, as an operator starts it: with a limit on the size of files,
 * under strace, stopped and gone on, or killed. Nothing is mocked; whatever a process said before it
 * died is kept, since the outside world has heard it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

export const repository = join(import.meta.dirname, "../..");

/** A built program: the launcher that `node` starts. */
export interface Program {
  readonly launcher: string;
}

/** What `npm run build` made. */
export const BUILT: Program = Object.freeze({ launcher: join(repository, "bin/pgs.cjs") });

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** What stands before `node` in the command, if anything: `strace …`, `prlimit …`. */
export type Prefix = readonly string[];

/** Beyond this a process hangs, and that is a finding. */
const HANGS_MS = 60_000;

/** One thread for file calls and no io_uring: so strace sees each call, and counts it the same. */
const ENVIRONMENT = { UV_THREADPOOL_SIZE: "1", UV_USE_IO_URING: "0", NO_COLOR: "1" };

export function start(program: Program, args: readonly string[], prefix: Prefix = []): Started {
  const [command = "", ...rest] = [...prefix, process.execPath, program.launcher, ...args];
  const child = spawn(command, rest, {
    env: { ...process.env, ...ENVIRONMENT },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: HANGS_MS,
    killSignal: "SIGKILL",
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString("utf8");
      resolve({ code, signal, out: text(out), err: text(err) });
    });
  });
  return { child, ended };
}

export function run(program: Program, args: readonly string[], prefix?: Prefix): Promise<Ended> {
  return start(program, args, prefix).ended;
}

/** Works on all items, so many at a time, and gives the results in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  jobs: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await work(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results;
}
