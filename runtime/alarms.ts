/**
 * When time is up, and for which trace: a heap of the next times, and one timer of the clock for the
 * first of them. What is up later is asked for when these have rung: all that waits is in the state.
 * It goes by the ledger's time, so that nothing rings early whatever the clock does. What rings may be
 * over by then: whoever is told looks.
 */
import type { Clock } from "./ports.ts";
import type { WaitsAfter } from "./state/waits-above.ts";

export interface AlarmsOptions {
  readonly clock: Clock;
  /** The ledger's time, in milliseconds, and how far the clock stands behind it. */
  readonly time: { readonly nowMs: number; readonly behindMs: number };
  /** What is waited for behind a time, a few at least. */
  readonly after: (time: string, few: number) => WaitsAfter;
  /** Told of a trace; gives what settles when another may take its place, where it takes any. */
  readonly ring: (trace: string) => (() => Promise<void>) | undefined;
}

interface Alarm {
  readonly atMs: number;
  readonly trace: string;
}

/** No timer runs longer: a clock that is set forward is noticed after that, and none overflows. */
const LOOK_AGAIN_MS = 60_000;
/** So many are asked for at once; where so many are held, the later ones of them are let go of. */
const FEW = 1_024;
const HELD_MAX = 8 * FEW;
/** So many that take a place are told at once. */
const AT_ONCE = 64;

export class Alarms {
  readonly #options: AlarmsOptions;
  /** A binary heap: the first one is the earliest. */
  readonly #heap: Alarm[] = [];
  #takeBack: (() => void) | undefined;
  #timedMs = Number.POSITIVE_INFINITY;
  /** All that is up by then is held, or has rung; undefined before any of it was asked for. */
  #upToMs: number | undefined;
  /** Those that are due and have no place yet. */
  #due: (() => Promise<void>)[] = [];
  #ringing = 0;
  #open = false;
  #idle: (() => void)[] = [];

  constructor(options: AlarmsOptions) {
    this.#options = options;
  }

  /** How many there are, those included that are over and have not rung yet. */
  get size(): number {
    return this.#heap.length;
  }

  /** Takes note of what stands in the state. */
  add(atMs: number, trace: string): void {
    // It is asked for when that time comes near.
    if (this.#upToMs === undefined || atMs > this.#upToMs) return;
    push(this.#heap, { atMs, trace });
    if (this.#heap.length > HELD_MAX) this.#letGo();
    if (atMs < this.#timedMs) this.#look();
  }

  /** From now on they ring. */
  begin(): void {
    if (this.#open) return;
    this.#open = true;
    if (this.#upToMs === undefined) this.#ask();
    this.#look();
  }

  /** Holds what is up next. */
  #ask(): void {
    const time = this.#upToMs === undefined ? "" : new Date(this.#upToMs).toISOString();
    const { rows, upTo } = this.#options.after(time, FEW);
    this.#upToMs = upTo === undefined ? Number.POSITIVE_INFINITY : Date.parse(upTo);
    for (const { until, trace } of rows) push(this.#heap, { atMs: Date.parse(until), trace });
  }

  /** A sorted list is a heap. */
  #letGo(): void {
    this.#heap.sort((a, b) => a.atMs - b.atMs);
    const last = this.#heap[FEW] as Alarm;
    const kept = this.#heap.findIndex(({ atMs }) => atMs >= last.atMs);
    // As many end at the very same time: they are held.
    if (kept === 0) return;
    this.#upToMs = this.#heap[kept - 1]?.atMs;
    this.#heap.length = kept;
  }

  /** None rings any more; who was told goes on. */
  stop(): void {
    this.#open = false;
    this.#takeBack?.();
    this.#takeBack = undefined;
  }

  /** Settles when nothing that is due has to be told any more, and all that was told is over. */
  async quiet(): Promise<void> {
    this.#look();
    while (this.#ringing > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #look(): void {
    if (!this.#open) return;
    const { time, clock } = this.#options;
    for (;;) {
      if (this.#heap.length === 0 && this.#upToMs !== Number.POSITIVE_INFINITY) this.#ask();
      const [first] = this.#heap;
      if (first === undefined || first.atMs > time.nowMs) break;
      pop(this.#heap);
      const rung = this.#options.ring(first.trace);
      if (rung !== undefined) this.#due.push(rung);
    }
    this.#begin();
    this.#takeBack?.();
    this.#takeBack = undefined;
    const [next] = this.#heap;
    this.#timedMs = next?.atMs ?? Number.POSITIVE_INFINITY;
    if (next === undefined) return;
    // As long as the clock is behind, the ledger's time stands still.
    const ms = Math.max(1, next.atMs - time.nowMs + time.behindMs);
    this.#takeBack = clock.timer(Math.min(ms, LOOK_AGAIN_MS), () => this.#look());
  }

  #begin(): void {
    while (this.#open && this.#ringing < AT_ONCE) {
      const [next] = this.#due.splice(0, 1);
      if (next === undefined) break;
      void this.#ring(next);
    }
    if (this.#ringing === 0) for (const told of this.#idle.splice(0)) told();
  }

  async #ring(rung: () => Promise<void>): Promise<void> {
    this.#ringing += 1;
    try {
      await rung();
    } finally {
      this.#ringing -= 1;
      this.#begin();
    }
  }
}

function push(heap: Alarm[], alarm: Alarm): void {
  let at = heap.push(alarm) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above] as Alarm;
    if (parent.atMs <= alarm.atMs) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = alarm;
}

/** Takes the first one away; there is one. */
function pop(heap: Alarm[]): void {
  const last = heap.pop() as Alarm;
  const { length } = heap;
  if (length === 0) return;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= length) break;
    const right = heap[below + 1];
    if (right !== undefined && right.atMs < (heap[below] as Alarm).atMs) below += 1;
    const child = heap[below] as Alarm;
    if (child.atMs >= last.atMs) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
}
