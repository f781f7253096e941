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

/** Some of what is waited for. */
export interface WaitsAfter {
  readonly rows: readonly WaitRow[];
  /** All that is up by then is among them; undefined where all there is is. */
  readonly upTo: string | undefined;
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

  /** What is waited for behind a time, in no order: all of it up to a later time, and a few at least. */
  after(time: string, few: number): WaitsAfter {
    const stored = [...this.#store.waits(time, few)];
    const last = stored.length < few ? undefined : stored.at(-1)?.until;
    const known = last === undefined ? stored : stored.filter(({ until }) => until < last);
    // As many end at that very time as were asked for: there may be more of them.
    if (stored.length > 0 && known.length === 0) return this.after(time, few * 4);
    const upTo = last === undefined ? undefined : known.at(-1)?.until;
    const above = [...this.#held.values()].flatMap(({ rows }) => [...rows.values()]);
    const isIn = ({ until }: WaitRow) => until > time && (upTo === undefined || until <= upTo);
    const below = known.filter(({ trace }) => !this.#held.has(trace));
    return { rows: [...above.filter(isIn), ...below.filter(isIn)], upTo };
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

  /** From here on the store is not asked what it waits for. */
  hold(trace: string): void {
    this.#hold(trace);
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
