/**
 * When the state is stored, and by whom: a few changes by the one who runs executions, in between;
 * many by a thread, beside them. What is not stored stays above the store and is tried again; only
 * `all`, at the end, says what went wrong.
 */
import type { Checkpoint, OpenTrace } from "../ports.ts";
import type { Overlay } from "./overlay.ts";
import type { StoreThread } from "./store-thread.ts";

export interface StoringOptions {
  readonly state: Overlay;
  /** What of the ledger is durable now. */
  readonly checkpoint: () => Checkpoint;
  /** Told of checkpoints that are stored, once they are seen in the store. */
  readonly stored?: ((checkpoint: Checkpoint) => void) | undefined;
  /** Starts the thread, where there may be one. */
  readonly thread?: (() => StoreThread) | undefined;
  /** What others stored since is seen from now on. */
  readonly refresh: () => void;
}

/** So many changes are stored at once in between; a longer pause would be felt. */
const IN_BETWEEN = 512;
/** So many changes are worth starting a thread for, and so many are handed over at once. */
const THREAD_WORTH = 4_096;
const HANDED_AT_ONCE = 1_024;
/** Groups that the thread has at a time, and changes that wait before everybody waits for it. */
const GROUPS_OUT_MAX = 2;
const WAITING_MAX = 65_536;
/** So many groups that were stored are taken from above the store together. */
const SHOWN_AT_ONCE = 16;
/** The same as soon as so many are held that need nothing any more but to be seen there. */
const ASLEEP_MAX = 1_024;

export class Storing {
  readonly #options: StoringOptions;
  #thread: StoreThread | undefined;
  #broken = false;
  #out = 0;
  /** Tells of groups that are in the store, and not seen there yet. */
  readonly #stored: (() => void)[] = [];
  #last: Promise<void> = Promise.resolve();
  #seen = 0;
  #at = IN_BETWEEN;

  constructor(options: StoringOptions) {
    this.#options = options;
  }

  /** Stores some, if it is time to. What it gives, if anything, is to be waited for. */
  some(): Promise<void> | undefined {
    const { pending } = this.#options.state;
    if (pending < this.#at) return undefined;
    // A state that is written past what the thread still has would be ahead of what it holds.
    if (this.#broken && this.#out > 0) return undefined;
    if (!this.#threaded(pending)) {
      this.#seen += pending;
      this.#inBetween(pending);
      return undefined;
    }
    if (this.#out < GROUPS_OUT_MAX) this.#handOver();
    // What the thread has is waited for by nobody: it is what still comes behind it that must not grow.
    return this.#options.state.pending > WAITING_MAX ? this.#last : undefined;
  }

  /** Once there is a thread, nothing goes past it: it may still have what the state would lack. */
  #threaded(pending: number): boolean {
    if (this.#options.thread === undefined || this.#broken) return false;
    return this.#thread !== undefined || this.#seen + pending >= THREAD_WORTH;
  }

  /** Ends without storing more. */
  async stop(): Promise<void> {
    await this.#last;
    await this.#thread?.end();
    this.#thread = undefined;
  }

  /** Stores all that is durable. Throws where that cannot be done. */
  async all(): Promise<void> {
    await this.stop();
    this.#show();
    this.#store();
  }

  #store(): Checkpoint {
    const { state, checkpoint, stored } = this.#options;
    const upTo = checkpoint();
    state.storeUpTo(upTo);
    stored?.(upTo);
    return upTo;
  }

  #inBetween(pending: number): void {
    try {
      this.#at = worthOf(this.#store(), IN_BETWEEN);
    } catch {
      // The answers are durable and the state may lag: tried again later, and told by `all`.
      this.#at = pending + IN_BETWEEN;
    }
  }

  #handOver(): void {
    const { state, checkpoint, thread, stored: told } = this.#options;
    try {
      this.#thread ??= thread?.();
    } catch {
      // The system has no thread for it: it is stored in between, as where there may be none.
      this.#broken = true;
    }
    if (this.#thread === undefined) return;
    const upTo = checkpoint();
    this.#at = worthOf(upTo, HANDED_AT_ONCE);
    const handed = state.hand(upTo.watermark.applied);
    this.#out += 1;
    this.#last = this.#thread.store(handed.changes, upTo).then((stored) => {
      this.#out -= 1;
      if (stored) {
        this.#stored.push(() => {
          handed.stored();
          told?.(upTo);
        });
      }
      const many = this.#stored.length >= SHOWN_AT_ONCE || state.asleepAbove >= ASLEEP_MAX;
      if (!stored || many) this.#show();
      if (!stored) this.#lost(handed.returned);
    });
  }

  /** What is not above the store any more must be seen in it; to look anew empties its cache. */
  #show(): void {
    this.#options.refresh();
    for (const stored of this.#stored.splice(0)) stored();
  }

  /** The thread stores nothing more: from now on it is done in between, and what fails is told. */
  #lost(returned: () => void): void {
    this.#broken = true;
    this.#at = IN_BETWEEN;
    returned();
  }
}

/** Telling so many places costs as much as a change. */
const PLACES_WORTH = 8;

/** A checkpoint tells of all that is open and awake: it is made when as much has changed. */
function worthOf({ open }: Checkpoint, least: number): number {
  const cost = ({ asleep, places }: OpenTrace) =>
    asleep === true ? 0 : 1 + Math.floor(places.length / PLACES_WORTH);
  const awake = open.reduce((sum, one) => sum + cost(one), 0);
  return Math.max(least, Math.min(awake, WAITING_MAX / 2));
}
