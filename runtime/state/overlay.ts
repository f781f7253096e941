/**
 * The state as it is now: what the store has, and above it what records have changed since. Changes
 * are seen at once and stored later, in groups, when their records are durable: the store is never
 * ahead of the ledger.
 */
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import type {
  Change,
  Checkpoint,
  DocumentEntry,
  ExecutionRow,
  RegistryEntry,
  State,
  Store,
  StorePlace,
} from "../ports.ts";
import { fold } from "./fold.ts";
import { idOf, layer, type Settle } from "./layer.ts";

interface Pending {
  readonly n: number;
  readonly change: Change;
  readonly settle: Settle;
}

export class Overlay implements State {
  readonly #store: Store;
  readonly #registry = layer<RegistryEntry>();
  readonly #documents = layer<DocumentEntry>();
  readonly #lengths = layer<number>();
  readonly #events = layer<Json>();
  readonly #executions = layer<ExecutionRow>();
  /** Traces by tenant and idempotency key. */
  readonly #keys = layer<string>();
  #queue: Pending[] = [];
  #epoch: number;

  constructor(store: Store) {
    this.#store = store;
    this.#epoch = store.watermark()?.epoch ?? 0;
  }

  registry(place: StorePlace, key: string): RegistryEntry | undefined {
    return this.#registry.get(idOf(place, key)) ?? this.#store.registry(place, key);
  }

  document(place: StorePlace, key: string): DocumentEntry | undefined {
    return this.#documents.get(idOf(place, key)) ?? this.#store.document(place, key);
  }

  streamLength(place: StorePlace): number {
    return this.#lengths.get(idOf(place, "")) ?? this.#store.streamLength(place);
  }

  events(place: StorePlace, from: number, limit: number): readonly Json[] {
    const end = Math.min(this.streamLength(place), from + limit - 1);
    const found = [...this.#store.events(place, from, limit)];
    for (let position = from + found.length; position <= end; position += 1) {
      const event = this.#events.get(idOf(place, position));
      invariant(event !== undefined, "a stream has an event at every position");
      found.push(event);
    }
    return found;
  }

  execution(trace: string): ExecutionRow | undefined {
    return this.#executions.get(trace) ?? this.#store.execution(trace);
  }

  executionByKey(tenant: string, idempotencyKey: string): ExecutionRow | undefined {
    const trace = this.#keys.get(idOf({ tenant, store: "" }, idempotencyKey));
    if (trace === undefined) return this.#store.executionByKey(tenant, idempotencyKey);
    return this.execution(trace);
  }

  /** The highest epoch that a record up to now has named. */
  get epoch(): number {
    return this.#epoch;
  }

  /** How many changes are not stored yet. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Takes up what a record changes. Records come in the ledger's order. */
  note(record: LedgerRecord): void {
    if (record.type === "opened") this.#epoch = Math.max(this.#epoch, record.epoch);
    const change = fold(record);
    if (change === undefined) return;
    this.#queue.push({ n: record.n, change, settle: this.#show(change) });
  }

  /** Stores every change up to a checkpoint of the ledger. */
  storeUpTo(checkpoint: Checkpoint): void {
    const { applied } = checkpoint.watermark;
    const later = this.#queue.findIndex(({ n }) => n > applied);
    const ready = later < 0 ? this.#queue : this.#queue.slice(0, later);
    const changes = ready.map(({ change }) => change);
    this.#store.apply(changes, checkpoint);
    // Only now: what the store did not take stays here.
    this.#queue = this.#queue.slice(ready.length);
    for (const { settle } of ready) settle();
  }

  #show(change: Change): Settle {
    switch (change.kind) {
      case "register": {
        const entry = { value: change.value, revoked: false };
        return this.#registry.set(idOf(change, change.key), entry);
      }
      case "revoke": {
        const value = this.registry(change, change.key)?.value ?? null;
        return this.#registry.set(idOf(change, change.key), { value, revoked: true });
      }
      case "append": {
        const length = this.#lengths.set(idOf(change, ""), change.position);
        const event = this.#events.set(idOf(change, change.position), change.event);
        return () => {
          length();
          event();
        };
      }
      case "put": {
        const { key, value, version } = change;
        return this.#documents.set(idOf(change, key), { value, version });
      }
      case "remove": {
        const version = this.document(change, change.key)?.version ?? 0;
        return this.#documents.set(idOf(change, change.key), { value: undefined, version });
      }
      case "opened":
        return this.#showOpened(change.row);
      case "closed": {
        const { kind: _, trace, ...end } = change;
        const row = this.execution(trace);
        invariant(row !== undefined, "an execution that closes was opened");
        return this.#executions.set(trace, Object.assign({}, row, end));
      }
    }
  }

  #showOpened(row: ExecutionRow): Settle {
    const { trace, tenant, idempotency_key } = row;
    const shown = this.#executions.set(trace, row);
    if (idempotency_key === null) return shown;
    const key = this.#keys.set(idOf({ tenant, store: "" }, idempotency_key), trace);
    return () => {
      shown();
      key();
    };
  }
}
