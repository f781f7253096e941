/**
 * The state as it is now: what the store has, and above it what records have changed since. Changes
 * are seen at once and stored later, in groups, when their records are durable: the store is never
 * ahead of the ledger. What is stored is held here no longer, but for how long each stream is and the
 * rows of executions that are open.
 */
import { byCodeUnits } from "../../protocol/language/canonical.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import type {
  BootRow,
  Change,
  Checkpoint,
  DocumentEntry,
  ExecutionRow,
  RefusalRow,
  RegistryEntry,
  SessionRow,
  State,
  Store,
  StorePlace,
  WaitRow,
} from "../ports.ts";
import { ByPlace } from "./by-place.ts";
import { epochIn, foldWith } from "./fold.ts";
import { closedRow, migratedRow } from "./group.ts";
import { forget, keyId, LoneAbove, type LoneRow } from "./lone-above.ts";
import { Registered } from "./registered.ts";
import { WaitsAbove, type WaitsAfter } from "./waits-above.ts";

/** What a change put above the store, to be taken away once it is in the store. */
type Shown = RegistryEntry | DocumentEntry | ExecutionRow | LoneRow | undefined;

/** Changes of what an execution waits for, and of what it runs under. */
type Waiting = Extract<Change, { kind: "waits" | "woken" | "migrated" }>;

interface Pending {
  readonly n: number;
  readonly change: Change;
  readonly shown: Shown;
}

/** What lies above the store in one place: the last value of each key. */
interface Above {
  readonly registry: Map<string, RegistryEntry>;
  readonly documents: Map<string, DocumentEntry>;
  readonly events: Map<number, Json>;
  /** Of the stream, stored events included; undefined until it is asked for. */
  length: number | undefined;
}

/** Changes on their way into the store. Exactly one of the two is called, when it is known which. */
export interface Handed {
  readonly changes: readonly Change[];
  readonly stored: () => void;
  /** They were not stored: they are handed out again, before all others. */
  readonly returned: () => void;
}

export class Overlay implements State {
  readonly #store: Store;
  readonly #above = new ByPlace<Above>(nothing);
  readonly #executions = new Map<string, ExecutionRow>();
  /** Traces by tenant and idempotency key. */
  readonly #keys = new Map<string, string>();
  readonly #registered: Registered;
  readonly #lone: LoneAbove;
  readonly #waits: WaitsAbove;
  /** Executions that sleep, and whose rows are not all stored yet. */
  readonly #falling = new Set<string>();
  #queue: Pending[] = [];
  /** Each first record of a writer: few, as a process is one. */
  readonly #epochs: { readonly n: number; readonly epoch: number }[];

  constructor(store: Store) {
    this.#store = store;
    this.#waits = new WaitsAbove(store);
    this.#lone = new LoneAbove(store);
    const { applied = 0, epoch = 0 } = store.watermark() ?? {};
    this.#registered = new Registered(applied === 0);
    this.#epochs = [{ n: applied, epoch }];
  }

  registry(place: StorePlace, key: string): RegistryEntry | undefined {
    const above = this.#above.at(place).registry.get(key);
    if (above !== undefined || !this.#registered.mayStand(place, key)) return above;
    return this.#store.registry(place, key);
  }

  document(place: StorePlace, key: string): DocumentEntry | undefined {
    return this.#above.at(place).documents.get(key) ?? this.#store.document(place, key);
  }

  streamLength(place: StorePlace): number {
    const above = this.#above.at(place);
    above.length ??= this.#store.streamLength(place);
    return above.length;
  }

  events(place: StorePlace, from: number, limit: number): readonly Json[] {
    const end = Math.min(this.streamLength(place), from + limit - 1);
    const above = this.#above.at(place).events;
    const found = [...this.#store.events(place, from, limit)];
    for (let position = from + found.length; position <= end; position += 1) {
      const event = above.get(position);
      invariant(event !== undefined, "a stream has an event at every position");
      found.push(event);
    }
    return found;
  }

  execution(trace: string): ExecutionRow | undefined {
    return this.#executions.get(trace) ?? this.#store.execution(trace);
  }

  executionByKey(tenant: string, idempotencyKey: string): ExecutionRow | undefined {
    const trace = this.#keys.get(keyId(tenant, idempotencyKey));
    if (trace !== undefined) return this.execution(trace);
    const row = this.#store.executionByKey(tenant, idempotencyKey);
    // Its end may not be stored yet.
    return row && (this.#executions.get(row.trace) ?? row);
  }

  refusalByKey(tenant: string, idempotencyKey: string): RefusalRow | undefined {
    return this.#lone.refusalByKey(tenant, idempotencyKey);
  }

  streamTenants(store: string): readonly string[] {
    const tenants = new Set(this.#store.streamTenants(store));
    for (const [place, { events }] of this.#above.entries()) {
      if (place.store === store && events.size > 0) tenants.add(place.tenant);
    }
    return [...tenants].sort(byCodeUnits);
  }

  delivered(tenant: string, subscription: string): number {
    return this.#store.delivered(tenant, subscription);
  }

  session(id: string): SessionRow | undefined {
    return this.#lone.session(id);
  }

  sessionByToken(sha256: string): SessionRow | undefined {
    return this.#lone.sessionByToken(sha256);
  }

  boot(): BootRow | undefined {
    return this.#lone.boot();
  }

  waitsOf(trace: string): readonly WaitRow[] {
    return this.#waits.of(trace);
  }

  /** What is waited for behind a time, in no order: all of it up to a later time, and a few at least. */
  waitsAfter(time: string, few: number): WaitsAfter {
    return this.#waits.after(time, few);
  }

  /** An execution needs nothing but time or a signal: what is stored of it is held no longer. */
  sleep(trace: string): void {
    this.#waits.sleep(trace);
    const row = this.#executions.get(trace);
    if (row === undefined) return;
    if (this.#store.execution(trace)?.snapshot === row.snapshot) this.#executions.delete(trace);
    else this.#falling.add(trace);
  }

  /** How many sleep whose rows are held here. */
  get asleepAbove(): number {
    return this.#falling.size;
  }

  /** It goes on. */
  wake(trace: string): void {
    this.#waits.wake(trace);
    this.#falling.delete(trace);
  }

  /** The highest epoch that a record up to now has named. */
  get epoch(): number {
    return this.#epochs.at(-1)?.epoch ?? 0;
  }

  /** The highest that a record at or before this position has named. */
  epochUpTo(n: number): number {
    return this.#epochs.findLast((one) => one.n <= n)?.epoch ?? 0;
  }

  /** How many changes are not stored yet. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Takes up what a record changes. Records come in the ledger's order. */
  note(record: LedgerRecord): void {
    const epoch = epochIn(record);
    if (epoch > this.epoch) this.#epochs.push({ n: record.n, epoch });
    const change = foldWith(record, this.#isWaiting);
    if (change === undefined) return;
    this.#queue.push({ n: record.n, change, shown: this.#show(change) });
  }

  /** Of one whose row is here and that has not waited since, nothing has to be looked up. */
  readonly #isWaiting = (trace: string, node: string): boolean =>
    this.#waits.has(trace, node, this.#executions.has(trace));

  /** Stores every change up to a checkpoint of the ledger. */
  storeUpTo(checkpoint: Checkpoint): void {
    const handed = this.hand(checkpoint.watermark.applied);
    try {
      this.#store.apply(handed.changes, checkpoint);
    } catch (error) {
      handed.returned();
      throw error;
    }
    handed.stored();
  }

  /**
   * Hands out every change up to a position of the ledger that was not handed out before. They are
   * seen here until they are told to be stored.
   */
  hand(applied: number): Handed {
    let count = this.#queue.length;
    while (count > 0 && (this.#queue[count - 1] as Pending).n > applied) count -= 1;
    const later = this.#queue.slice(count);
    const ready = later.length === 0 ? this.#queue : this.#queue.slice(0, count);
    this.#queue = later;
    return {
      changes: ready.map(({ change }) => change),
      stored: () => {
        for (const pending of ready) this.#settle(pending);
      },
      returned: () => {
        // Groups come back in any order; changes are stored in the ledger's.
        this.#queue = [...ready, ...this.#queue].sort((a, b) => a.n - b.n);
      },
    };
  }

  #show(change: Change): Shown {
    switch (change.kind) {
      case "register": {
        const entry = { value: change.value, revoked: false };
        this.#registered.add(change, change.key);
        this.#above.at(change).registry.set(change.key, entry);
        return entry;
      }
      case "revoke": {
        const value = this.registry(change, change.key)?.value ?? null;
        const entry = { value, revoked: true };
        this.#above.at(change).registry.set(change.key, entry);
        return entry;
      }
      case "append": {
        const above = this.#above.at(change);
        above.length = change.position;
        above.events.set(change.position, change.event);
        return undefined;
      }
      case "put": {
        const entry = { value: change.value, version: change.version };
        this.#above.at(change).documents.set(change.key, entry);
        return entry;
      }
      case "remove": {
        const version = this.document(change, change.key)?.version ?? 0;
        const entry = { value: undefined, version };
        this.#above.at(change).documents.set(change.key, entry);
        return entry;
      }
      case "opened":
        return this.#showOpened(change.row);
      case "closed": {
        const row = this.execution(change.trace);
        invariant(row !== undefined, "an execution that closes was opened");
        const closed = closedRow(row, change);
        this.#executions.set(change.trace, closed);
        this.#waits.end(change.trace);
        return closed;
      }
      case "waits":
      case "woken":
      case "migrated":
        return this.#showWaiting(change);
      default:
        return this.#lone.show(change);
    }
  }

  #showWaiting(change: Waiting): Shown {
    if (change.kind !== "migrated") {
      this.#waits.show(change);
      return undefined;
    }
    const row = this.execution(change.trace);
    invariant(row !== undefined, "an execution that goes on elsewhere was opened");
    // Its row will stand here, and may have been stored until now, with what it waits for.
    this.#waits.hold(change.trace);
    const migrated = migratedRow(row, change.snapshot);
    this.#executions.set(change.trace, migrated);
    return migrated;
  }

  #showOpened(row: ExecutionRow): ExecutionRow {
    const { trace, tenant, idempotency_key } = row;
    this.#executions.set(trace, row);
    if (idempotency_key !== null) this.#keys.set(keyId(tenant, idempotency_key), trace);
    return row;
  }

  /** Takes a change's value away again, unless a later one has replaced it. */
  #settle({ change, shown }: Pending): void {
    switch (change.kind) {
      case "register":
      case "revoke":
        forget(this.#above.at(change).registry, change.key, shown);
        return;
      case "put":
      case "remove":
        forget(this.#above.at(change).documents, change.key, shown);
        return;
      case "append":
        this.#above.at(change).events.delete(change.position);
        return;
      case "opened": {
        const { tenant, trace, idempotency_key } = change.row;
        if (idempotency_key !== null) forget(this.#keys, keyId(tenant, idempotency_key), trace);
        // Its row stays while it is open and awake: whoever closes it need not ask the store.
        this.#settleFalling(trace, shown);
        return;
      }
      case "closed":
        forget(this.#executions, change.trace, shown);
        return;
      case "migrated":
        this.#settleFalling(change.trace, shown);
        return;
      case "waits":
      case "woken":
        this.#waits.settle(change);
        return;
      default:
        this.#lone.settle(change, shown);
    }
  }

  #settleFalling(trace: string, shown: Shown): void {
    if (!this.#falling.has(trace) || this.#executions.get(trace) !== shown) return;
    this.#falling.delete(trace);
    this.#executions.delete(trace);
  }
}

function nothing(): Above {
  return { registry: new Map(), documents: new Map(), events: new Map(), length: undefined };
}
