/**
 * What stands in the stores as records alone say it, record by record: what an effect ought to have
 * met. It follows the same fold as the stored state and never asks that state. Where it is given a
 * store of its own, it keeps in memory only what changed lately.
 */
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import type {
  Change,
  Checkpoint,
  DocumentEntry,
  RegistryEntry,
  Store,
  StorePlace,
  Values,
} from "../ports.ts";
import { ByPlace } from "../state/by-place.ts";

/** So many changes are kept in memory before they are put aside. */
const CHANGES_MAX = 8_192;

/** Changes of executions, whose rows are not kept here. */
const NOT_A_VALUE: ReadonlySet<Change["kind"]> = new Set([
  "opened",
  "closed",
  "waits",
  "woken",
  "migrated",
]);

/** It follows no ledger: nobody goes on from it. */
const NOWHERE: Checkpoint = Object.freeze({
  watermark: { applied: 0, epoch: 0, durable: { n: 0, segment: 1, offset: 0 }, hash: null },
  open: [],
});

/** A stream: events that were put aside, and those behind them. */
interface Stream {
  before: number;
  events: Json[];
}

export class FoldInMemory implements Values {
  readonly #aside: Store | undefined;
  readonly #changesMax: number;
  readonly #registry = new ByPlace(() => new Map<string, RegistryEntry>());
  readonly #documents = new ByPlace(() => new Map<string, DocumentEntry>());
  readonly #streams = new ByPlace((): Stream => ({ before: 0, events: [] }));
  #changes: Change[] = [];

  /**
   * `aside` is empty, nobody else's, and the caller's to close; `changesMax` are held in memory
   * before they are put there.
   */
  constructor(aside?: Store, changesMax = CHANGES_MAX) {
    this.#aside = aside;
    this.#changesMax = changesMax;
  }

  registry(place: StorePlace, key: string): RegistryEntry | undefined {
    return this.#registry.at(place).get(key) ?? this.#aside?.registry(place, key);
  }

  document(place: StorePlace, key: string): DocumentEntry | undefined {
    return this.#documents.at(place).get(key) ?? this.#aside?.document(place, key);
  }

  streamLength(place: StorePlace): number {
    const { before, events } = this.#streams.at(place);
    return before + events.length;
  }

  events(place: StorePlace, from: number, limit: number): readonly Json[] {
    const { before, events } = this.#streams.at(place);
    const first = Math.max(1, from);
    const wanted = Math.min(limit, before - first + 1);
    const earlier = wanted > 0 ? (this.#aside?.events(place, first, wanted) ?? []) : [];
    const start = Math.max(0, first - 1 - before);
    return [...earlier, ...events.slice(start, start + limit - earlier.length)];
  }

  /** Executions are not kept: no effect asks for one. */
  execution(): undefined {
    return undefined;
  }

  executionByKey(): undefined {
    return undefined;
  }

  take(change: Change): void {
    if (NOT_A_VALUE.has(change.kind)) return;
    this.#show(change);
    if (this.#aside === undefined) return;
    this.#changes.push(change);
    if (this.#changes.length >= this.#changesMax) this.#putAside(this.#aside);
  }

  #show(change: Change): void {
    switch (change.kind) {
      case "register":
        this.#registry.at(change).set(change.key, { value: change.value, revoked: false });
        return;
      case "revoke": {
        const entry = this.registry(change, change.key);
        if (entry !== undefined) {
          this.#registry.at(change).set(change.key, { ...entry, revoked: true });
        }
        return;
      }
      case "append":
        append(this.#streams.at(change), change);
        return;
      case "put": {
        const { value, version } = change;
        this.#documents.at(change).set(change.key, { value, version });
        return;
      }
      case "remove": {
        const entry = this.document(change, change.key);
        if (entry !== undefined) {
          this.#documents.at(change).set(change.key, { ...entry, value: undefined });
        }
        return;
      }
      case "opened":
      case "closed":
      case "session":
      case "session-ended":
      case "refused":
      case "boot":
      case "waits":
      case "woken":
      case "migrated":
    }
  }

  #putAside(aside: Store): void {
    aside.apply(this.#changes, NOWHERE);
    this.#changes = [];
    for (const [, entries] of this.#registry.entries()) entries.clear();
    for (const [, entries] of this.#documents.entries()) entries.clear();
    for (const [, stream] of this.#streams.entries()) {
      stream.before += stream.events.length;
      stream.events = [];
    }
  }
}

function append(
  { before, events }: Stream,
  { position, event }: Change & { readonly kind: "append" },
): void {
  const next = before + events.length + 1;
  invariant(position === next, "only an append that follows the last is taken up");
  events.push(event);
}
