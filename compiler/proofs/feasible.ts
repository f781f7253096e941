/**
 * What is known on a way through a part: of the values that are decided on, and of what was done that
 * an end will undo. From it follows which steps cannot come next. Only what is proven excludes.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import { type Alternatives, Decisions, keyOfAlternatives, NOTHING_KNOWN } from "./decisions.ts";
import { nodeOf, type Part } from "./part.ts";
import { Undoings } from "./undoings.ts";

export interface Knowledge {
  readonly known: readonly Alternatives[];
  readonly undoing: number;
}

interface Taken {
  readonly index: number;
  readonly outcome: string;
}

export class Feasible {
  readonly #decisions: Decisions;
  readonly #undoings: Undoings;
  readonly #later = new Map<number, { readonly values: number; readonly undoing: number }>();
  readonly start: Knowledge;
  /** Of a way of which nothing is known any more. */
  readonly lost: Knowledge;

  constructor(graph: Graph, part: Part) {
    this.#decisions = new Decisions(graph, part);
    this.#undoings = new Undoings(graph, part);
    const values = Math.max(-1, ...this.#decisions.asks.values()) + 1;
    const known = new Array<Alternatives>(values).fill(NOTHING_KNOWN);
    this.start = { known, undoing: 0 };
    this.lost = { known, undoing: this.#undoings.unknown };
    this.#lookAhead(graph, part);
  }

  /** Whether anything can be excluded at all. */
  get excludes(): boolean {
    return this.#decisions.asks.size > 0 || this.#undoings.isAsked;
  }

  /** False where something was left undecided for its cost. */
  get wholly(): boolean {
    return this.#decisions.wholly && this.#undoings.wholly;
  }

  giveUp(): void {
    this.#decisions.wholly = false;
  }

  /** What is known after a step; undefined where it is excluded by what came before. */
  after({ known, undoing }: Knowledge, { index, outcome }: Taken): Knowledge | undefined {
    const left = this.#undoings.after(undoing, index, outcome);
    if (left === undefined) return undefined;
    const value = this.#decisions.asks.get(index);
    if (value === undefined) return { known, undoing: left };
    const now = this.#decisions.after(known[value] ?? null, index, outcome);
    return now === undefined ? undefined : { known: known.with(value, now), undoing: left };
  }

  /** What of it is still asked for, from a node on. */
  from(index: number, { known, undoing }: Knowledge): Knowledge {
    const later = this.#later.get(index) ?? { values: 0, undoing: 0 };
    return {
      known: known.map((one, value) => (later.values & (1 << value) ? one : NOTHING_KNOWN)),
      undoing: undoing & later.undoing,
    };
  }

  /** By node, the values and the undoing (as bits) that are asked for there or further on. */
  #lookAhead(graph: Graph, { order }: Part): void {
    for (const index of order.toReversed()) {
      const value = this.#decisions.asks.get(index);
      let values = value === undefined ? 0 : 1 << value;
      let undoing = this.#undoings.askedAt(index);
      for (const { to } of nodeOf(graph, index).edges) {
        const later = this.#later.get(to);
        values |= later?.values ?? 0;
        undoing |= later?.undoing ?? 0;
      }
      this.#later.set(index, { values, undoing });
    }
  }
}

export function keyOfKnowledge({ known, undoing }: Knowledge): string {
  return `${undoing}|${known.map(keyOfAlternatives).join("|")}`;
}
