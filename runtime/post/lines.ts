/**
 * Who may go next: the events of one tenant's stream on their way to one subscriber, each in the line
 * of its key. One of a line is under way at a time, lines go side by side, and nobody looks further
 * ahead than a bound. It knows positions and keys; it reads nothing and delivers nothing.
 */
import { invariant } from "../../protocol/language/invariant.ts";

/** The line of events that have no key: one for all of them. */
export const ONE_LINE = "";

export class Lines {
  readonly #aheadMax: number;
  #done: number;
  #looked: number;
  /** Those above `#done` that are done, too. */
  readonly #doneAhead = new Set<number>();
  /** Positions by line, in order; the first of each is under way. */
  readonly #waiting = new Map<string, number[]>();
  readonly #lineOf = new Map<number, string>();

  /** `done`: up to there nothing is left to do. At most `aheadMax` positions beyond it are looked at. */
  constructor(done: number, aheadMax: number) {
    this.#done = done;
    this.#looked = done;
    this.#aheadMax = aheadMax;
  }

  /** Everything up to this position is done. */
  get done(): number {
    return this.#done;
  }

  /** How many are done. */
  get doneInAll(): number {
    return this.#done + this.#doneAhead.size;
  }

  /** The position that is to be looked at next; undefined where that would be too far ahead. */
  get next(): number | undefined {
    return this.#looked - this.#done < this.#aheadMax ? this.#looked + 1 : undefined;
  }

  /** The next position needs no delivery, or had it. */
  pass(position: number): void {
    this.#look(position);
    this.#finish(position);
  }

  /** The next position stands in a line. True where it is the first there, and so under way. */
  stand(position: number, line: string): boolean {
    this.#look(position);
    this.#lineOf.set(position, line);
    const waiting = this.#waiting.get(line);
    if (waiting === undefined) this.#waiting.set(line, [position]);
    else waiting.push(position);
    return waiting === undefined;
  }

  /** What was under way is done. Gives the next of its line, which is under way from now on. */
  leave(position: number): number | undefined {
    const line = this.#lineOf.get(position);
    const waiting = line === undefined ? undefined : this.#waiting.get(line);
    invariant(line !== undefined && waiting?.[0] === position, "only what is under way can end");
    this.#lineOf.delete(position);
    waiting.shift();
    if (waiting.length === 0) this.#waiting.delete(line);
    this.#finish(position);
    return waiting[0];
  }

  #look(position: number): void {
    invariant(position === this.next, "positions are looked at in order, within the bound");
    this.#looked = position;
  }

  #finish(position: number): void {
    this.#doneAhead.add(position);
    while (this.#doneAhead.delete(this.#done + 1)) this.#done += 1;
  }
}
