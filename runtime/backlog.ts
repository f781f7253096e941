/**
 * Executions that were found open and go on beside new work, since there were too many to be waited
 * for: in their order, some at a time, and at once where somebody asks for one of them. What fails to
 * go on stops the ledger, as it would stop a start.
 */
import type { Unfinished } from "./unfinished.ts";

export interface BacklogOptions {
  readonly unfinished: readonly Unfinished[];
  /** Goes on with some of them; settles when all that they wrote is durable. */
  readonly goOn: (some: Unfinished[]) => Promise<void>;
  /** Told of what went wrong: then nothing goes on any more. */
  readonly failed: (error: unknown) => void;
}

/** New work that comes meanwhile waits for so many at most. */
const AT_ONCE = 64;

export class Backlog {
  readonly #options: BacklogOptions;
  /** In their order. */
  readonly #left: Map<string, Unfinished>;
  readonly #asked = new Map<string, (() => void)[]>();
  /** Those that somebody waits for. */
  #first: string[] = [];
  #done: (() => void)[] = [];

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.#left = new Map(options.unfinished.map((one) => [one.trace, one]));
  }

  get size(): number {
    return this.#left.size;
  }

  /** Goes on with all of them. Never rejects. */
  async run(): Promise<void> {
    try {
      while (this.#left.size > 0) await this.#some();
    } catch (error) {
      this.#left.clear();
      this.#options.failed(error);
    } finally {
      this.#tellAll();
    }
  }

  /** Settles when one has gone on, or all have; undefined where there is nothing to wait for. */
  until(trace?: string): Promise<void> | undefined {
    if (trace === undefined) {
      if (this.#left.size === 0) return undefined;
      return new Promise((resolve) => this.#done.push(resolve));
    }
    if (!this.#left.has(trace)) return undefined;
    const asked = this.#asked.get(trace) ?? [];
    if (asked.length === 0) this.#first.push(trace);
    this.#asked.set(trace, asked);
    return new Promise((resolve) => asked.push(resolve));
  }

  async #some(): Promise<void> {
    const first = this.#first.splice(0);
    const some = first.flatMap((trace) => this.#left.get(trace) ?? []);
    for (const one of this.#left.values()) {
      if (some.length >= AT_ONCE) break;
      if (!first.includes(one.trace)) some.push(one);
    }
    // They are taken away in their order: what goes on is not looked for while it does.
    const traces = some.map(({ trace }) => trace);
    await this.#options.goOn(some);
    for (const trace of traces) {
      this.#left.delete(trace);
      for (const told of this.#asked.get(trace) ?? []) told();
      this.#asked.delete(trace);
    }
  }

  #tellAll(): void {
    const asked = [...this.#asked.values()].flat();
    this.#asked.clear();
    for (const told of [...asked, ...this.#done.splice(0)]) told();
  }
}
