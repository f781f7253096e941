/**
 * Explains one trace to whoever trusts nothing but files: integrity first, then what was asked and
 * allowed, the path, the effects with what stood before them, why it ended, what to change. It reads
 * and computes again; it changes nothing and believes no number that it can recompute.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import {
  type EffectBody,
  isStep,
  type LedgerRecord,
  type OpenedBody,
} from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { fingerprintOf, isHappened } from "../fingerprint.ts";
import { type Call, callsOf } from "../traces/calls.ts";
import { endingOf } from "../traces/ending.ts";
import type {
  Beside,
  CallStep,
  EffectStep,
  Examination,
  PathStep,
  Standing,
} from "./examination.ts";
import { type Finding, finding, findingsOf, unansweredFindings } from "./findings.ts";
import { type Past, pastOf } from "./past.ts";
import { type EvidenceProblem, problemAt, problemOf } from "./problem.ts";
import type { TraceReading } from "./read-trace.ts";
import { stoodByRecord } from "./stood-before.ts";
import { missteps } from "./walk.ts";

type Opened = LedgerRecord & OpenedBody;
type Effect = LedgerRecord & EffectBody;

/** Examines a trace as it was read. */
export function examine(reading: TraceReading, beside: Beside): Examination {
  const { records } = reading;
  const opened = records.find((record): record is Opened => record.type === "opened");
  const sealed = sealedOf(opened, reading, beside);
  const past = pastOf(reading, beside);
  const open = standingOf(reading, sealed.graph);
  const read = open === null ? reading.problems : reading.problems.filter(isBroken);
  const problems = [
    ...read,
    ...(read.length > 0 ? [] : [...walkProblems(reading, sealed.graph), ...sums(reading)]),
    ...sealed.problems,
    ...past.problems,
  ];
  return {
    trace_id: reading.trace,
    integrity: {
      ok: problems.length === 0,
      records: records.length,
      problems,
      checked: { snapshot: sealed.graph !== undefined, ledger: past.known },
    },
    opened: opened === undefined ? null : shown(opened),
    path: pathOf(records, sealed.graph),
    effects: effectsOf(records, past),
    closed: closedOf(records, sealed.graph),
    open,
    findings: [
      ...findingsOf(records, sealed.graph, beside.locate),
      ...sealed.findings,
      ...past.findings,
      ...openFindings(reading, sealed.graph),
      ...changedFindings(opened),
    ],
  };
}

/** That an execution goes on is no fault of a ledger; a file without an end was cut off. */
function isBroken({ code }: EvidenceProblem): boolean {
  return code !== "trace/open";
}

function standingOf(
  { from, problems, records }: TraceReading,
  graph: Graph | undefined,
): Standing | null {
  const last = records.at(-1);
  if (from === "file" || last === undefined || problems.every(isBroken)) return null;
  if (last.type === "attempted") return { node: last.node, calling: true };
  const node = isStep(last) ? last.to : graph?.nodes[graph.start]?.name;
  return { node: node ?? null, calling: false };
}

function isEffect(record: LedgerRecord): record is Effect {
  return record.type === "effect";
}

function shown<T extends LedgerRecord>(record: T): Omit<T, "type" | "hash" | "prev"> {
  const { type: _type, hash: _hash, prev: _prev, ...rest } = record;
  return rest;
}

interface Sealed {
  readonly graph: Graph | undefined;
  readonly problems: readonly EvidenceProblem[];
  readonly findings: readonly Finding[];
}

/** The graph that the trace names, out of the snapshot that it names. */
function sealedOf(opened: Opened | undefined, { file }: TraceReading, beside: Beside): Sealed {
  if (opened === undefined) return { graph: undefined, problems: [], findings: [] };
  const { snapshot: id, workflow } = opened;
  try {
    const snapshot = beside.snapshot(id);
    if (snapshot === undefined)
      return { graph: undefined, problems: [], findings: [notAtHand(id)] };
    if (snapshot.workflows.includes(workflow)) {
      return { graph: snapshot.graph(workflow), problems: [], findings: [] };
    }
    const message = `snapshot ${id} has no workflow \`${workflow}\``;
    const problems = [problemOf(file, "snapshot/unknown-workflow", message)];
    return { graph: undefined, problems, findings: [] };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const problems = [problemOf(null, error.code, error.message)];
    return { graph: undefined, problems, findings: [] };
  }
}

function notAtHand(id: Digest): Finding {
  return finding(
    "snapshot/not-at-hand",
    `snapshot ${id} is not at hand: the path was not held against its graph`,
    "Name the folder of the snapshot that the trace was made under.",
  );
}

function walkProblems(
  { records, places, file }: TraceReading,
  graph: Graph | undefined,
): readonly EvidenceProblem[] {
  return missteps(records, graph).map(({ record, code, message }) => {
    const place = places[records.indexOf(record)];
    return place === undefined ? problemOf(file, code, message) : problemAt(place, code, message);
  });
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
  const kinds = new Map(graph?.nodes.map((node) => [node.name, node.kind]));
  return records.filter(isStep).map((step) => ({
    n: step.n,
    seq: step.seq,
    at: step.at,
    node: step.node,
    kind: kinds.get(step.node) ?? null,
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
  const answer = last.type === "external" ? last : undefined;
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
  return [
    ...unansweredFindings(records, graph),
    from === "ledger"
      ? finding(
          "trace/open",
          "the execution has not ended",
          "A writer is at work on it, or the next `pgs run` on its data root goes on with it.",
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
