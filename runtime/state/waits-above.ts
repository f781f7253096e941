/**
 * What executions wait for, above what the store has of it: whole for those that are awake, and for
 * those that sleep until it is stored. What sleeps and is stored is not held, however many that are.
 */
import type { Change, Store, WaitRow } from "../ports.ts";

type WaitChange = Extract<Change, { kind: "waits" | "woken" }>;

interface Held {
  /** By node, in the order in which they began; all that there are. */
  readonly rows: Map<string, WaitRow>;
  /** Changes that are not in the store yet. */
  unstored: number;
  isAsleep: boolean;
}

const NONE: readonly WaitRow[] = Object.freeze([]);

export class WaitsAbove {
  readonly #store: Store;
  readonly #held = new Map<string, Held>();

  constructor(store: Store) {
    this.#store = store;
  }

  of(trace: string): readonly WaitRow[] {
    const held = this.#held.get(trace);
    if (held !== undefined) return held.rows.size === 0 ? NONE : [...held.rows.values()];
    return this.#store.waitsOf(trace);
  }

  /** `isKnown`: it was awake ever since it opened, so that it waited nowhere unless that is held. */
  has(trace: string, node: string, isKnown: boolean): boolean {
    const held = this.#held.get(trace);
    if (held !== undefined) return held.rows.has(node);
    return !isKnown && this.#hold(trace).rows.has(node);
  }

  /** What is above the store, and what stands in it beside. */
  *all(): Iterable<WaitRow> {
    for (const { rows } of this.#held.values()) yield* rows.values();
    for (const row of this.#store.waits()) if (!this.#held.has(row.trace)) yield row;
  }

  show(change: WaitChange): void {
    const held = this.#hold(change.kind === "waits" ? change.row.trace : change.trace);
    held.unstored += 1;
    if (change.kind === "waits") held.rows.set(change.row.node, change.row);
    else if (change.node === null) held.rows.clear();
    else held.rows.delete(change.node);
  }

  settle(change: WaitChange): void {
    const trace = change.kind === "waits" ? change.row.trace : change.trace;
    const held = this.#held.get(trace);
    if (held === undefined) return;
    held.unstored -= 1;
    this.#forget(trace, held);
  }

  sleep(trace: string): void {
    const held = this.#held.get(trace);
    if (held === undefined) return;
    held.isAsleep = true;
    this.#forget(trace, held);
  }

  wake(trace: string): void {
    this.#hold(trace).isAsleep = false;
  }

  /** It has ended: once that is stored, there is nothing more to know of it. */
  end(trace: string): void {
    this.sleep(trace);
  }

  #hold(trace: string): Held {
    let held = this.#held.get(trace);
    if (held === undefined) {
      const rows = new Map(this.#store.waitsOf(trace).map((row) => [row.node, row]));
      held = { rows, unstored: 0, isAsleep: false };
      this.#held.set(trace, held);
    }
    return held;
  }

  #forget(trace: string, { isAsleep, unstored }: Held): void {
    if (isAsleep && unstored === 0) this.#held.delete(trace);
  }
}
