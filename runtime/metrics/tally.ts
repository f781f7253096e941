/**
 * What the ledger's records come to, counted as they are read: executions, effects, calls, deliveries,
 * refusals, sessions, starts. It keeps what is open and one number for each combination of labels, however
 * long the ledger is; it judges nothing.
 */
import { BOOT_INTENT } from "../../protocol/language/acts.ts";
import { isEngineOutcome } from "../../protocol/language/names.ts";
import {
  isStep,
  type LedgerRecord,
  type OpenedBody,
  type RefusedBody,
} from "../../protocol/language/records.ts";
import { Counter } from "./counter.ts";
import { Histogram } from "./histogram.ts";

/** Who asked for an execution by what, while it is open. */
interface OpenExecution {
  readonly workflow: string;
  readonly intent: string;
  readonly startedMs: number;
}

export interface OpenSession {
  readonly tenant: string;
  readonly expiresMs: number;
}

/** So many sessions are kept before it is asked which of them are over. */
const SESSIONS_MIN = 1_024;

export class Tally {
  readonly opened = new Counter("workflow", "intent");
  readonly closed = new Counter("workflow", "intent", "outcome", "exit");
  readonly faulted = new Counter("workflow", "intent");
  readonly cancelled = new Counter("workflow", "intent");
  readonly refused = new Counter("intent", "code");
  /** What a subscription asked for: the stream, and the intent that subscribes. */
  readonly deliveries = new Counter("store", "intent");
  readonly deliveriesRefused = new Counter("store", "intent", "code");
  readonly durations = new Histogram("workflow", "intent");
  readonly effects = new Counter("store", "operation", "outcome");
  readonly attempts = new Counter("effect", "operation");
  readonly calls = new Counter("effect", "operation", "outcome");
  readonly engineOutcomes = new Counter("outcome");
  readonly sessionsOpened = new Counter("identity");
  readonly sessionsEnded = new Counter();
  readonly records = new Counter("type");
  readonly boots = new Counter("kind");
  readonly open = new Map<string, OpenExecution>();
  readonly sessions = new Map<string, OpenSession>();
  /** Executions of the boot's own workflow since the last start that came through all gates. */
  readonly #starts = new Set<string>();
  #sessionsMax = SESSIONS_MIN;
  cutBytes = 0;
  epoch = 0;
  last = 0;
  /** Of the last record; empty before the first. */
  lastAt = "";
  /** When an execution last ended on the fault route; empty where none has. */
  faultedAt = "";

  /** Takes up a record; they come in the ledger's order. */
  take(record: LedgerRecord): void {
    this.last = record.n;
    this.lastAt = record.at;
    this.records.add(record.type);
    if ("epoch" in record) this.epoch = Math.max(this.epoch, record.epoch);
    switch (record.type) {
      case "opened":
        this.#begin(record);
        break;
      case "closed":
        this.#end(record);
        break;
      case "cancelled":
        this.#count(this.cancelled, record.trace);
        break;
      case "attempted":
        this.attempts.add(record.effect, record.operation);
        break;
      case "cut":
        this.cutBytes += record.bytes;
        break;
      case "refused":
        this.#refuse(record);
        break;
      case "boot":
        this.boots.add(this.#starts.has(record.like) ? "whole" : "same");
        this.#starts.clear();
        break;
      case "session":
        this.sessionsOpened.add(record.caller.identity);
        this.#forgetExpired(Date.parse(record.at));
        this.sessions.set(record.trace, {
          tenant: record.tenant,
          expiresMs: Date.parse(record.expires_at),
        });
        break;
      case "session-ended":
        this.sessionsEnded.add();
        this.sessions.delete(record.ended);
        break;
      default:
        this.#step(record);
    }
  }

  /** Now and then, so that what is kept does not grow with all sessions that there ever were. */
  #forgetExpired(nowMs: number): void {
    if (this.sessions.size < this.#sessionsMax) return;
    for (const [session, { expiresMs }] of this.sessions) {
      if (expiresMs <= nowMs) this.sessions.delete(session);
    }
    this.#sessionsMax = 2 * this.sessions.size + SESSIONS_MIN;
  }

  #refuse({ intent, code, cause }: RefusedBody): void {
    this.refused.add(intent, code);
    if (cause !== undefined) this.deliveriesRefused.add(cause.store, intent, code);
  }

  #begin({ trace, workflow, intent, started_at, cause }: LedgerRecord & OpenedBody): void {
    this.opened.add(workflow, intent);
    if (cause !== undefined) this.deliveries.add(cause.store, intent);
    this.open.set(trace, { workflow, intent, startedMs: Date.parse(started_at) });
    if (intent === BOOT_INTENT) this.#starts.add(trace);
  }

  #end(record: LedgerRecord & { readonly type: "closed" }): void {
    const { trace, outcome, exit, fault, at } = record;
    const begun = this.open.get(trace);
    if (begun === undefined) return;
    this.open.delete(trace);
    const { workflow, intent, startedMs } = begun;
    this.closed.add(workflow, intent, outcome, exit);
    this.durations.add(Date.parse(at) - startedMs, workflow, intent);
    if (!fault) return;
    this.faulted.add(workflow, intent);
    this.faultedAt = at;
  }

  #count(counter: Counter, trace: string): void {
    const begun = this.open.get(trace);
    if (begun !== undefined) counter.add(begun.workflow, begun.intent);
  }

  #step(record: LedgerRecord): void {
    if (!isStep(record)) return;
    const { outcome } = record;
    if (record.type === "effect") this.effects.add(record.store, record.operation, outcome);
    if (record.type === "external") this.calls.add(record.effect, record.operation, outcome);
    if (isEngineOutcome(outcome)) this.engineOutcomes.add(outcome);
  }
}
