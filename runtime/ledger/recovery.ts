/**
 * What a writer does before its first record: find where the last one stopped, verify what it relies
 * on, cut a torn tail, and rewrite what may never have reached the disk. A tail is torn when nothing
 * in it can have been acknowledged; anything else that does not verify is corruption and refused.
 * The steps are numbered in `runtime/README.md`.
 */

import { join } from "node:path";
import { NO_DIGEST, sha256 } from "../../protocol/language/digest.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { writeLine } from "../../protocol/language/record-line.ts";
import type { CutBody } from "../../protocol/language/records.ts";
import { problemOf } from "../evidence/problem.ts";
import type { Clock, Files, LedgerPosition, Watermark } from "../ports.ts";
import { LedgerFault } from "./fault.ts";
import { BEGINNING, type Entry, type ReadFrom, readLedger } from "./reader.ts";
import { cutName, lastSegment, ledgerFolder, segmentName, segmentPath } from "./segments.ts";

export interface RecoveryOptions {
  readonly dataRoot: string;
  readonly files: Files;
  readonly clock: Clock;
  /** How far the state has come; undefined where there is no state yet. */
  readonly watermark: Watermark | undefined;
  /** Called with every record that was read, in order; the `cut` record, if one is made, last. */
  readonly each: (entry: Entry) => void;
}

/** Where the next record goes, and the time of the last one that was read. */
export interface Recovered {
  readonly end: LedgerPosition;
  readonly at: string;
}

export function recoverLedger(options: RecoveryOptions): Recovered {
  const { dataRoot, files, watermark } = options;
  const last = lastSegment(files, dataRoot);
  if (last === 0) return begin(options);
  const from = startOf(options, last);
  let at = "";
  const entries = readLedger(files, dataRoot, from);
  let next = entries.next();
  for (; next.done !== true; next = entries.next()) {
    at = next.value.record.at;
    options.each(next.value);
  }
  const { end, bytes } = next.value;
  refuseLoss(options, end);
  const clean = bytes === 0 && sameEnd(watermark?.durable, end);
  return clean ? { end, at } : rewrite(options, { end, bytes, at });
}

/** A data root without a ledger: a fresh one, unless its state says that there was one. */
function begin({ dataRoot, files, watermark }: RecoveryOptions): Recovered {
  const end = { n: 0, segment: 1, offset: 0 };
  refuseLoss({ dataRoot, watermark }, end);
  const folder = ledgerFolder(dataRoot);
  if (files.standing(folder) === undefined) {
    files.makeFolder(folder);
    files.flushFolder(dataRoot);
  }
  return { end, at: "" };
}

/** A small last segment is verified whole; of a large one only what is not in the state yet. */
function startOf({ dataRoot, files, watermark }: RecoveryOptions, last: number): ReadFrom {
  if (watermark === undefined) return BEGINNING;
  const { resume, applied } = watermark;
  const size = files.standing(segmentPath(dataRoot, last))?.bytes ?? 0;
  const known = { ...resume, verified: applied };
  if (size > LIMITS.recheckBytesMax || resume.segment < last) return known;
  if (resume.segment > last) refuseTruncated(dataRoot, applied);
  if (resume.offset === 0) return known;
  return { segment: last, offset: 0, n: last === 1 ? 0 : undefined, verified: applied };
}

/** What the state has applied was durable once: a ledger that ends before it has lost something. */
function refuseLoss(
  { dataRoot, watermark }: Pick<RecoveryOptions, "dataRoot" | "watermark">,
  end: LedgerPosition,
): void {
  if (watermark === undefined) return;
  const { applied, durable } = watermark;
  const shorter =
    end.segment < durable.segment ||
    (end.segment === durable.segment && end.offset < durable.offset);
  if (end.n < applied || shorter) refuseTruncated(dataRoot, applied);
}

function refuseTruncated(dataRoot: string, applied: number): never {
  const message = `the ledger ends before record ${applied}, which the state has applied`;
  throw new LedgerFault(problemOf(ledgerFolder(dataRoot), "ledger/truncated", message));
}

function sameEnd(a: LedgerPosition | undefined, b: LedgerPosition): boolean {
  return a?.n === b.n && a.segment === b.segment && a.offset === b.offset;
}

/**
 * After an unclean stop: what can be read may never have reached the disk. The last segment is
 * written anew, without its torn tail, and with the record that names what was cut.
 */
function rewrite(
  options: RecoveryOptions,
  { end, bytes, at }: Recovered & { readonly bytes: number },
): Recovered {
  const { dataRoot, files } = options;
  const path = segmentPath(dataRoot, end.segment);
  const kept = files.readAt(path, 0, end.offset);
  if (bytes === 0) {
    files.replace(path, kept);
    return { end, at };
  }
  const torn = files.readAt(path, end.offset, bytes);
  const aside = cutName(end.segment, end.offset);
  makeCutFolder(dataRoot, files);
  files.replace(join(ledgerFolder(dataRoot), aside), torn);
  const body: CutBody = {
    type: "cut",
    segment: segmentName(end.segment),
    offset: end.offset,
    bytes,
    sha256: sha256(torn),
    aside,
  };
  const entry = cutEntry(options, { end, at, path }, body);
  files.replace(path, Buffer.concat([kept, entry.raw.bytes]));
  options.each(entry);
  const { n, segment, offset } = end;
  return {
    end: { n: n + 1, segment, offset: offset + entry.raw.bytes.length },
    at: entry.record.at,
  };
}

function makeCutFolder(dataRoot: string, files: Files): void {
  const folder = ledgerFolder(dataRoot);
  if (files.standing(join(folder, "cut")) !== undefined) return;
  files.makeFolder(join(folder, "cut"));
  files.flushFolder(folder);
}

/** The record of a cut is a trace of its own, with an id that no caller can supply. */
export const CUT_TRACE = /^cut-[0-9]+$/;

function cutEntry(
  { clock }: RecoveryOptions,
  { end, at, path }: Recovered & { readonly path: string },
  body: CutBody,
): Entry {
  const now = new Date(clock.now()).toISOString();
  const place = {
    n: end.n + 1,
    trace: `cut-${end.n + 1}`,
    seq: 1,
    at: now > at ? now : at,
    prev: NO_DIGEST,
  };
  const { line, hash } = writeLine(place, body);
  const raw = { bytes: Buffer.from(line), file: path, line: 0, position: end.offset };
  return { record: { ...place, hash, ...body }, raw, start: end };
}
