/**
 * What a writer does before its first record: read what is open and what the state lacks, verify it,
 * cut off what was being written when the last writer stopped, and copy what may never have reached
 * the disk. It reads no history: its cost is that of what is open and not applied. The steps are
 * numbered in `runtime/README.md`.
 */

import type { Digest } from "../../protocol/language/digest.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import type { Head } from "../evidence/chain.ts";
import { problemOf } from "../evidence/problem.ts";
import type { Clock, Files, LedgerPosition, OpenTrace, RecordPlace, Watermark } from "../ports.ts";
import { checkedAhead } from "./check-ahead.ts";
import { cutOff, requireUnacknowledged } from "./cut.ts";
import { otherWriter } from "./failure.ts";
import { LedgerFault } from "./fault.ts";
import { readOpen } from "./open-records.ts";
import { reaches, requireOwn } from "./own-state.ts";
import { ReadAhead } from "./read-ahead.ts";
import { type Entry, type Stop, walkLedger } from "./reader.ts";
import { linesEnd } from "./room.ts";
import { lastSegment, ledgerFolder, segmentPath } from "./segments.ts";

export { CUT_TRACE } from "./cut.ts";

export interface RecoveryOptions {
  readonly dataRoot: string;
  readonly files: Files;
  readonly clock: Clock;
  /** How far the state has come; undefined where there is no state yet. */
  readonly watermark: Watermark | undefined;
  /** What was open there. */
  readonly open: readonly OpenTrace[];
  /** Where the records stand of a trace that slept there; none where it did not. */
  readonly asleep?: (trace: string) => readonly RecordPlace[];
  /**
   * Called with every record of what was open at the watermark, then with every record behind its
   * durable position, each in the order of the ledger; the `cut` record, if one is made, last. What
   * slept and went on behind it is read before the first of its records that stand there.
   */
  readonly each: (entry: Entry) => void;
  /** The built `check-worker`, for a thread that checks lines ahead where there are many. */
  readonly checkWorkerFile?: string | undefined;
  /** So many bytes are many; as a start has them, unless told. */
  readonly aheadBytesMin?: number;
}

/** Where the next record goes, and the time and the hash of the last one. */
export interface Recovered {
  readonly end: LedgerPosition;
  readonly at: string;
  /** Null where there is none. */
  readonly hash: Digest | null;
}

const AHEAD_BYTES_MIN = 16 * 1024 * 1024;
const NOTHING: LedgerPosition = Object.freeze({ n: 0, segment: 1, offset: 0 });

export function recoverLedger(options: RecoveryOptions): Recovered {
  const { dataRoot, files, clock, watermark, each } = options;
  const last = lastSegment(files, dataRoot);
  requireReach(options, last);
  if (last === 0) return begin(options);
  const known = watermark?.durable ?? NOTHING;
  const before = watermark && requireOwn(files, dataRoot, watermark);
  let at = before?.at ?? "";
  let hash = before?.hash ?? null;
  const heads = readOpenAhead(options);
  recheck(options, last);
  const epoch = known.n === 0 ? 0 : watermark?.epoch;
  const headOf = (trace: string) => readAsleep(options, trace);
  const ahead = readAhead(options, known, last);
  const from = { ...known, verified: 0, epoch, heads, headOf, ahead };
  const taken = (entry: Entry) => {
    ({ at, hash } = entry.record);
    each(entry);
  };
  const { end, bad, hasRoom } = walk(walkLedger(files, dataRoot, from, last), taken, ahead);
  if (end.n < (watermark?.applied ?? 0)) {
    if (bad !== undefined) throw new LedgerFault(bad.problem);
    refuseTruncated(options);
  }
  if (bad !== undefined) {
    requireUnacknowledged({ files, dataRoot, end, bad, lastSegment: last });
    const cut = cutOff({ files, dataRoot, clock, end, at });
    each(cut);
    const offset = end.offset + cut.raw.bytes.length;
    ({ at, hash } = cut.record);
    return { end: { n: cut.record.n, segment: end.segment, offset }, at, hash };
  }
  if (!isSame(watermark?.durable, end)) rewrite(options, end);
  else if (hasRoom) takeRoom(options, end);
  return { end, at, hash };
}

/** Reads what was open at the watermark. */
function readOpenAhead(options: RecoveryOptions): Map<string, Head> {
  const { open, checkWorkerFile, aheadBytesMin = AHEAD_BYTES_MIN } = options;
  let bytes = 0;
  for (const { places } of open) for (const place of places) bytes += place.bytes;
  if (checkWorkerFile === undefined || bytes < aheadBytesMin) return readOpen(options);
  const ahead = checkedAhead(checkWorkerFile);
  try {
    return readOpen({ ...options, ahead });
  } finally {
    ahead?.end();
  }
}

/** The head of a trace that slept at the watermark, and went on. */
function readAsleep(options: RecoveryOptions, trace: string): Head | undefined {
  const places = options.asleep?.(trace) ?? [];
  return readOpen({ ...options, open: [{ trace, places }] }).get(trace);
}

/** A data root without a ledger: its folder is on the disk before anything is in it. */
function begin({ dataRoot, files }: RecoveryOptions): Recovered {
  files.makeFolder(ledgerFolder(dataRoot));
  // Made by a start that was stopped, it may stand and not be on the disk.
  files.flushFolder(dataRoot);
  return { end: NOTHING, at: "", hash: null };
}

/** What was durable at the watermark still is: a ledger that ends before it has lost something. */
function requireReach(options: RecoveryOptions, last: number): void {
  const { dataRoot, files, watermark } = options;
  if (watermark === undefined) return;
  const { durable, applied } = watermark;
  const stands = last === 0 ? applied === 0 : last >= durable.segment;
  if (!stands || !reaches(files, dataRoot, durable)) refuseTruncated(options);
}

function refuseTruncated({ dataRoot, watermark }: RecoveryOptions): never {
  const message = `the ledger ends before record ${watermark?.applied}, which the state has applied`;
  throw new LedgerFault(problemOf(ledgerFolder(dataRoot), "ledger/truncated", message));
}

/** A small last segment is verified whole, so that what changed in it is found at the next start. */
function recheck({ dataRoot, files, watermark }: RecoveryOptions, last: number): void {
  const durable = watermark?.durable;
  const path = segmentPath(dataRoot, last);
  if (durable?.segment !== last || durable.offset === 0) return;
  if (durable.offset > LIMITS.recheckBytesMax) return;
  const from = {
    segment: last,
    offset: 0,
    n: last === 1 ? 0 : undefined,
    verified: last === 1 ? 0 : durable.n,
  };
  const entries = walkLedger(files, dataRoot, from, last);
  for (let next = entries.next(); ; next = entries.next()) {
    const end = next.done === true ? next.value.end : behind(next.value);
    if (end.offset === durable.offset) return;
    if (next.done === true && next.value.bad !== undefined) {
      throw new LedgerFault(next.value.bad.problem);
    }
    if (next.done === true || end.offset > durable.offset) {
      const message = `no record ends at byte ${durable.offset}, where the state says one does`;
      throw new LedgerFault(problemOf(path, "ledger/gap", message));
    }
  }
}

function behind({ start, raw }: Entry): LedgerPosition {
  return { ...start, offset: start.offset + raw.bytes.length };
}

function walk(
  entries: Generator<Entry, Stop>,
  each: (entry: Entry) => void,
  ahead: ReadAhead | undefined,
): Stop {
  try {
    for (let next = entries.next(); ; next = entries.next()) {
      if (next.done === true) return next.value;
      each(next.value);
    }
  } finally {
    ahead?.end();
  }
}

/** A thread is worth it where there is much to read. */
function readAhead(
  { files, dataRoot, checkWorkerFile, aheadBytesMin = AHEAD_BYTES_MIN }: RecoveryOptions,
  { segment, offset }: LedgerPosition,
  last: number,
): ReadAhead | undefined {
  if (checkWorkerFile === undefined) return undefined;
  let bytes = -offset;
  for (let at = segment; at <= last; at += 1) {
    bytes += files.standing(segmentPath(dataRoot, at))?.bytes ?? 0;
  }
  if (bytes < aheadBytesMin) return undefined;
  const from = { segment, offset };
  const pieces = checkedAhead(checkWorkerFile);
  return pieces && new ReadAhead({ files, dataRoot, pieces, from, last });
}

function isSame(a: LedgerPosition | undefined, b: LedgerPosition): boolean {
  return a?.n === b.n && a.segment === b.segment && a.offset === b.offset;
}

/** All that stands before it is on the disk: the file is only made shorter. */
function takeRoom({ dataRoot, files }: RecoveryOptions, { segment, offset }: LedgerPosition): void {
  const path = segmentPath(dataRoot, segment);
  const file = files.openAppend(path);
  try {
    // Whoever writes there without the lock may have gone on meanwhile.
    const end = linesEnd(files, path);
    if (end !== offset) throw otherWriter(path, offset, end);
    file.truncate(offset);
  } finally {
    file.close();
  }
}

/** After an unclean stop, what can be read may never have reached the disk: nor its file's name. */
function rewrite({ dataRoot, files }: RecoveryOptions, { segment, offset }: LedgerPosition): void {
  const path = segmentPath(dataRoot, segment);
  files.replace(path, files.readAt(path, 0, offset));
}
