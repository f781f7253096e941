/**
 * The limit of any durable engine on this disk: what one execution writes, appended to a file and
 * flushed before the answer, with nothing else done. At many at once one flush serves all that
 * wait, as a write-ahead log does it.
 */
import { closeSync, fdatasync, openSync, writeSync } from "node:fs";
import type { Contender } from "../contender.ts";
import { delayOf } from "../slow-disk.ts";
import { WORKLOADS } from "../workloads.ts";

export function flushed(file: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fdatasync(file, (error) => (error === null ? resolve() : reject(error)));
  });
}

export const bareFlush: Contender = {
  name: "append and fdatasync, no engine",
  note: "as many bytes as PGS leaves in its ledger; all that wait share a flush",
  open: async ({ folder, workload, flushDelayMs }) => {
    const file = openSync(`${folder}/log`, "a");
    const line = Buffer.alloc(WORKLOADS[workload].bytesEach, "x");
    const delay = delayOf(flushDelayMs);
    let flushes = 0;
    let stored = 0;
    let running: Promise<void> = Promise.resolve();
    let next: Promise<void> | undefined;
    /** The flush that begins once the one under way has ended: it covers what was appended now. */
    const covered = (): Promise<void> => {
      next ??= running.then(() => {
        next = undefined;
        flushes += 1;
        running = flushDelayMs === 0 ? flushed(file) : flushed(file).then(delay.wait);
        return running;
      });
      return next;
    };
    return {
      execute: async () => {
        writeSync(file, line);
        await covered();
        stored += 1;
      },
      flushes: () => flushes,
      close: async () => {
        await delay.end();
        closeSync(file);
        return stored;
      },
    };
  },
};
