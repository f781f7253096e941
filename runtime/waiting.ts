/**
 * Executions that wait: for their turn, or for an answer of the outside. Each can be cancelled for
 * as long as it does. Whichever is written down first, the answer or the cancel, is what happened;
 * the other one is dropped, and never written as well.
 */
import type { Graph } from "../protocol/language/graph.ts";
import { invariant } from "../protocol/language/invariant.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import type { Standing } from "./driver.ts";
import { advance, type Course, type Journal, type World } from "./execution.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { CallCommand, CancelOrder } from "./machine/program.ts";
import { callOutside } from "./outside.ts";
import type { Clock } from "./ports.ts";
import { type Opened, openedIn } from "./reopen.ts";

/** One execution, from its first call to the outside until it ends. */
interface Wait {
  readonly course: Course;
  /** Where it stands: at one call. */
  calling: Standing;
  over: boolean;
  /** Of the call under way. */
  giveUp: AbortController;
  /** Wakes who waits for its turn, which is not needed any more. */
  wake: () => void;
}

export interface Waits {
  readonly world: World;
  readonly clock: Clock;
}

export class Waiting {
  readonly #waits: Waits;
  readonly #byTrace = new Map<string, Wait>();

  constructor(waits: Waits) {
    this.#waits = waits;
  }

  /** Makes one call after another, each when its attempt is durable, until the execution ends. */
  carryThrough(course: Course, first: Standing): Promise<void> {
    return this.#carry(this.#enter(course, first));
  }

  /** The same once it is its turn; at once where it is cancelled before. */
  async carryThroughInTurn(course: Course, first: Standing, turn: Promise<void>): Promise<void> {
    const wait = this.#enter(course, first);
    const woken = new Promise<void>((resolve) => {
      wait.wake = resolve;
    });
    await Promise.race([turn, woken]);
    await this.#carry(wait);
  }

  /**
   * Ends an execution that waits, and gives its journal; undefined where none of that trace does.
   * What it was called for is given up once that is durable.
   */
  async cancel(trace: string, order: CancelOrder): Promise<Journal | undefined> {
    const wait = this.#byTrace.get(trace);
    if (wait === undefined) return undefined;
    const { world } = this.#waits;
    const { course, calling } = wait;
    const { node } = onlyCall(calling);
    requireWayOut(course.program.graph);
    whole(world.ledger, () => {
      const next = advance(world, course, calling, { kind: "cancel", node, order });
      invariant(next === undefined, "what is cancelled asks for nothing more");
    });
    this.#leave(wait);
    wait.wake();
    try {
      await world.ledger.flush();
    } finally {
      wait.giveUp.abort();
    }
    return course.journal;
  }

  /** How an execution began that waits. */
  openedOf(trace: string): Opened | undefined {
    const wait = this.#byTrace.get(trace);
    return wait && openedIn(wait.course.journal);
  }

  #enter(course: Course, calling: Standing): Wait {
    const giveUp = new AbortController();
    const wait = { course, calling, over: false, giveUp, wake: () => {} };
    this.#byTrace.set(course.journal.trace, wait);
    return wait;
  }

  #leave(wait: Wait): void {
    wait.over = true;
    this.#byTrace.delete(wait.course.journal.trace);
  }

  async #carry(wait: Wait): Promise<void> {
    const { world, clock } = this.#waits;
    const { course } = wait;
    const { trace } = course.journal;
    try {
      while (!wait.over) {
        await world.ledger.flush();
        // Cancelled meanwhile: nobody asks the outside any more.
        if (wait.over) return;
        const { calling } = wait;
        const command = onlyCall(calling);
        const giveUp = new AbortController();
        wait.giveUp = giveUp;
        const answer = await callOutside({ ...world, clock }, command, { trace, giveUp });
        if (wait.over) return;
        const next = whole(world.ledger, () =>
          advance(world, course, calling, { kind: "answered", node: command.node, answer }),
        );
        if (next === undefined) this.#leave(wait);
        else wait.calling = next;
      }
    } finally {
      this.#leave(wait);
    }
  }
}

function onlyCall({ pending: [call, ...more] }: Standing): CallCommand {
  invariant(call?.kind === "call" && more.length === 0, "one call at a time is waited for");
  return call;
}

/** A graph of an older compiler may have none. */
export function requireWayOut({ workflow, nodes }: Graph): void {
  if (nodes.some((node) => node.kind === "exit" && node.cancel === true)) return;
  const message = `\`${workflow}\` was sealed without a way out for what is cancelled`;
  throw new Refusal("acceptance", "cancel/no-way-out", message, {
    hint: "Such an execution runs to its end; what is compiled now can be cancelled.",
  });
}

/** Half of what a step writes stands in memory when it fails: none of it may reach the disk. */
export function whole<T>(ledger: Ledger, work: () => T): T {
  try {
    return work();
  } catch (error) {
    ledger.stop(error);
    throw error;
  }
}
