/**
 * The sealing thread as the one sees it who gathers records. One group is handed over at a time, in
 * memory that both share. A thread that fails, or dies, has sealed nothing: what it had is sealed
 * again by whoever handed it over.
 */
import { Worker } from "node:worker_threads";
import type { Unsealed } from "./seal-lines.ts";

export interface SealingThread {
  /** Settles with true when the lines are sealed; false where they may not be, and none after will be. */
  readonly seal: (lines: Unsealed) => Promise<boolean>;
  readonly end: () => void;
}

/** What the built worker is told: whose work it does. */
export const SEALING = "sealing";

/** `file` is the built `store-worker`, which does this, too. */
export function startSealingThread(file: string): SealingThread {
  const worker = new Worker(file, { workerData: SEALING });
  let settle: ((sealed: boolean) => void) | undefined;
  let gone = false;
  const told = (sealed: boolean) => {
    settle?.(sealed);
    settle = undefined;
  };
  const fail = () => {
    gone = true;
    told(false);
  };
  worker.on("exit", fail);
  worker.on("error", fail);
  worker.on("message", () => told(true));
  return {
    seal(lines) {
      if (gone) return Promise.resolve(false);
      worker.postMessage(lines);
      return new Promise((resolve) => {
        settle = resolve;
      });
    },
    end: () => void worker.terminate(),
  };
}
