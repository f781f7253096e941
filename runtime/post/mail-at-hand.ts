/**
 * What there is to deliver in one tenant, for those who only look: events that were not delivered when
 * the state was stored, and what became of them, held in memory and brought up to date record by
 * record. It changes nothing, and knows nothing of what was over before.
 */
import type { Json } from "../../protocol/language/json.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { DELIVERY_KEY, deliveryKey } from "../../protocol/language/subscription.ts";
import type { Store, StorePlace } from "../ports.ts";
import { fold } from "../state/fold.ts";
import type { PostState } from "./route.ts";
import type { Subscription } from "./subscription.ts";

interface Stream {
  /** So many events come before those that are held. */
  readonly before: number;
  readonly events: Json[];
}

export class MailAtHand implements PostState {
  readonly #tenant: string;
  /** By store. */
  readonly #streams: ReadonlyMap<string, Stream>;
  readonly #ended = new Map<string, { readonly last: number | null }>();
  /** The delivery that a trace is of. */
  readonly #keys = new Map<string, string>();
  readonly #refused = new Set<string>();
  readonly #delivered = new Map<string, number>();

  constructor(tenant: string, subscriptions: readonly Subscription[], stored?: Store) {
    this.#tenant = tenant;
    const streams = new Map<string, Stream>();
    for (const { sealed } of subscriptions) {
      const own = subscriptions.filter((one) => one.sealed.store === sealed.store);
      const reached = own.map(({ id }) => stored?.delivered(tenant, id) ?? 0);
      own.forEach(({ id }, at) => void this.#delivered.set(id, reached[at] ?? 0));
      const place = { tenant, store: sealed.store };
      const before = Math.min(...reached, stored?.streamLength(place) ?? 0);
      const events = stored?.events(place, before + 1, Number.MAX_SAFE_INTEGER) ?? [];
      streams.set(sealed.store, { before, events: [...events] });
      for (const { intent } of own) {
        for (let at = before + 1; at <= before + events.length; at += 1) {
          this.#know(deliveryKey(intent.intent, at), stored);
        }
      }
    }
    this.#streams = streams;
  }

  #know(key: string, stored: Store | undefined): void {
    const row = stored?.executionByKey(this.#tenant, key);
    if (row !== undefined) {
      this.#ended.set(key, row);
      this.#keys.set(row.trace, key);
    }
    if (stored?.refusalByKey(this.#tenant, key) !== undefined) this.#refused.add(key);
  }

  take(record: LedgerRecord): void {
    const change = fold(record);
    if (change?.kind === "append" && change.tenant === this.#tenant) {
      this.#streams.get(change.store)?.events.push(change.event);
    } else if (change?.kind === "opened" && change.row.tenant === this.#tenant) {
      const { trace, idempotency_key: key } = change.row;
      if (key === null || !key.startsWith(DELIVERY_KEY)) return;
      this.#keys.set(trace, key);
      this.#ended.set(key, { last: null });
    } else if (change?.kind === "closed") {
      const key = this.#keys.get(change.trace);
      if (key !== undefined) this.#ended.set(key, change);
    } else if (change?.kind === "refused" && change.row.tenant === this.#tenant) {
      if (change.row.idempotency_key !== null) this.#refused.add(change.row.idempotency_key);
    }
  }

  streamLength({ store }: StorePlace): number {
    const stream = this.#streams.get(store);
    return stream === undefined ? 0 : stream.before + stream.events.length;
  }

  events({ store }: StorePlace, from: number, limit: number): readonly Json[] {
    const { before = 0, events = [] } = this.#streams.get(store) ?? {};
    return events.slice(from - before - 1, from - before - 1 + limit);
  }

  delivered(_: string, subscription: string): number {
    return this.#delivered.get(subscription) ?? 0;
  }

  executionByKey(_: string, key: string): { readonly last: number | null } | undefined {
    return this.#ended.get(key);
  }

  refusalByKey(_: string, key: string): object | undefined {
    return this.#refused.has(key) ? {} : undefined;
  }
}
