/**
 * A flush that takes as long as a real disk's, on a machine whose virtual disk answers at once. It
 * adds a wait after the real flush and takes nothing away.
 *
 * The wait runs on a thread of its own, as a flush does, and is exact: a timer of the event loop
 * could ring a millisecond early or late, which is half of what is waited for.
 */
import { Worker } from "node:worker_threads";
import type { Files } from "../runtime/ports.ts";

export interface Delay {
  /** Settles so much later. */
  readonly wait: () => Promise<void>;
  readonly end: () => Promise<void>;
}

const WAITING = `
  const { parentPort, workerData } = require("node:worker_threads");
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  parentPort.on("message", () => {
    Atomics.wait(nobody, 0, 0, workerData);
    parentPort.postMessage(null);
  });
`;

export function delayOf(ms: number): Delay {
  if (ms === 0) return { wait: async () => {}, end: async () => {} };
  const worker = new Worker(WAITING, { eval: true, workerData: ms });
  worker.unref();
  // One at a time, as a disk flushes: answers come in the order of the questions.
  const waiting: (() => void)[] = [];
  worker.on("message", () => waiting.shift()?.());
  return {
    wait: () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        worker.ref();
        worker.postMessage(null);
      }).then(() => {
        if (waiting.length === 0) worker.unref();
      }),
    end: async () => {
      await worker.terminate();
    },
  };
}

/** The same files, whose flushes of what was appended take so much longer. */
export function slowFiles(files: Files, { wait }: Delay): Files {
  return {
    ...files,
    openAppend: (path) => {
      const file = files.openAppend(path);
      return { ...file, flush: () => file.flush().then(wait) };
    },
  };
}

const NOBODY = new Int32Array(new SharedArrayBuffer(4));

/** Stops this thread, as a commit does that flushes within the call. */
export function sleep(ms: number): void {
  if (ms > 0) Atomics.wait(NOBODY, 0, 0, ms);
}
