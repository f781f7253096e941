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
} from "../ports.ts";
import { ByPlace } from "./by-place.ts";
import { epochIn, fold } from "./fold.ts";
import { closedRow, endedSession } from "./group.ts";

/** What a change put above the store, to be taken away once it is in the store. */
type Shown =
  | RegistryEntry
  | DocumentEntry
  | ExecutionRow
  | RefusalRow
  | SessionRow
  | BootRow
  | undefined;

/** Changes of records that are a whole trace. */
type Lone = Extract<Change, { kind: "session" | "session-ended" | "refused" | "boot" }>;

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
  /** The first of a tenant's idempotency key, where it has one. */
  readonly #refusals = new Map<string, RefusalRow>();
  readonly #sessions = new Map<string, SessionRow>();
  /** Sessions by the SHA-256 of their tokens. */
  readonly #tokens = new Map<string, string>();
  #boot: BootRow | undefined;
  #queue: Pending[] = [];
  /** Each first record of a writer: few, as a process is one. */
  readonly #epochs: { readonly n: number; readonly epoch: number }[];

  constructor(store: Store) {
    this.#store = store;
    const { applied = 0, epoch = 0 } = store.watermark() ?? {};
    this.#epochs = [{ n: applied, epoch }];
  }

  registry(place: StorePlace, key: string): RegistryEntry | undefined {
    return this.#above.at(place).registry.get(key) ?? this.#store.registry(place, key);
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
    // What is stored came before what is not.
    return (
      this.#store.refusalByKey(tenant, idempotencyKey) ??
      this.#refusals.get(keyId(tenant, idempotencyKey))
    );
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
    return this.#sessions.get(id) ?? this.#store.session(id);
  }

  sessionByToken(sha256: string): SessionRow | undefined {
    const id = this.#tokens.get(sha256);
    if (id !== undefined) return this.session(id);
    const row = this.#store.sessionByToken(sha256);
    // Its end may not be stored yet.
    return row && (this.#sessions.get(row.session) ?? row);
  }

  boot(): BootRow | undefined {
    return this.#boot ?? this.#store.boot();
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
    const change = fold(record);
    if (change === undefined) return;
    this.#queue.push({ n: record.n, change, shown: this.#show(change) });
  }

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
        return closed;
      }
      default:
        return this.#showLone(change);
    }
  }

  #showLone(change: Lone): Shown {
    switch (change.kind) {
      case "session": {
        const { row } = change;
        this.#sessions.set(row.session, row);
        if (row.token_sha256 !== null) this.#tokens.set(row.token_sha256, row.session);
        return row;
      }
      case "session-ended": {
        // Read from trace files alone, the record that opened it may be missing.
        const row = this.session(change.session);
        const ended = row && endedSession(row, change.ended_at);
        if (ended !== undefined) this.#sessions.set(ended.session, ended);
        return ended;
      }
      case "boot":
        this.#boot = change.row;
        return change.row;
      case "refused":
        return this.#showRefused(change.row);
    }
  }

  #showOpened(row: ExecutionRow): ExecutionRow {
    const { trace, tenant, idempotency_key } = row;
    this.#executions.set(trace, row);
    if (idempotency_key !== null) this.#keys.set(keyId(tenant, idempotency_key), trace);
    return row;
  }

  #showRefused(row: RefusalRow): Shown {
    if (row.idempotency_key === null) return undefined;
    const id = keyId(row.tenant, row.idempotency_key);
    if (this.#refusals.has(id)) return undefined;
    this.#refusals.set(id, row);
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
        // Its row stays while it is open: whoever closes it need not ask the store.
        return;
      }
      case "closed":
        forget(this.#executions, change.trace, shown);
        return;
      default:
        this.#settleLone(change, shown);
    }
  }

  #settleLone(change: Lone, shown: Shown): void {
    switch (change.kind) {
      case "session": {
        const { session, token_sha256 } = change.row;
        if (token_sha256 !== null) forget(this.#tokens, token_sha256, session);
        forget(this.#sessions, session, shown);
        return;
      }
      case "session-ended":
        forget(this.#sessions, change.session, shown);
        return;
      case "boot":
        if (this.#boot === shown) this.#boot = undefined;
        return;
      case "refused": {
        const { tenant, idempotency_key } = change.row;
        if (idempotency_key !== null) forget(this.#refusals, keyId(tenant, idempotency_key), shown);
      }
    }
  }
}

function nothing(): Above {
  return { registry: new Map(), documents: new Map(), events: new Map(), length: undefined };
}

function forget<K>(held: Map<K, unknown>, key: K, shown: unknown): void {
  if (held.get(key) === shown) held.delete(key);
}

/** Tenants and idempotency keys hold no NUL: no two share an id. */
function keyId(tenant: string, idempotencyKey: string): string {
  return `${tenant}\0${idempotencyKey}`;
}
