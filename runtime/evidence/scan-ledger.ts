/**
 * A whole ledger, verified line by line: positions without a gap over all segments, the chain of
 * every trace, and each trace once. Unlike the reader that a writer relies on, it goes on behind a
 * fault and tells of all of them; it hands out nothing that did not verify by itself.
 */
import { join } from "node:path";
import { sha256 } from "../../protocol/language/digest.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import type { CutBody, LedgerRecord } from "../../protocol/language/records.ts";
import { earlier } from "../ledger/chains.ts";
import { LedgerFault } from "../ledger/fault.ts";
import { isRoom, withoutRoom } from "../ledger/room.ts";
import { lastSegment, ledgerFolder, segmentPath } from "../ledger/segments.ts";
import type { Files, LedgerPosition } from "../ports.ts";
import { breakBefore, type Head, headOf, headStated } from "./chain.ts";
import { checkLine } from "./check-line.ts";
import { ledgerLaws } from "./ledger-laws.ts";
import { type EvidenceProblem, type ProblemList, problemAt, problemOf } from "./problem.ts";
import { linesOfFile, type RawLine } from "./raw-lines.ts";
import type { KnownSession } from "./session-check.ts";
import { skimmer, type TraceLink } from "./skim.ts";

export interface ScanOptions {
  readonly files: Files;
  readonly dataRoot: string;
  readonly problems: ProblemList;
  /** Up to there the ledger is known to have been on the disk: nothing of it is torn. */
  readonly durable: LedgerPosition | undefined;
  /** Of which traces the records of steps are read and handed out; the others' are only checked. */
  readonly steps: (trace: string) => boolean;
}

/** A line that holds by itself. */
export interface Scanned {
  readonly link: TraceLink;
  /** What it says; of steps only where they were asked for. */
  readonly record: LedgerRecord | undefined;
  readonly raw: RawLine;
}

export interface LedgerScan {
  readonly lines: Generator<Scanned>;
  /** The position of the last line. */
  readonly last: () => number;
  /** How many bytes stand behind the last line, of one that was being written. */
  readonly torn: () => number;
  /** Traces that have begun and not ended, so far. */
  readonly open: () => readonly string[];
  readonly has: (trace: string) => boolean;
  /** A session that was opened before the line that was handed out last. */
  readonly session: (id: string) => KnownSession | undefined;
}

export function scanLedger(options: ScanOptions): LedgerScan {
  const ended = new Set<string>();
  const heads = new Map<string, Head>();
  const laws = ledgerLaws(options.problems.add);
  const skim = skimmer();
  let last = 0;
  let at = "";
  let torn = 0;
  const advance = (raw: RawLine, link: TraceLink, head: Head) => {
    if (link.n !== last + 1) {
      const message = `expected record ${last + 1} of the ledger, found ${link.n}`;
      options.problems.add(problemAt(raw, "ledger/gap", message));
    }
    last = link.n;
    const fallen = earlier(link, at);
    if (fallen !== undefined) options.problems.add(problemAt(raw, fallen.code, fallen.message));
    else at = link.at;
    if (head.ended) {
      heads.delete(link.trace);
      ended.add(link.trace);
    } else heads.set(link.trace, head);
  };
  const take = (raw: RawLine): Scanned | undefined => {
    const skimmed = skim(raw.bytes);
    const read = skimmed === undefined || options.steps(skimmed.trace) ? undefined : skimmed;
    const checked = read === undefined ? checkLine(raw) : undefined;
    if (checked?.problem !== undefined) {
      options.problems.add(checked.problem);
      const { stated } = checked;
      if (stated !== undefined) {
        heads.set(stated.trace, headStated(stated));
        last = stated.n;
      }
      return undefined;
    }
    const record = checked?.record;
    const link = read ?? record;
    if (link === undefined) return undefined;
    const head = heads.get(link.trace);
    const again = head === undefined && ended.has(link.trace);
    const broken = again ? TWICE : breakBefore(head, link);
    if (broken !== undefined) options.problems.add(problemAt(raw, broken.code, broken.message));
    advance(raw, link, headOf(link, head));
    if (record !== undefined) laws.take(record, raw);
    return { link, record, raw };
  };
  return {
    lines: linesOf(options, take, (bytes) => {
      torn = bytes;
    }),
    last: () => last,
    torn: () => torn,
    open: () => [...heads.keys()],
    has: (trace) => ended.has(trace) || heads.has(trace),
    session: laws.session,
  };
}

const TWICE = Object.freeze({
  code: "chain/after-end",
  message: "the trace has ended before this record",
});

const NEWLINE = 0x0a;

function* linesOf(
  { files, dataRoot, problems, durable }: ScanOptions,
  take: (raw: RawLine) => Scanned | undefined,
  tear: (bytes: number) => void,
): Generator<Scanned> {
  let count = segmentsIn(files, dataRoot, problems);
  const isReached = ({ position }: RawLine, segment: number): boolean =>
    segment === durable?.segment && (position ?? 0) < durable.offset;
  const isTorn = (raw: RawLine, segment: number): boolean =>
    raw.bytes[raw.bytes.length - 1] !== NEWLINE &&
    withoutRoom(raw.bytes).length <= LIMITS.recordBytesMax &&
    segment === count &&
    segment >= (durable?.segment ?? 0) &&
    !isReached(raw, segment);
  for (let segment = 1; segment <= count; segment += 1) {
    // Looked at before the last one is read to its end: what is written meanwhile is not of this.
    if (segment === count) count = segmentsIn(files, dataRoot, problems);
    for (const raw of linesOfFile(files, segmentPath(dataRoot, segment))) {
      if (isRoom(raw.bytes) && !isReached(raw, segment)) continue;
      if (isTorn(raw, segment)) {
        tear(withoutRoom(raw.bytes).length);
        continue;
      }
      const scanned = take(raw);
      if (scanned?.record?.type === "cut") {
        const problem = cutProblem(files, dataRoot, scanned.record);
        if (problem !== undefined) problems.add(problem);
      }
      if (scanned !== undefined) yield scanned;
    }
  }
}

/** How many segments there are up to a gap. */
function segmentsIn(files: Files, dataRoot: string, problems: ProblemList): number {
  try {
    return lastSegment(files, dataRoot);
  } catch (error) {
    if (!(error instanceof LedgerFault)) throw error;
    problems.add(error.found);
    return 0;
  }
}

/** What recovery cut off and set aside is evidence, too. */
function cutProblem(files: Files, dataRoot: string, cut: CutBody): EvidenceProblem | undefined {
  const path = join(ledgerFolder(dataRoot), cut.aside);
  if (!/^cut\/[0-9]+-[0-9]+\.bin$/.test(cut.aside) || files.standing(path)?.kind !== "file") {
    return problemOf(path, "ledger/cut-missing", "the bytes that were cut off are not there");
  }
  if (sha256(files.read(path)) === cut.sha256) return undefined;
  return problemOf(path, "ledger/cut-changed", "the bytes are not those that were cut off");
}
