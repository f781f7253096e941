/**
 * How much may be under way at once, and how much may wait to begin: back-pressure with two bounds.
 * Work beyond both is refused at once and told so; nothing is ever dropped that was taken.
 */
import { Refusal } from "../protocol/language/refusal.ts";

export interface Bounds {
  /** Executions that have begun and not ended. */
  readonly underWayMax: number;
  /** Submissions that wait to begin. */
  readonly queueMax: number;
}

export class Admission {
  readonly #bounds: Bounds;
  readonly #queue: (() => void)[] = [];
  /** Where the queue begins: what stands before was taken out. */
  #at = 0;
  #underWay = 0;
  /** What takes no turn, and is waited for all the same. */
  #beside = 0;
  #ready: (() => void)[] = [];
  #idle: (() => void)[] = [];

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** Settles when `leave` is owed: at once while there is room. Rejects when the queue is full. */
  enter(): Promise<void> | undefined {
    if (this.#underWay < this.#bounds.underWayMax) {
      this.#underWay += 1;
      return undefined;
    }
    if (this.#waiting >= this.#bounds.queueMax) return Promise.reject(this.#full());
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  /** The same for what was taken by a former writer: it waits for its turn, and is never refused. */
  async reenter(): Promise<void> {
    if (this.#underWay < this.#bounds.underWayMax) this.#underWay += 1;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
  }

  leave(): void {
    const next = this.#queue[this.#at];
    if (next === undefined) {
      this.#underWay -= 1;
    } else {
      this.#at += 1;
      if (this.#at * 2 > this.#queue.length) this.#at -= this.#queue.splice(0, this.#at).length;
      next();
    }
    if (this.#hasRoom) for (const wake of this.#ready.splice(0)) wake();
    this.#wakeIdle();
  }

  /** Gives its place to another for as long as it waits for time alone; it is waited for all the same. */
  lend(): void {
    this.#beside += 1;
    this.leave();
  }

  /** Settles when it has a place again. */
  async takeBack(): Promise<void> {
    await this.reenter();
    this.#beside -= 1;
  }

  /** The same for one that is about to leave: nobody need make room for it. */
  takeBackAtOnce(): void {
    this.#underWay += 1;
    this.#beside -= 1;
  }

  /**
   * Waits for what another one does, who may need a place for it: whoever is under way has none
   * meanwhile, and leaves afterwards as before.
   */
  async without<T>(work: () => Promise<T>): Promise<T> {
    this.lend();
    try {
      return await work();
    } finally {
      this.takeBackAtOnce();
    }
  }

  /** Does what must not wait behind what is under way, such as ending it. */
  async beside<T>(work: () => Promise<T>): Promise<T> {
    this.#beside += 1;
    try {
      return await work();
    } finally {
      this.#beside -= 1;
      this.#wakeIdle();
    }
  }

  /** Settles when a submission would not be refused. */
  ready(): Promise<void> {
    if (this.#hasRoom) return Promise.resolve();
    return new Promise((resolve) => this.#ready.push(resolve));
  }

  /** Settles when nothing is under way and nothing waits. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  get #isIdle(): boolean {
    return this.#underWay === 0 && this.#beside === 0;
  }

  #wakeIdle(): void {
    if (this.#isIdle) for (const wake of this.#idle.splice(0)) wake();
  }

  get #waiting(): number {
    return this.#queue.length - this.#at;
  }

  get #hasRoom(): boolean {
    return this.#underWay < this.#bounds.underWayMax || this.#waiting < this.#bounds.queueMax;
  }

  #full(): Refusal {
    const { underWayMax, queueMax } = this.#bounds;
    const message = `${underWayMax} executions are under way and ${queueMax} wait, expected no more`;
    return new Refusal("busy", "runtime/queue-full", message, {
      hint: "Wait for `ready()` before you submit more.",
    });
  }
}
