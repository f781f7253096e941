/**
 * What records may say of deliveries, read from the ledger alone: each is of an event that stands
 * before it, as that event says it, to one who wants it; there is one of each, and of one line none
 * begins before the one before it has ended. At rest, none is missing.
 */
import type { Json } from "../../protocol/language/json.ts";
import type { LedgerRecord, OpenedBody, RefusedBody } from "../../protocol/language/records.ts";
import { POST_PRINCIPAL } from "../../protocol/language/subscription.ts";
import { Failure } from "./failure.ts";
import { type Due, dueFor, type Event, MAIL, SUBSCRIBERS } from "./mail.ts";
import { sorted } from "./model.ts";

type Begun = LedgerRecord & (OpenedBody | RefusedBody);

export class Post {
  /** By tenant. */
  readonly #events = new Map<string, Event[]>();
  /** Keys of deliveries, with their tenants. */
  readonly #delivered = new Set<string>();
  /** The last of each line: its position, and its trace. */
  readonly #last = new Map<string, { readonly position: number; readonly trace: string }>();
  readonly #closed = new Set<string>();

  take(record: LedgerRecord): void {
    if (record.type === "closed") this.#closed.add(record.trace);
    else if (record.type === "effect") {
      if (record.store !== MAIL || record.outcome !== "SUCCESS") return;
      const told = this.#events.get(record.tenant) ?? [];
      this.#events.set(record.tenant, [...told, record.value as unknown as Event]);
    } else if (record.type === "opened" || record.type === "refused") this.#begin(record);
  }

  #begin(record: Begun): void {
    const { n, tenant, intent, cause, trace } = record;
    const subscribes = SUBSCRIBERS.some(({ type }) => type === intent);
    if (cause === undefined && !subscribes) return;
    const { principal, caller } = record;
    if (principal !== POST_PRINCIPAL || caller.identity !== "runtime" || cause === undefined) {
      throw new Failure(`record ${n}: ${principal} asked for what only an event asks for`);
    }
    const due = this.#dueAt(tenant, cause.position).find((one) => one.intent === intent);
    if (due === undefined) throw new Failure(`record ${n}: ${intent} was told of no such event`);
    requireAsDue(record, due);
    const key = `${tenant} ${due.key}`;
    if (this.#delivered.has(key)) throw new Failure(`record ${n}: ${key} was delivered before`);
    this.#delivered.add(key);
    this.#requireTurn(`${tenant} ${intent} ${due.line}`, cause.position, record);
    if (record.type === "refused") this.#closed.add(trace);
  }

  #dueAt(tenant: string, position: number): readonly Due[] {
    const event = this.#events.get(tenant)?.[position - 1];
    return event === undefined ? [] : dueFor(event, position);
  }

  /** What cannot be taken stands in nobody's way. */
  #requireTurn(line: string, position: number, { n, trace }: Begun): void {
    const before = this.#last.get(line);
    this.#last.set(line, { position, trace });
    if (before === undefined) return;
    if (before.position < position && this.#closed.has(before.trace)) return;
    throw new Failure(`record ${n}: ${position} was delivered in the turn of ${before.position}`);
  }

  /** What the state says was delivered, was. By tenant and subscription. */
  checkStored(delivered: ReadonlyMap<string, number>): void {
    for (const [name, reached] of delivered) {
      const [tenant = "", subscription = ""] = name.split("|");
      const subscriber = SUBSCRIBERS.find(({ intent }) => subscription.startsWith(`${intent}#`));
      for (let position = 1; position <= reached; position += 1) {
        const due = this.#dueAt(tenant, position).find((one) => one.intent === subscriber?.type);
        if (due === undefined || this.#delivered.has(`${tenant} ${due.key}`)) continue;
        throw new Failure(`${due.key} of ${tenant} is stored as delivered, and was not`);
      }
    }
  }

  /** At rest every event has reached everybody who wants it. */
  checkAtRest(): void {
    for (const [tenant, events] of this.#events) {
      for (const { key } of events.flatMap((event, at) => dueFor(event, at + 1))) {
        if (this.#delivered.has(`${tenant} ${key}`)) continue;
        throw new Failure(`${key} of ${tenant} was never delivered`);
      }
    }
  }
}

function requireAsDue(record: Begun, due: Due): void {
  const { n, type, idempotency_key } = record;
  if (idempotency_key !== due.key) throw new Failure(`record ${n}: ${idempotency_key} is not due`);
  if ((type === "refused") !== due.refused) throw new Failure(`record ${n}: ${type}, not as due`);
  if (type === "opened" && text(record.payload) !== text(due.payload)) {
    throw new Failure(`record ${n}: ${text(record.payload)} was delivered, not what was told`);
  }
}

function text(value: Json): string {
  return JSON.stringify(sorted(value));
}
