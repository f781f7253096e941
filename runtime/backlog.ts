/**
 * Executions that were found open and go on beside new work, since there were too many to be waited
 * for: in their order, some at a time, and at once where somebody asks for one of them. Told to stop,
 * it goes on with those alone that somebody asked for by name; all others stay as they are, for the
 * next start. What fails to go on stops the ledger, as it would stop a start.
 */
import type { Refusal } from "../protocol/language/refusal.ts";
import { isClosing } from "./closing.ts";
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
  /** Who waits for all of them. */
  #done: { readonly resolve: () => void; readonly reject: (refusal: Refusal) => void }[] = [];
  /** Those that will not go on, since one could not. */
  #given: readonly string[] = [];
  #isRunning = false;
  #isStopped = false;

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.#left = new Map(options.unfinished.map((one) => [one.trace, one]));
  }

  get size(): number {
    return this.#left.size;
  }

  /** Those that stay open, in their order, once it was told to stop. */
  get leftOpen(): readonly string[] {
    return this.#isStopped ? [...this.#given, ...this.#left.keys()] : [];
  }

  /** Goes on with all of them, until it is told to stop. Never rejects. */
  async run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#hasMore) await this.#some();
    } catch (error) {
      this.#given = [...this.#left.keys()];
      this.#left.clear();
      this.#options.failed(error);
    } finally {
      this.#isRunning = false;
      if (this.#left.size === 0) this.#tellAll();
    }
  }

  /** Nobody waits for more than what is under way, and what was asked for by name. */
  stop(): void {
    this.#isStopped = true;
    for (const { reject } of this.#done.splice(0)) reject(isClosing());
  }

  /** Settles when one has gone on, or all have; undefined where there is nothing to wait for. */
  until(trace?: string): Promise<void> | undefined {
    if (trace === undefined) {
      if (this.#left.size === 0) return undefined;
      if (this.#isStopped) return Promise.reject(isClosing());
      return new Promise((resolve, reject) => this.#done.push({ resolve, reject }));
    }
    if (!this.#left.has(trace)) return undefined;
    const asked = this.#asked.get(trace) ?? [];
    if (asked.length === 0) this.#first.push(trace);
    this.#asked.set(trace, asked);
    const gone = new Promise<void>((resolve) => asked.push(resolve));
    // Whoever was taken before the end is answered behind it.
    if (this.#isStopped && !this.#isRunning) void this.run();
    return gone;
  }

  get #hasMore(): boolean {
    return this.#left.size > 0 && (!this.#isStopped || this.#first.length > 0);
  }

  async #some(): Promise<void> {
    const first = this.#first.splice(0);
    const some = first.flatMap((trace) => this.#left.get(trace) ?? []);
    const atOnce = this.#isStopped ? 0 : AT_ONCE;
    for (const one of this.#left.values()) {
      if (some.length >= atOnce) break;
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
    for (const told of asked) told();
    for (const { resolve } of this.#done.splice(0)) resolve();
  }
}
