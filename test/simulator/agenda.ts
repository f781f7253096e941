/**
 * Virtual time, and everything that can happen next. What is asked of the outside (a flush, a timer,
 * an immediate, a call) becomes an event; chance picks which comes first. Nothing happens by itself:
 * between two events every promise that can go on has gone on.
 */
import type { Random } from "./random.ts";

export interface Event {
  readonly label: string;
  readonly happen: () => void;
}

interface Timer extends Event {
  readonly due: number;
}

/** The system's own, before the simulated one took its name. */
const systemImmediate = globalThis.setImmediate;

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 10, 21);

export class Agenda {
  readonly #random: Random;
  #events: Event[] = [];
  #timers: Timer[] = [];
  #ms = START_MS;
  #skewMs = 0;
  /** Events that have happened. */
  count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** What a system's clock shows: it may go back an hour. */
  shown(): number {
    return this.#ms + this.#skewMs;
  }

  /** Time that never goes back. */
  get ms(): number {
    return this.#ms;
  }

  add(label: string, happen: () => void): void {
    this.#events.push({ label, happen });
  }

  timer(afterMs: number, label: string, happen: () => void): () => void {
    const timer = { due: this.#ms + Math.max(0, afterMs), label, happen };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** Forgets all that was to happen: of processes that are no more. */
  clear(): void {
    this.#events = [];
    this.#timers = [];
  }

  /** Lets every promise go on that can. */
  settle(): Promise<void> {
    return new Promise((resolve) => systemImmediate(resolve));
  }

  /** Takes the next event; undefined where nothing is left to happen. */
  next(): Event | undefined {
    this.count += 1;
    this.#pass();
    const due = this.#timers.filter((timer) => timer.due <= this.#ms);
    const open = this.#events.length + due.length;
    if (open === 0) return this.#ring();
    const at = this.#random.below(open);
    const event = this.#events[at] ?? due[at - this.#events.length];
    this.#drop(event as Event);
    return event;
  }

  /** Nothing else can happen before the next timer rings. */
  #ring(): Event | undefined {
    const first = this.#timers.reduce<Timer | undefined>(
      (soonest, timer) => (soonest === undefined || timer.due < soonest.due ? timer : soonest),
      undefined,
    );
    if (first === undefined) return undefined;
    this.#ms = first.due;
    this.#drop(first);
    return first;
  }

  #drop(event: Event): void {
    const at = this.#events.indexOf(event);
    if (at >= 0) this.#events.splice(at, 1);
    else this.#timers = this.#timers.filter((timer) => timer !== event);
  }

  #pass(): void {
    this.#ms += this.#random.below(3);
    if (this.#random.chance(0.02)) this.#ms += this.#random.below(5_000);
    if (this.#random.chance(0.005)) this.#skewMs -= HOUR_MS;
  }
}
