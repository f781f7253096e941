/**
 * How a data root is, read from its own records, streamed and without a lock: what was counted, how
 * far the state follows, how much room there is, and what is wrong. It writes nothing.
 */
import type { Refusal } from "../../protocol/language/refusal.ts";
import { statePath } from "../data-root.ts";
import { missingLedger, truncated } from "../evidence/ledger-source.ts";
import { ledgerSize, type Progress, progressOf } from "../evidence/progress.ts";
import { requireReadable } from "../evidence/readable-root.ts";
import { appliedIn, fromStateNow } from "../evidence/stored-state.ts";
import type { Site } from "../genesis/site.ts";
import { LedgerFault } from "../ledger/fault.ts";
import { otherLedger } from "../ledger/own-state.ts";
import { readLedger } from "../ledger/reader.ts";
import { lastSegment } from "../ledger/segments.ts";
import type { Files } from "../ports.ts";
import { Tally } from "./tally.ts";

export interface VitalsOptions {
  readonly files: Files;
  readonly dataRoot: string;
  readonly site: Site;
  readonly progress?: Progress;
}

export interface Vitals {
  readonly tally: Tally;
  readonly segments: number;
  readonly bytes: number;
  /** Behind the last record: of a write that nobody was told of. */
  readonly torn: number;
  /** The record up to which the state follows the ledger. */
  readonly applied: number;
  readonly roomBytes: number;
  /** What does not hold; the counts are then those of the records before it. */
  readonly faults: readonly Refusal[];
}

export function vitalsOf({ files, dataRoot, site, progress }: VitalsOptions): Vitals {
  requireReadable(files, dataRoot);
  const segments = lastSegment(files, dataRoot);
  if (segments === 0) throw missingLedger(files, dataRoot);
  // Read first: a writer that is at work may store more while the ledger is read.
  const applied = appliedIn(files, statePath(dataRoot));
  const bytes = ledgerSize(files, dataRoot);
  const tally = new Tally();
  const faults: Refusal[] = [];
  const torn = counted({ files, dataRoot, tally, tell: progressOf(progress, bytes) }, faults);
  if (faults.length === 0 && applied > tally.last) {
    faults.push(new LedgerFault(truncated(dataRoot, applied, tally.last)));
  }
  const watermark = fromStateNow(files, statePath(dataRoot), (store) => store.watermark());
  const other = otherLedger(files, dataRoot, watermark);
  if (other !== undefined) faults.push(other);
  const { bytes: roomBytes } = site.roomAt(dataRoot);
  return { tally, segments, bytes, torn, applied, roomBytes, faults };
}

interface Counting {
  readonly files: Files;
  readonly dataRoot: string;
  readonly tally: Tally;
  readonly tell: (bytes: number) => void;
}

/** Bytes that stand behind the last record that holds. */
function counted({ files, dataRoot, tally, tell }: Counting, faults: Refusal[]): number {
  const entries = readLedger(files, dataRoot);
  try {
    for (;;) {
      const next = entries.next();
      if (next.done === true) return next.value.bytes;
      tally.take(next.value.record);
      tell(next.value.raw.bytes.length);
    }
  } catch (error) {
    if (!(error instanceof LedgerFault)) throw error;
    faults.push(error);
    return 0;
  }
}
