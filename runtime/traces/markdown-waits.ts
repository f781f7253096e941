/**
 * What an execution waited for, who told it what, what was tried again and what was undone, as parts
 * of a page. They tell what was recorded, each branch under its own name, and guess nothing.
 */
import {
  type Identity,
  isStep,
  type LedgerRecord,
  type MigratedBody,
  type RetryBody,
  type SignalBody,
  type StepRecord,
  type TimerBody,
} from "../../protocol/language/records.ts";
import { type Saga, type SagaStep, sagaOf } from "../evidence/saga.ts";
import { code, inlineJson, prose, table } from "./markdown-text.ts";
import type { Standing } from "./standing.ts";

/** More rows than a person reads: the trace file has them all. */
export const ROWS_MAX = 1_000;

/** What the rows of a table are made of, each from one thing. */
export interface Rows<T> {
  readonly of: readonly T[];
  readonly row: (one: T, index: number) => readonly string[];
}

/** The rows of a table as far as a person reads, with a note where some are left out. */
export function longTable<T>(head: readonly string[], { of, row }: Rows<T>, trace: string): string {
  const more = Math.max(0, of.length - ROWS_MAX);
  const note =
    more === 0
      ? ""
      : `\n_${more} more of ${of.length}: ${code(`${trace}.jsonl`)} has all of them._\n`;
  return table(head, of.slice(0, ROWS_MAX).map(row)) + note;
}

/** How it is known who asks, or says something. */
export const IDENTITY: Readonly<Record<Identity, string>> = {
  operator: "the local operator of the configuration",
  token: "who a verified token names",
  runtime: "the runtime itself",
};

/** What an open execution waits for; nothing where it has ended, or goes on by itself. */
export function standingPart(standing: readonly Standing[], trace: string): string {
  if (standing.length === 0) return "";
  const head = ["Node", "Waits for", "Since", "Until", "So far"];
  const rows = { of: standing, row: standingRow };
  return `## What it waits for\n\n${longTable(head, rows, trace)}`;
}

function standingRow(standing: Standing): readonly string[] {
  const { node } = standing;
  switch (standing.kind) {
    case "waiting": {
      const { signals, since, until } = standing.timer;
      const said = standing.said.map(
        ({ principal, signal }) => `${code(signal)} by ${code(principal)}`,
      );
      return [code(node), signalsText(signals), code(since), code(until), said.join(", ")];
    }
    case "calling": {
      const { at, attempt } = standing.attempt;
      return [code(node), "an answer from outside", code(at), "", `attempt ${attempt}`];
    }
    case "retrying": {
      const { since, until, attempt, outcome } = standing.retry;
      return [
        code(node),
        "the next attempt",
        code(since),
        code(until),
        `attempt ${attempt}: ${code(outcome)}`,
      ];
    }
  }
}

function signalsText(signals: readonly string[]): string {
  return signals.length === 0 ? "the time" : signals.map(code).join(" or ");
}

/** Every wait of the execution, and every signal that it took. */
export function waitsPart(records: readonly LedgerRecord[], trace: string): string {
  const timers = records.filter((record) => record.type === "timer");
  if (timers.length === 0) return "";
  const ends = endsOf(records);
  const signals = records.filter((record) => record.type === "signal");
  const waits = longTable(
    ["Node", "Waited for", "Since", "Until", "Came to", "At"],
    { of: timers, row: (timer) => waitRow(timer, ends.get(timer.seq)) },
    trace,
  );
  const said =
    signals.length === 0
      ? "Nobody said anything.\n"
      : `Who said what:\n\n${longTable(["At", "Node", "Signal", "Said by", "Session", "Payload", "Allowed by"], { of: signals, row: signalRow }, trace)}`;
  return `## Waits\n\n${waits}\n${said}`;
}

/** By the timer that began it: the step that ended a wait. */
function endsOf(records: readonly LedgerRecord[]): ReadonlyMap<number, StepRecord> {
  const open = new Map<string, number>();
  const ends = new Map<number, StepRecord>();
  for (const record of records) {
    if (record.type === "timer") open.set(record.node, record.seq);
    const began = isStep(record) ? open.get(record.node) : undefined;
    if (began === undefined || !isStep(record)) continue;
    ends.set(began, record);
    open.delete(record.node);
  }
  return ends;
}

function waitRow(
  { node, signals, since, until }: TimerBody,
  end: StepRecord | undefined,
): readonly string[] {
  return [
    code(node),
    signalsText(signals),
    code(since),
    code(until),
    end === undefined ? "nothing yet" : code(end.outcome),
    end === undefined ? "" : code(end.at),
  ];
}

function signalRow(record: LedgerRecord & SignalBody): readonly string[] {
  const { at, node, signal, principal, caller, session, payload, policy } = record;
  const allowed = policy.rulings.flatMap(({ determining }) => determining.map(code));
  return [
    code(at),
    code(node),
    code(signal),
    `${code(principal)}, known as ${IDENTITY[caller.identity]}`,
    session === null ? "none" : code(session),
    inlineJson(payload),
    allowed.join(", "),
  ];
}

/** What was tried again, and when. */
export function retriesPart(records: readonly LedgerRecord[], trace: string): string {
  const retries = records.filter((record) => record.type === "retry");
  if (retries.length === 0) return "";
  const rows = { of: retries, row: retryRow };
  return `Tried again:\n\n${longTable(["Node", "Attempt", "Came to", "Why", "Next not before"], rows, trace)}`;
}

function retryRow({ node, attempt, outcome, reason, until }: RetryBody): readonly string[] {
  const why = reason === undefined ? "" : prose(reason.message);
  return [code(node), String(attempt), code(outcome), why, code(until)];
}

/** What was undone of what was done, and what stands; nothing where nothing was to be undone. */
export function undonePart(records: readonly LedgerRecord[], trace: string): string {
  const saga = sagaOf(records);
  if (saga === undefined || saga.saga === "none") return "";
  const rows = { of: saga.steps, row: undoneRow };
  const head = ["Node", "Did", "Outcome", "Now", "Undone by", "Why"];
  return `## What was undone\n\n${SAGA[saga.saga]}\n\n${longTable(head, rows, trace)}`;
}

const SAGA: Readonly<Record<Exclude<Saga["saga"], "none">, string>> = {
  compensating: "It is being undone, the last first.",
  compensated: "All that was to be undone was undone, the last first: nothing of it stands.",
  partly_compensated: "It was undone in part: what stands is marked.",
};

const NOW: Readonly<Record<SagaStep["standing"], string>> = {
  done: "done",
  undoing: "being undone",
  undone: "undone",
  stands: "**stands**",
};

function undoneRow({
  node,
  effect,
  operation,
  outcome,
  standing,
  why,
  compensation,
}: SagaStep): readonly string[] {
  const by =
    compensation === null
      ? ""
      : `${code(compensation.node)}${compensation.outcome === null ? "" : `: ${code(compensation.outcome)}`}`;
  return [
    code(node),
    `${code(operation)} on ${code(effect)}`,
    outcome === null ? "no answer" : code(outcome),
    NOW[standing],
    by,
    why === null ? "" : prose(why),
  ];
}

/** From which snapshot to which the execution was moved, and by whom. */
export function movesPart(records: readonly LedgerRecord[]): string {
  const moves = records.filter((record) => record.type === "migrated");
  if (moves.length === 0) return "";
  return `## Moved to other snapshots\n\n${table(["At", "From", "To", "By"], moves.map(moveRow))}`;
}

function moveRow(record: LedgerRecord & MigratedBody): readonly string[] {
  const { at, from, to_snapshot, principal, caller } = record;
  const by = `${code(principal)}, known as ${IDENTITY[caller.identity]}`;
  return [code(at), code(from), code(to_snapshot), by];
}
