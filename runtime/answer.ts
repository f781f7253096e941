/**
 * What the one who asked gets back: the end of an execution and the path that led there, as its
 * records say it. Sealed values stay sealed.
 */
import type { Digest } from "../protocol/language/digest.ts";
import { invariant } from "../protocol/language/invariant.ts";
import type { Json } from "../protocol/language/json.ts";
import { isStep, type LedgerRecord, snapshotOf } from "../protocol/language/records.ts";
import type { WaitRow } from "./ports.ts";

export interface Answer {
  readonly trace_id: string;
  readonly snapshot: Digest;
  readonly workflow: string;
  /** The type of the intent that was accepted; `pgs.run` for a workflow that was asked for by name. */
  readonly intent: string;
  readonly exit: string;
  readonly outcome: string;
  readonly result: Json;
  readonly fingerprint: Digest;
  /** True when the execution ended on the fault route. */
  readonly fault: boolean;
  /** True when the idempotency key had been given before: nothing ran, this is the first answer. */
  readonly repeated: boolean;
  /** Where it stood when it was cancelled, and whether a call had been begun there; else absent. */
  readonly cancelled?: { readonly node: string; readonly in_doubt: boolean };
  readonly steps: readonly {
    readonly node: string;
    readonly outcome: string;
    readonly to: string;
  }[];
}

/** What is told instead while the execution waits: nothing of it has an end yet. */
export interface WaitingAnswer
  extends Pick<Answer, "trace_id" | "snapshot" | "workflow" | "intent" | "repeated" | "steps"> {
  readonly waiting: readonly Awaited[];
  readonly exit?: undefined;
  readonly outcome?: undefined;
  readonly result?: undefined;
  readonly fingerprint?: undefined;
  readonly fault?: undefined;
  readonly cancelled?: undefined;
}

/** One thing that is waited for. */
export interface Awaited {
  readonly node: string;
  /** RFC 3339, UTC, milliseconds: when time is up. */
  readonly until: string;
  /** Names of the signals that it may be told; none for a timer, or before a call is made again. */
  readonly signals: readonly string[];
}

function cancelledIn(record: LedgerRecord | undefined): Pick<Answer, "cancelled"> {
  if (record?.type !== "cancelled") return {};
  const { node, in_doubt } = record;
  return { cancelled: { node, in_doubt } };
}

/** What is waited for, as a command or a row says it. */
type Wait = Pick<WaitRow, "until" | "signals"> & {
  readonly node?: unknown;
  readonly name?: string;
};

/** Of the records of a trace that waits, and what it waits for. */
export function waitingAnswerOf(
  records: readonly LedgerRecord[],
  waits: readonly Wait[],
): WaitingAnswer {
  const opened = records[0];
  invariant(opened?.type === "opened", "a trace begins with the record that opens it");
  return {
    trace_id: opened.trace,
    snapshot: snapshotOf(records) ?? opened.snapshot,
    workflow: opened.workflow,
    intent: opened.intent,
    waiting: waits.map(({ name, node, until, signals }) => ({
      node: name ?? String(node),
      until,
      signals,
    })),
    repeated: false,
    steps: stepsIn(records),
  };
}

/** Whether it is told of one that waits. */
export function isWaiting(answer: Answer | WaitingAnswer): answer is WaitingAnswer {
  return "waiting" in answer;
}

function stepsIn(records: readonly LedgerRecord[]): Answer["steps"] {
  return records.filter(isStep).map(({ node, outcome, to }) => ({ node, outcome, to }));
}

/** Of the records of a trace that closed. */
export function answerOf(records: readonly LedgerRecord[]): Answer {
  const opened = records[0];
  const closed = records.at(-1);
  invariant(opened?.type === "opened", "a trace begins with the record that opens it");
  invariant(closed?.type === "closed", "an answer is given when the execution is at its end");
  const { exit, outcome, result, fingerprint, fault } = closed;
  return {
    trace_id: opened.trace,
    snapshot: snapshotOf(records) ?? opened.snapshot,
    workflow: opened.workflow,
    intent: opened.intent,
    exit,
    outcome,
    result,
    fingerprint,
    fault,
    repeated: false,
    ...cancelledIn(records.at(-2)),
    steps: stepsIn(records),
  };
}
