/**
 * Makes what can be made again: the stored state, folded anew from the ledger or from trace files
 * alone, and trace files that are missing or differ. The ledger is verified to its end before
 * anything is removed, and is never written to but for what recovery itself does.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { prepareDataRoot, statePath } from "../data-root.ts";
import { recoverLedger } from "../ledger/recovery.ts";
import { lastSegment } from "../ledger/segments.ts";
import { type Holder, own } from "../owner.ts";
import type { Clock, Files, Snapshot } from "../ports.ts";
import { removeState } from "../state/open.ts";
import { openStore, type SqliteStore } from "../state/sqlite.ts";
import type { Paint } from "../traces/project.ts";
import { deliveryCheck } from "./delivery-check.ts";
import { keysIn } from "./fold-state.ts";
import { missingLedger } from "./ledger-source.ts";
import { type EvidenceProblem, problemList } from "./problem.ts";
import { requireReadable } from "./readable-root.ts";
import { reproject } from "./reproject.ts";
import { storeFold } from "./store-fold.ts";
import { gatherTraces, traceFilesIn } from "./trace-files.ts";
import { requireWhole } from "./whole-ledger.ts";

export interface RebuildOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly dataRoot: string;
  readonly holder: Holder;
  readonly waitMs: number;
  readonly from: "ledger" | "traces";
  /** A folder of one's own for what memory should not hold; the caller removes it. */
  readonly scratch?: string;
  readonly tracesFolder: string;
  /** Throws a refusal for a snapshot that is missing or was changed. */
  readonly snapshot: (id: Digest) => Snapshot;
  /** Undefined: trace files are left alone. */
  readonly paint: Paint | undefined;
}

export interface Rebuilt {
  readonly ok: boolean;
  readonly from: "ledger" | "traces";
  /** Records that were folded. */
  readonly records: number;
  /** Rows of the state. */
  readonly state_keys: number;
  /** Trace files that were written, because they were missing or differed. */
  readonly written: readonly string[];
  readonly problems: readonly EvidenceProblem[];
}

export async function rebuild(options: RebuildOptions): Promise<Rebuilt> {
  const { files, clock, dataRoot, holder, waitMs } = options;
  requireSource(options);
  prepareDataRoot(files, dataRoot);
  const ownership = await own({ dataRoot, files, clock, holder, waitMs });
  try {
    return options.from === "ledger" ? await fromLedger(options) : fromTraces(options);
  } finally {
    ownership.release();
  }
}

/** Where there is nothing to make anything from, nothing is made: no folder, no lock. */
function requireSource({ files, dataRoot, from, tracesFolder }: RebuildOptions): void {
  if (from === "ledger") {
    requireReadable(files, dataRoot);
    if (lastSegment(files, dataRoot) === 0) throw missingLedger(files, dataRoot);
  } else if (traceFilesIn(files, tracesFolder).length === 0) {
    const message = `there are no traces in \`${tracesFolder}\``;
    throw new Refusal("usage", "trace/not-found", message, { hint: "Name their folder." });
  }
}

/** A ledger that is not whole gives back nothing: it is judged to its end first, the state kept. */
async function fromLedger(options: RebuildOptions): Promise<Rebuilt> {
  const { files, dataRoot, clock, paint, snapshot, scratch } = options;
  const delivered = await deliveryCheck(snapshot);
  const room = scratch === undefined ? {} : { scratch };
  requireWhole({ files, dataRoot, snapshot, delivered, ...room });
  removeState(files, dataRoot);
  const store = openStore(statePath(dataRoot), "writing");
  const fold = storeFold(store);
  try {
    const each = fold.take;
    const none = { watermark: undefined, open: [] };
    const { end, hash } = recoverLedger({ dataRoot, files, clock, ...none, each });
    fold.finish(end, hash);
    const problems = problemList();
    const written = paint === undefined ? [] : await reproject({ ...options, paint, problems });
    return result(options, {
      store,
      records: fold.count(),
      written,
      problems: problems.problems(),
    });
  } finally {
    store.close();
  }
}

/**
 * The state as the trace files alone say it. It claims to have applied the ledger only up to the
 * first position that no file has: a writer that opens the data root folds the rest again.
 */
function fromTraces(options: RebuildOptions): Rebuilt {
  const { files, dataRoot, tracesFolder } = options;
  const { records, problems } = gatherTraces(files, tracesFolder);
  removeState(files, dataRoot);
  const store = openStore(statePath(dataRoot), "writing");
  try {
    const fold = storeFold(store);
    for (const record of records) fold.takeAlone(record);
    fold.finishAlone(contiguous(records));
    return result(options, { store, records: records.length, written: [], problems });
  } finally {
    store.close();
  }
}

/** The last position up to which records in order have no gap. */
function contiguous(records: readonly LedgerRecord[]): number {
  const gap = records.findIndex(({ n }, index) => n !== index + 1);
  return gap < 0 ? records.length : gap;
}

interface Made {
  readonly store: SqliteStore;
  readonly records: number;
  readonly written: readonly string[];
  readonly problems: readonly EvidenceProblem[];
}

function result({ from }: RebuildOptions, { store, records, written, problems }: Made): Rebuilt {
  const state_keys = keysIn(store);
  return { ok: problems.length === 0, from, records, state_keys, written, problems };
}
