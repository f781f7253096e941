/**
 * Explains one trace to whoever trusts nothing but files: integrity first, then what was asked and
 * allowed, the path, the effects with what stood before them, why it ended, what to change. It reads
 * and computes again; it changes nothing and believes no number that it can recompute.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import {
  type EffectBody,
  isLone,
  isStep,
  type LedgerRecord,
  type OpenedBody,
  snapshotOf,
} from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { fingerprintOf, isHappened } from "../fingerprint.ts";
import type { Snapshot } from "../ports.ts";
import { graphNamed } from "../snapshot/undo-graph.ts";
import { type Call, callsOf } from "../traces/calls.ts";
import { endingOf } from "../traces/ending.ts";
import { standingOf } from "../traces/standing.ts";
import { placesOf } from "../traces/told-name.ts";
import {
  DECIDED_OTHERWISE,
  decideAgain,
  decidedUnder,
  differenceText,
  isDecided,
} from "./decided-again.ts";
import type {
  Beside,
  CallStep,
  EffectStep,
  Examination,
  PathStep,
  Standing,
} from "./examination.ts";
import { shown, waitedOf } from "./examine-waits.ts";
import {
  type Finding,
  finding,
  findingsOf,
  standsFindings,
  unansweredFindings,
  waitingFindings,
} from "./findings.ts";
import { governedBy } from "./governed.ts";
import { type Past, pastOf } from "./past.ts";
import { type EvidenceProblem, problemAt, problemOf } from "./problem.ts";
import { isBroken, isOpen, type TraceReading } from "./read-trace.ts";
import { refusalFindings } from "./refusal-findings.ts";
import { stoodByRecord } from "./stood-before.ts";
import { graphIn } from "./trace-check.ts";
import { misstep } from "./walk.ts";

type Opened = LedgerRecord & OpenedBody;
type Effect = LedgerRecord & EffectBody;

/** Examines a trace as it was read. */
export function examine(reading: TraceReading, beside: Beside): Examination {
  const { records } = reading;
  const opened = records.find((record): record is Opened => record.type === "opened");
  const sealed = sealedOf(reading, beside);
  const past = pastOf(reading, beside);
  const governed = records[0] && governedBy(records[0], { ...sealed, session: past.session });
  const open = openOf(reading, sealed.graph);
  const read = open === null ? reading.problems : reading.problems.filter(isBroken);
  const problems = [
    ...read,
    ...(read.length > 0 ? [] : [...walkProblems(reading, beside), ...sums(reading)]),
    ...sealed.problems,
    ...past.problems,
    ...(sealed.problems.length > 0 ? [] : decisionProblems(reading, beside, past)),
  ];
  const { session } = past;
  const waited = waitedOf(records, { snapshot: (id) => snapshotOr(beside, id), session });
  return {
    trace_id: reading.trace,
    integrity: {
      ok: problems.length === 0,
      records: records.length,
      problems,
      checked: {
        snapshot: sealed.graph !== undefined,
        policies: arePoliciesAtHand(records, beside),
        ledger: past.known,
      },
    },
    asked: governed?.asked ?? null,
    decided: governed?.decided ?? null,
    lone: loneOf(records),
    opened: opened === undefined ? null : shown(opened),
    path: pathOf(records, sealed.graph),
    effects: effectsOf(records, past),
    cancelled: cancelledOf(records, beside, past),
    closed: closedOf(records, sealed.graph),
    open,
    ...waited,
    findings: [
      ...findingsOf(records, sealed.graph, beside.locate),
      ...refusalsIn(records, sealed, beside),
      ...sealed.findings,
      ...past.findings,
      ...standsFindings(waited.saga),
      ...openFindings(reading, sealed.graph),
      ...changedFindings(opened),
    ],
  };
}

function openOf(reading: TraceReading, graph: Graph | undefined): Standing | null {
  if (!isOpen(reading)) return null;
  const { records } = reading;
  const [first] = standingOf(records);
  if (first !== undefined) return { node: first.node, calling: first.kind === "calling" };
  const node = records.findLast(isStep)?.to ?? graph?.nodes[graph.start]?.name;
  return { node: node ?? null, calling: false };
}

function isEffect(record: LedgerRecord): record is Effect {
  return record.type === "effect";
}

function refusalsIn(
  [record]: readonly LedgerRecord[],
  { snapshot }: Sealed,
  { locate }: Beside,
): readonly Finding[] {
  return record?.type === "refused" ? refusalFindings(record, { snapshot, locate }) : [];
}

function loneOf([record]: readonly LedgerRecord[]): Examination["lone"] {
  if (record === undefined || !isLone(record)) return null;
  return { type: record.type, ...shown(record) } as Examination["lone"];
}

/** Whether every decision that the trace tells of was decided again. */
function arePoliciesAtHand(records: readonly LedgerRecord[], { governor }: Beside): boolean {
  const decided = records.filter(isDecided);
  return decided.length > 0 && decided.every((one) => governor?.(decidedUnder(one)) !== undefined);
}

/** Decided by the policies that were current, which need not be those that it began under. */
function cancelledOf(
  records: readonly LedgerRecord[],
  beside: Beside,
  { session }: Past,
): Examination["cancelled"] {
  const record = records.find((one) => one.type === "cancelled");
  const snapshot = record && snapshotOr(beside, record.snapshot);
  const governed = record && governedBy(record, { snapshot, session });
  return record === undefined || governed === undefined ? null : { ...shown(record), ...governed };
}

/** What was decided, decided again; of a chain that does not hold nothing more is said. */
function decisionProblems(
  { records, places, problems, file }: TraceReading,
  { governor }: Beside,
  { session }: Past,
): readonly EvidenceProblem[] {
  if (problems.some(isBroken)) return [];
  const opened = records.find((record): record is Opened => record.type === "opened");
  return records.flatMap((record, at) => {
    const deciding = isDecided(record) ? governor?.(decidedUnder(record)) : undefined;
    if (!isDecided(record) || deciding === undefined) return [];
    const holder = record.type === "session-ended" ? session(record.ended) : undefined;
    const difference = decideAgain(record, deciding, { opened, holder });
    if (difference === undefined) return [];
    const place = places[at];
    const message = differenceText(difference);
    return place === undefined
      ? problemOf(file, DECIDED_OTHERWISE, message)
      : problemAt(place, DECIDED_OTHERWISE, message);
  });
}

interface Sealed {
  readonly snapshot: Snapshot | undefined;
  readonly graph: Graph | undefined;
  readonly problems: readonly EvidenceProblem[];
  readonly findings: readonly Finding[];
}

const UNSEALED: Sealed = { snapshot: undefined, graph: undefined, problems: [], findings: [] };

/** The snapshot that the trace names, and the graph of what ran, or would have. */
function sealedOf({ records, file }: TraceReading, beside: Beside): Sealed {
  const [first] = records;
  if (first === undefined || !("snapshot" in first)) return UNSEALED;
  const id = snapshotOf(records) ?? first.snapshot;
  try {
    const snapshot = beside.snapshot(id);
    if (snapshot === undefined) return { ...UNSEALED, findings: [notAtHand(id)] };
    const sealed = { ...UNSEALED, snapshot };
    const workflow = "workflow" in first ? first.workflow : null;
    if (workflow === null) return sealed;
    const graph = graphNamed(snapshot, workflow);
    if (graph !== undefined) return first.type === "opened" ? { ...sealed, graph } : sealed;
    const message = `snapshot ${id} has no workflow \`${workflow}\``;
    return { ...sealed, problems: [problemOf(file, "snapshot/unknown-workflow", message)] };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ...UNSEALED, problems: [problemOf(null, error.code, error.message)] };
  }
}

/** Undefined also for one that was changed, which is told where the trace's own is opened. */
function snapshotOr({ snapshot }: Beside, id: Digest): Snapshot | undefined {
  try {
    return snapshot(id);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function notAtHand(id: Digest): Finding {
  return finding(
    "snapshot/not-at-hand",
    `snapshot ${id} is not at hand: nothing was held against its graph and its policies`,
    "Name the folder of the snapshot that the trace was made under.",
  );
}

function walkProblems(
  { records, places, file }: TraceReading,
  { snapshot }: Beside,
): readonly EvidenceProblem[] {
  const [opened] = records;
  if (opened?.type !== "opened") return [];
  const wrong = misstep(records, (id) => graphIn(snapshot, id, opened.workflow));
  if (wrong === undefined) return [];
  const { record, code, message } = wrong;
  const place = places[records.indexOf(record)];
  return [place === undefined ? problemOf(file, code, message) : problemAt(place, code, message)];
}

/** What the last record sums up, computed again. */
function sums({ records, places, file }: TraceReading): readonly EvidenceProblem[] {
  const [opened] = records;
  const closed = records.at(-1);
  const place = places.at(-1);
  if (opened?.type !== "opened" || closed?.type !== "closed" || place === undefined) return [];
  const found = fingerprintOf({ opened, steps: records.filter(isHappened) });
  if (found === closed.fingerprint) return [];
  const message = `the trace's fingerprint is ${found}, the record says ${closed.fingerprint}`;
  return [problemAt({ ...place, file }, "chain/fingerprint", message)];
}

function pathOf(records: readonly LedgerRecord[], graph: Graph | undefined): readonly PathStep[] {
  const places = graph && placesOf(graph);
  return records.filter(isStep).map((step) => ({
    n: step.n,
    seq: step.seq,
    at: step.at,
    node: step.node,
    kind: places?.find(step.node)?.node.kind ?? null,
    outcome: step.outcome,
    to: step.to,
    row: (step.type === "node" ? step.row : undefined) ?? null,
    output: step.output ?? null,
    reason: step.reason ?? null,
  }));
}

/** In the order of their records. */
function effectsOf(records: readonly LedgerRecord[], past: Past): readonly EffectStep[] {
  const stores = records.filter(isEffect).map((effect) => storeStep(effect, past));
  return [...stores, ...callsOf(records).map(callStep)].sort((a, b) => a.seq - b.seq);
}

function callStep({ idempotencyKey, last, ...call }: Call): CallStep {
  const answer = last.type === "attempted" ? undefined : last;
  return {
    kind: "external",
    n: last.n,
    seq: last.seq,
    node: call.node,
    effect: call.effect,
    operation: call.operation,
    idempotency_key: idempotencyKey,
    attempts: call.attempts,
    input: call.input,
    outcome: answer?.outcome ?? null,
    output: answer?.output ?? null,
  };
}

function storeStep(effect: Effect, past: Past): EffectStep {
  return {
    kind: "internal",
    n: effect.n,
    seq: effect.seq,
    node: effect.node,
    store: effect.store,
    operation: effect.operation,
    key: effect.key ?? null,
    value: effect.value ?? null,
    outcome: effect.outcome,
    output: effect.output ?? null,
    before: past.before.get(effect.n) ?? stoodByRecord(effect),
  };
}

function closedOf(
  records: readonly LedgerRecord[],
  graph: Graph | undefined,
): Examination["closed"] {
  const ending = endingOf(records, graph);
  if (ending === undefined) return null;
  const { closed, settledBy, alternatives } = ending;
  const because =
    settledBy === undefined
      ? null
      : {
          seq: settledBy.seq,
          node: settledBy.node,
          outcome: settledBy.outcome,
          instead_of: alternatives,
        };
  return { ...shown(closed), because };
}

function openFindings(
  { from, problems, records }: TraceReading,
  graph: Graph | undefined,
): readonly Finding[] {
  if (!problems.some(({ code }) => code === "trace/open")) return [];
  const waiting = waitingFindings(records);
  if (waiting.length > 0) return [...unansweredFindings(records, graph), ...waiting];
  return [
    ...unansweredFindings(records, graph),
    from === "ledger"
      ? finding(
          "trace/open",
          "the execution has not ended",
          "A writer is at work on it, or the next `pgs run` on its data root goes on with it; `pgs cancel` ends it instead.",
        )
      : finding(
          "trace/open",
          "the execution has not ended, or the end of its trace was cut off",
          "The next `pgs run` on its data root recovers an open execution; compare the file with the ledger.",
        ),
  ];
}

function changedFindings(opened: Opened | undefined): readonly Finding[] {
  const changed = opened?.changed_capabilities ?? [];
  if (changed.length === 0) return [];
  return [
    finding(
      "capability/changed",
      `it ran with capabilities that differ from the sealed ones: ${changed.join(", ")}`,
      "Compile again, so that what runs is what was sealed.",
    ),
  ];
}
