/** Starts the thread that checks lines of the ledger ahead, in memory that it shares with this one. */
import { Worker } from "node:worker_threads";
import type { CheckWork } from "./check-worker.ts";
import { type Measures, TakenPieces } from "./shared-pieces.ts";

const MEASURES: Measures = Object.freeze({ pieces: 16, pieceBytes: 1024 * 1024 });
/** It keeps nothing: a young generation as large as the process's would lie there idle. */
const YOUNG_MIB_MAX = 6;

/**
 * `workerFile` is the built `check-worker`. It ends when the pieces do. Undefined where the system
 * has no thread or no memory for it: then nothing is checked ahead, and all of it where it is read.
 */
export function checkedAhead(workerFile: string, measures = MEASURES): TakenPieces | undefined {
  try {
    const pieces = new TakenPieces(measures);
    const worker = new Worker(workerFile, {
      workerData: { memory: pieces.memory, measures } satisfies CheckWork,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB_MAX },
    });
    // What it does not check is checked here.
    worker.on("error", () => {});
    worker.unref();
    return pieces;
  } catch {
    return undefined;
  }
}
