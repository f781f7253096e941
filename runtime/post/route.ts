/**
 * One tenant's stream on its way to one subscriber: what of it is over, what may be delivered now.
 * What is over is known from the ledger's own projections, each event's execution or refusal by its
 * idempotency key; it is never remembered here alone.
 */
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import { deliveryKey } from "../../protocol/language/subscription.ts";
import type { Delivered, ExecutionRow, State } from "../ports.ts";
import type { Opened } from "../sealing/sealer.ts";
import { type Letter, letterOf } from "./letter.ts";
import { Lines } from "./lines.ts";
import type { Checks, Subscription } from "./subscription.ts";

/** What of the state says what was delivered. */
export interface PostState extends Pick<State, "streamLength" | "events" | "delivered"> {
  readonly executionByKey: (
    tenant: string,
    idempotencyKey: string,
  ) => (Pick<ExecutionRow, "last"> & Partial<Pick<ExecutionRow, "trace">>) | undefined;
  /** What an execution waits for; left out by those who do not know. */
  readonly waitsOf?: State["waitsOf"];
  readonly refusalByKey: (tenant: string, idempotencyKey: string) => object | undefined;
}

export interface RouteOptions {
  readonly subscription: Subscription;
  /** Loaded by the time that something is taken. */
  readonly checks: () => Checks | undefined;
  readonly tenant: string;
  readonly state: PostState;
  readonly open: (value: Json) => Opened;
  /** The last record of the ledger that is on the disk. */
  readonly durable: () => number;
  readonly aheadMax: number;
}

/** What is to be carried out now. */
export interface Delivery {
  readonly subscription: Subscription;
  readonly tenant: string;
  readonly position: number;
  /** Of the delivery: the same for ever. */
  readonly idempotencyKey: string;
  readonly content: Letter["content"];
}

/** So many events are looked at before others have their turn. */
const LOOK_AT_ONCE = 256;
/** So many are read from the state together. */
const READ_AT_ONCE = 64;

interface Read {
  readonly from: number;
  readonly events: readonly Json[];
}
const NOTHING_READ: Read = Object.freeze({ from: 1, events: [] });

export class Route {
  readonly #options: RouteOptions;
  readonly #lines: Lines;
  /** Those whose turn it is. */
  readonly #due: number[] = [];
  /** Under way, and begun by somebody else: a former writer. */
  readonly #awaited = new Set<number>();
  #read: Read = NOTHING_READ;
  #told = 0;

  constructor(options: RouteOptions) {
    this.#options = options;
    const { state, tenant, subscription, aheadMax } = options;
    this.#told = Math.min(state.delivered(tenant, subscription.id), this.#length);
    this.#lines = new Lines(this.#told, aheadMax);
  }

  /** Takes the next that may be delivered; `more` where it has looked far without finding one. */
  take(): Delivery | "more" | undefined {
    for (let looks = 0; looks < LOOK_AT_ONCE; looks += 1) {
      const due = this.#due[0];
      const position = due ?? this.#lines.next;
      if (position === undefined || position > this.#length) {
        // What is read ahead need not be held until there is news.
        this.#read = NOTHING_READ;
        return undefined;
      }
      const stands = this.#standing(position);
      if (due === undefined && stands === "over") {
        this.#lines.pass(position);
        continue;
      }
      const letter = this.#letterAt(position);
      // From here on nothing can fail.
      this.#due.shift();
      if (due === undefined && !this.#enters(position, letter)) continue;
      if (stands === "over" || letter === null) this.ended(position);
      else if (stands === "open") this.#awaited.add(position);
      else return this.#deliveryOf(position, letter);
    }
    return "more";
  }

  /** True where the position is the first of its line. */
  #enters(position: number, letter: Letter | null): boolean {
    if (letter !== null) return this.#lines.stand(position, letter.line);
    this.#lines.pass(position);
    return false;
  }

  /** What was taken, or awaited, is over. */
  ended(position: number): void {
    this.#awaited.delete(position);
    const next = this.#lines.leave(position);
    if (next !== undefined) this.#due.push(next);
  }

  /** The same, told of every execution that a delivery began, whoever saw it begin. */
  endedElsewhere(position: number): void {
    if (this.#awaited.has(position)) this.ended(position);
  }

  /** What was taken could not be begun: it is taken again. */
  giveBack(position: number): void {
    this.#due.unshift(position);
  }

  /** How far it went since this was last asked; undefined where it did not. */
  delivered(): Delivered | undefined {
    const { tenant, subscription } = this.#options;
    const position = this.#lines.done;
    if (position === this.#told) return undefined;
    this.#told = position;
    return { tenant, subscription: subscription.id, position };
  }

  get standing(): RouteStanding {
    const { tenant, subscription } = this.#options;
    const { done, doneInAll } = this.#lines;
    const events = this.#length;
    return { tenant, subscription, events, delivered: done, waiting: events - doneInAll };
  }

  get #length(): number {
    const { state, tenant, subscription } = this.#options;
    return state.streamLength({ tenant, store: subscription.sealed.store });
  }

  #keyOf(position: number): string {
    return deliveryKey(this.#options.subscription.intent.intent, position);
  }

  #standing(position: number): "over" | "open" | "due" {
    const { state, tenant, durable } = this.#options;
    const key = this.#keyOf(position);
    const row = state.executionByKey(tenant, key);
    // What has ended in memory alone may yet be open again, after a crash.
    if (row !== undefined) {
      if (row.last !== null) return row.last <= durable() ? "over" : "open";
      return this.#waits(row.trace) ? "over" : "open";
    }
    return state.refusalByKey(tenant, key) === undefined ? "due" : "over";
  }

  /** It was begun, and may wait for weeks: no other event waits for that. */
  #waits(trace: string | undefined): boolean {
    const { state, durable } = this.#options;
    if (trace === undefined) return false;
    const waits = state.waitsOf?.(trace) ?? [];
    return waits.some(({ first }) => first <= durable());
  }

  #letterAt(position: number): Letter | null {
    const { subscription, checks, tenant, open } = this.#options;
    const loaded = checks();
    invariant(loaded !== undefined, "checks are loaded before an event is looked at");
    return letterOf(subscription, loaded, {
      tenant,
      position,
      event: this.#eventAt(position),
      open,
    });
  }

  #eventAt(position: number): Json {
    const { from, events } = this.#read;
    const known = events[position - from];
    if (known !== undefined) return known;
    const { state, tenant, subscription } = this.#options;
    const place = { tenant, store: subscription.sealed.store };
    const read = state.events(place, position, READ_AT_ONCE);
    this.#read = { from: position, events: read };
    return read[0] as Json;
  }

  #deliveryOf(position: number, { content }: Letter): Delivery {
    const { subscription, tenant } = this.#options;
    return {
      subscription,
      tenant,
      position,
      idempotencyKey: this.#keyOf(position),
      content,
    };
  }
}

/** Where a tenant's events stand on their way to a subscriber. */
export interface RouteStanding {
  readonly tenant: string;
  readonly subscription: Subscription;
  /** In the stream. */
  readonly events: number;
  /** Up to this position all of them are over, or were not wanted. */
  readonly delivered: number;
  /** Not looked at yet, under way, or waiting for one of the same key. */
  readonly waiting: number;
}
