/**
 * Group commit: who waits for the same flush, and when a flush should begin. With one group after
 * another either the disk or the processor rests; with two halves in turn one is being written while
 * the other runs. Which is better depends on how long both take, and that is measured. It decides
 * nothing but when: what is written, and in which order, is not its business.
 */
import type { Clock } from "../ports.ts";

/** Those who wait for the same flush. */
export interface Group {
  readonly done: Promise<void>;
  readonly settle: (failure?: Error) => void;
  /** How many wait. */
  size: number;
}

export function newGroup(): Group {
  const { promise: done, resolve, reject } = promised();
  // Whoever waits hears of a failure; a group that nobody waits for is no fault of its own.
  done.catch(() => {});
  return {
    done,
    size: 0,
    settle: (failure) => (failure === undefined ? resolve() : reject(failure)),
  };
}

export function sizeOf(group: Group | undefined): number {
  return group?.size ?? 0;
}

/** A flush of less than this may keep everybody waiting, where nobody else is there. */
const HERE_MS = 1;
/** After so many that came alone, another one is likely to follow. */
const ALONE_MIN = 3;
/** How much a new measurement counts beside those before. */
const WEIGHT = 0.2;

export class Pace {
  readonly #clock: Clock;
  /** Of one flush, and of the work between two times that somebody joins a group. */
  #flushMs = 0;
  #workMs = 0;
  #begunAt = 0;
  /** When the last group was let go, and how many have joined another since. */
  #settledAt: number;
  #joined = 0;
  /** How many go round: those who were let go last and those who waited then. */
  #round = 1;
  /** Groups of one that followed each other. */
  #alone = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#settledAt = clock.now();
  }

  /** Somebody has done their work and joins the group that waits. */
  joined(): void {
    this.#joined += 1;
  }

  /** Whether a group of this size should be written as soon as the disk is free. */
  isTime(size: number): boolean {
    const halves = this.#flushMs <= this.#workMs * this.#round;
    return size >= (halves ? Math.ceil(this.#round / 2) : this.#round);
  }

  /** Whether a flush is better made by the one who waits: alone, and for less than a hand-over. */
  get isAlone(): boolean {
    return this.#round === 1 && this.#flushMs < HERE_MS;
  }

  /** Whether more of the same is to be expected: one after another, each alone. */
  get goesOnAlone(): boolean {
    return this.isAlone && this.#alone >= ALONE_MIN;
  }

  begun(): void {
    this.#begunAt = this.#clock.now();
    if (this.#joined > 0) {
      const each = Math.max(0, this.#begunAt - this.#settledAt) / this.#joined;
      this.#workMs += WEIGHT * (each - this.#workMs);
    }
  }

  ended(size: number, waiting: number): void {
    this.#settledAt = this.#clock.now();
    this.#flushMs += WEIGHT * (Math.max(0, this.#settledAt - this.#begunAt) - this.#flushMs);
    this.#joined = 0;
    this.#round = size + waiting;
    this.#alone = this.#round === 1 ? this.#alone + 1 : 0;
  }
}

export interface Promised {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (failure: Error) => void;
}

export function promised(): Promised {
  let resolve: Promised["resolve"] = () => {};
  let reject: Promised["reject"] = () => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
