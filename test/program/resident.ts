/**
 * Calls the built program in a thread that has it loaded, for commands that only read, or that write
 * nothing but what they were asked for: what they say is the same (`resident.test.ts`), and it takes a
 * tenth of the time. What holds a data root, or may be stopped, runs in a process of its own; with
 * PROCESSES=all everything does.
 */
import { join } from "node:path";
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from "node:worker_threads";
import { afterAll } from "vitest";

const programFolder = join(import.meta.dirname, "../..");
/** Beyond this a command hangs, and that is a finding. */
const HANGS_MS = 120_000;

/** Commands that take no data root for themselves. */
export const RESIDENT: ReadonlySet<string> = new Set([
  "bounds",
  "compile",
  "config",
  "diff",
  "examine",
  "explain",
  "flow",
  "health",
  "list",
  "paths",
  "policy",
  "replay",
  "test",
  "verify",
]);

/** What a process is given. */
export interface Given {
  readonly args: readonly string[];
  readonly input: Uint8Array;
  readonly cwd: string;
  /** The variables of the environment that are not this process's own. */
  readonly env: Readonly<Record<string, string>>;
}

/** What it leaves. */
export interface Left {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Resident {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly turn: Int32Array;
}

let resident: Resident | undefined;

afterAll(async () => {
  await resident?.worker.terminate();
  resident = undefined;
});

/** Whether a call may be made here: of the environment, the program sees its own variables only. */
export function mayStay({ args, env }: Given): boolean {
  if (process.env.PROCESSES === "all" || !RESIDENT.has(args[0] ?? "")) return false;
  return Object.keys(env).every((name) => name.startsWith("PGS_") || name === "NO_COLOR");
}

/** What a process with the same would leave. It waits for it, as `spawnSync` does. */
export function callResident({ args, input, cwd, env }: Given): Left {
  resident ??= start();
  const { worker, port, turn } = resident;
  const variables = Object.entries({ ...process.env, ...env });
  const environment = Object.fromEntries(variables.filter(([name]) => name.startsWith("PGS_")));
  Atomics.store(turn, 0, 0);
  worker.postMessage({ args, input, cwd, environment });
  if (Atomics.wait(turn, 0, 0, HANGS_MS) === "timed-out")
    throw new Error(`hangs: ${args.join(" ")}`);
  return receiveMessageOnPort(port)?.message as Left;
}

function start(): Resident {
  const { port1: port, port2 } = new MessageChannel();
  const turn = new Int32Array(new SharedArrayBuffer(4));
  const launcher = join(programFolder, "bin/pgs.cjs");
  const worker = new Worker(new URL("resident.mjs", import.meta.url), {
    workerData: { launcher, programFolder, port: port2, turn },
    transferList: [port2],
  });
  worker.unref();
  port.unref();
  return { worker, port, turn };
}
