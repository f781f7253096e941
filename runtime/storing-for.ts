/**
 * How the state of one data root is stored: from which checkpoints of its ledger, and with a thread
 * where there may be one.
 */
import { statePath } from "./data-root.ts";
import type { World } from "./execution.ts";
import type { Delivered } from "./ports.ts";
import type { RuntimeOptions } from "./runtime-options.ts";
import type { SqliteStore } from "./state/sqlite.ts";
import { startStoreThread } from "./state/store-thread.ts";
import { Storing } from "./state/storing.ts";

/** `own` is undefined where another store than SQLite's stands in its place. */
export function storingFor(
  { dataRoot, storeWorkerFile }: RuntimeOptions,
  { ledger, state }: World,
  own: SqliteStore | undefined,
  delivered: () => readonly Delivered[],
): Storing {
  return new Storing({
    state,
    checkpoint() {
      const { durable, hash } = ledger;
      const watermark = { applied: durable.n, epoch: state.epochUpTo(durable.n), durable, hash };
      const marks = ledger.takeMarks();
      return { watermark, open: ledger.open(), marks, delivered: delivered() };
    },
    stored: ({ open }) => ledger.letGo(open),
    refresh: () => own?.refresh(),
    thread:
      own === undefined || storeWorkerFile === undefined
        ? undefined
        : () => startStoreThread(storeWorkerFile, statePath(dataRoot)),
  });
}
