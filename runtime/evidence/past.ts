/**
 * What the ledger says about a trace: whether it has the same records, and what stood in the stores
 * before each of its effects. A ledger that cannot be read is told as a finding; the trace still
 * stands for itself.
 */
import { type EffectBody, isLone, type LedgerRecord } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { bootCheck } from "./boot-check.ts";
import { CONTRADICTS_FOLD, foldCheck } from "./contradiction.ts";
import type { Beside } from "./examination.ts";
import { type Finding, finding } from "./findings.ts";
import { claimsInterruption, interruptionCheck, UNINTERRUPTED } from "./interruptions.ts";
import { keyCheck } from "./key-check.ts";
import { type EvidenceProblem, problemAt, problemOf } from "./problem.ts";
import type { TraceReading } from "./read-trace.ts";
import { type KnownSession, sessionCheck } from "./session-check.ts";
import { historyOf, placeOf, type Stood } from "./stood-before.ts";

export interface Past {
  readonly known: boolean;
  readonly before: ReadonlyMap<number, Stood>;
  readonly problems: readonly EvidenceProblem[];
  readonly findings: readonly Finding[];
  /** A session that was opened before the trace's end. */
  readonly session: (id: string) => KnownSession | undefined;
}

const NO_PAST: Past = {
  known: false,
  before: new Map(),
  problems: [],
  findings: [],
  session: () => undefined,
};

/** Reads the ledger up to the trace's end: what stood before each effect, and the trace itself. */
export function pastOf(reading: TraceReading, { ledger }: Beside): Past {
  const { records } = reading;
  const last = records.at(-1);
  if (ledger === undefined || last === undefined) return NO_PAST;
  const history = historyOf(records.filter(isEffect));
  const wanted = new Map(records.map((record) => [record.n, record]));
  const before = new Map<number, Stood>();
  const folded = foldCheck({ concerns: concerns(records.filter(isEffect)) });
  const interruptions = interruptionCheck();
  const sessions = sessionCheck();
  const boots = bootCheck();
  const keys = keyCheck();
  const judge = (record: LedgerRecord) =>
    sessions.take(record) ?? boots.take(record) ?? keys.take(record);
  const problems: EvidenceProblem[] = [];
  let foreign = 0;
  let later = 0;
  let isOver = false;
  try {
    for (const record of ledger()) {
      if (record.n > last.n && record.trace === last.trace) later += 1;
      if (isOver) continue;
      for (const { trace, message } of interruptions.take(record)) {
        if (trace === last.trace) problems.push(problemOf(reading.file, UNINTERRUPTED, message));
      }
      const broken = record.n > last.n ? undefined : judge(record);
      if (broken !== undefined && record.trace === last.trace) {
        problems.push(problemOf(reading.file, broken.code, broken.message));
      }
      if (record.n > last.n) {
        // The first that opens behind the trace tells who wrote its last records.
        const isNeeded = !("epoch" in record) && records.some(claimsInterruption);
        if (isNeeded) continue;
        if (!mayLack(reading)) break;
        isOver = true;
        continue;
      }
      const mine = wanted.get(record.n);
      if (mine?.hash === record.hash) wanted.delete(record.n);
      else if (record.trace === last.trace) foreign += 1;
      if (mine?.type === "effect") before.set(mine.n, history.before(mine));
      history.take(record);
      const contradiction = folded.take(record);
      if (contradiction !== undefined) problems.push(contradicts(reading, record, contradiction));
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Up to the trace's end it was read.
    if (!isOver) return { ...NO_PAST, findings: [ledgerBroken(error)] };
  }
  if (wanted.size === 0 && foreign === 0) {
    const findings = later > 0 && mayLack(reading) ? [behind(later, last.trace)] : [];
    return { known: true, before, problems, findings, session: sessions.session };
  }
  if (wanted.size === records.length && foreign === 0) return { ...NO_PAST, findings: [ELSEWHERE] };
  return { ...NO_PAST, problems: [differs(reading, wanted)] };
}

/** The keys and streams that some effects use: what happens elsewhere bears on none of them. */
function concerns(effects: readonly EffectBody[]): (effect: EffectBody) => boolean {
  const places = new Set(effects.map(placeOf));
  return (effect) => places.has(placeOf(effect));
}

/** Where another trace contradicts what came before it, nothing after it has a state to agree with. */
function contradicts(
  { records, places }: TraceReading,
  { n, trace }: LedgerRecord,
  message: string,
): EvidenceProblem {
  const place = places[records.findIndex((record) => record.n === n)];
  const elsewhere = `record ${n} of the ledger, of trace \`${trace}\`: ${message}`;
  return place === undefined
    ? problemOf(null, CONTRADICTS_FOLD, elsewhere)
    : problemAt(place, CONTRADICTS_FOLD, message);
}

function differs(
  { records, places, file, from }: TraceReading,
  missed: ReadonlyMap<number, LedgerRecord>,
): EvidenceProblem {
  const place = places[records.findIndex(({ n }) => missed.has(n))];
  const code = "trace/differs-from-ledger";
  return place === undefined
    ? problemOf(
        file,
        code,
        `the ledger has more records of this trace than ${from === "file" ? "the file" : "were read of it"}`,
      )
    : problemAt(place, code, "the ledger has another record at this one's position");
}

/** A file that was written while an execution waited may tell less of it than the ledger. */
function mayLack({ from, records }: TraceReading): boolean {
  const last = records.at(-1);
  return from === "file" && last !== undefined && last.type !== "closed" && !isLone(last);
}

function behind(later: number, trace: string): Finding {
  const records = later === 1 ? "1 record" : `${later} records`;
  return finding(
    "trace/behind",
    `the file lacks ${records} of this trace that the ledger has: it was written before`,
    `\`pgs examine ${trace}\` reads what the ledger has; \`pgs rebuild\` makes the files anew.`,
  );
}

const ELSEWHERE = finding(
  "trace/not-in-ledger",
  "the ledger at hand has no record of this trace: what stood before is told by its own records",
  "Name the data root that the trace was made on.",
);

function ledgerBroken(error: Refusal): Finding {
  return finding(
    error.code,
    `the ledger could not be read up to this trace: ${error.message}`,
    "Run `pgs verify` on the data root.",
  );
}

function isEffect(record: LedgerRecord): record is LedgerRecord & EffectBody {
  return record.type === "effect";
}
