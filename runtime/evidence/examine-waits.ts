/**
 * What an execution waited for, was told, tried again, undid and was moved to, as an examination
 * shows it. It reads records, and decides nothing again: that is done where all decisions are.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import {
  isStep,
  type LedgerRecord,
  type MigratedBody,
  type SignalBody,
  type StepRecord,
} from "../../protocol/language/records.ts";
import type { Snapshot } from "../ports.ts";
import { type Standing, standingOf } from "../traces/standing.ts";
import { decidedUnder } from "./decided-again.ts";
import type { Examination, StandingAt, WaitStep } from "./examination.ts";
import { type Governed, governedBy } from "./governed.ts";
import type { Past } from "./past.ts";
import { sagaOf } from "./saga.ts";

/** What is at hand of those who decided. */
export interface WaitsBeside {
  /** Undefined where it is not at hand, or was changed. */
  readonly snapshot: (id: Digest) => Snapshot | undefined;
  readonly session: Past["session"];
}

export type Waited = Pick<
  Examination,
  "standing" | "waits" | "signals" | "retries" | "saga" | "moves"
>;

export function waitedOf(records: readonly LedgerRecord[], beside: WaitsBeside): Waited {
  const saga = sagaOf(records);
  return {
    standing: standingOf(records).map(standingAt),
    waits: waitsOf(records),
    signals: records.flatMap((one) => (one.type === "signal" ? governed(one, beside) : [])),
    retries: records.flatMap((one) => (one.type === "retry" ? [shown(one)] : [])),
    saga: saga === undefined || saga.saga === "none" ? null : saga,
    moves: records.flatMap((one) => (one.type === "migrated" ? governed(one, beside) : [])),
  };
}

/** A record without what only its line needs. */
export function shown<T extends LedgerRecord>(record: T): Omit<T, "type" | "hash" | "prev"> {
  const { type: _type, hash: _hash, prev: _prev, ...rest } = record;
  return rest;
}

/** Decided by policies that were current then, which need not be those that it began under. */
function governed<T extends LedgerRecord & (SignalBody | MigratedBody)>(
  record: T,
  { snapshot, session }: WaitsBeside,
): readonly (Omit<T, "type" | "hash" | "prev"> & Governed)[] {
  const decided = governedBy(record, { snapshot: snapshot(decidedUnder(record)), session });
  return decided === undefined ? [] : [{ ...shown(record), ...decided }];
}

export function standingAt(standing: Standing): StandingAt {
  const { kind, node } = standing;
  switch (standing.kind) {
    case "waiting": {
      const { until, signals } = standing.timer;
      return { kind, node, until, signals };
    }
    case "retrying":
      return { kind, node, until: standing.retry.until, signals: [] };
    case "calling":
      return { kind, node, until: null, signals: [] };
  }
}

function waitsOf(records: readonly LedgerRecord[]): readonly WaitStep[] {
  const waits: WaitStep[] = [];
  const open = new Map<string, number>();
  for (const record of records) {
    if (record.type === "timer") {
      const { seq, node, signals, since, until } = record;
      open.set(node, waits.length);
      waits.push({ seq, node, signals, since, until, outcome: null, at: null });
    } else if (isStep(record)) end(waits, open, record);
  }
  return waits;
}

function end(waits: WaitStep[], open: Map<string, number>, step: StepRecord): void {
  const at = open.get(step.node);
  const wait = at === undefined ? undefined : waits[at];
  if (at === undefined || wait === undefined) return;
  waits[at] = { ...wait, outcome: step.outcome, at: step.at };
  open.delete(step.node);
}
