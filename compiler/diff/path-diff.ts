/**
 * The paths that one graph has and another has not, by the names of nodes and their outcomes: how
 * many, exactly, and a shortest one of them. Both graphs are walked together, so that none is listed.
 * Only declared paths are compared; those by the engine's outcomes follow from them.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import type { PathStep } from "../proofs/list-paths.ts";
import { isEnd, nodeOf, type Part } from "../proofs/part.ts";

export interface Place {
  readonly graph: Graph;
  readonly part: Part;
}

export interface Missing {
  /** As digits. */
  readonly count: string;
  /** None where the count is 0. */
  readonly shortest?: { readonly steps: readonly PathStep[]; readonly outcome: string };
}

/** Paths of the first that are none of the second; without a second, all are. */
export function pathsMissing(here: Place, there: Place | undefined): Missing {
  const met = new Meeting(here, there);
  const { count, end } = met.walk();
  return end === undefined ? { count: "0" } : { count: String(count), shortest: met.told(end) };
}

/** A node of the one graph, and the node of the other that the same steps led to: null for none. */
interface State {
  readonly at: number;
  readonly other: number | null;
  readonly ways: bigint;
  /** The last step of a shortest way, and where it was taken. */
  readonly from: State | null;
  readonly step: PathStep | null;
  readonly length: number;
}

class Meeting {
  readonly #here: Place;
  readonly #there: Place | undefined;

  constructor(here: Place, there: Place | undefined) {
    this.#here = here;
    this.#there = there;
  }

  walk(): { readonly count: bigint; readonly end: State | undefined } {
    const { graph, part } = this.#here;
    const states = new Map<number, Map<number | null, State>>();
    const add = (state: State): void => {
      const known = states.get(state.at) ?? new Map<number | null, State>();
      states.set(state.at, known);
      const one = known.get(state.other);
      if (one === undefined) known.set(state.other, state);
      else {
        const shorter = one.length <= state.length ? one : state;
        known.set(state.other, { ...shorter, ways: one.ways + state.ways });
      }
    };
    add({
      at: part.root,
      other: this.#same(part.root, this.#there?.part.root),
      ways: 1n,
      from: null,
      step: null,
      length: 0,
    });
    let count = 0n;
    let end: State | undefined;
    for (const index of part.order) {
      const { name, edges } = nodeOf(graph, index);
      for (const state of states.get(index)?.values() ?? []) {
        if (this.#isMissing(state)) {
          count += state.ways;
          if (end === undefined || state.length < end.length) end = state;
        }
        for (const { outcome, to, engine } of edges) {
          if (engine === true) continue;
          const other = this.#same(to, this.#next(state.other, outcome));
          const step = { node: name, outcome };
          add({ at: to, other, ways: state.ways, from: state, step, length: state.length + 1 });
        }
      }
    }
    return { count, end };
  }

  told(end: State): { readonly steps: readonly PathStep[]; readonly outcome: string } {
    const steps: PathStep[] = [];
    for (let state: State | null = end; state?.step != null; state = state.from)
      steps.push(state.step);
    const node = nodeOf(this.#here.graph, end.at);
    return { steps: steps.reverse(), outcome: isEnd(node) ? node.outcome : "" };
  }

  /** The other graph's node, where it is of the same name and kind. */
  #same(here: number, other: number | null | undefined): number | null {
    if (other === null || other === undefined || this.#there === undefined) return null;
    const one = nodeOf(this.#here.graph, here);
    const two = nodeOf(this.#there.graph, other);
    return one.name === two.name && one.kind === two.kind ? other : null;
  }

  #next(other: number | null, outcome: string): number | null {
    if (other === null || this.#there === undefined) return null;
    const edge = nodeOf(this.#there.graph, other).edges.find((one) => one.outcome === outcome);
    return edge?.to ?? null;
  }

  #isMissing({ at, other }: State): boolean {
    const node = nodeOf(this.#here.graph, at);
    if (!isEnd(node)) return false;
    if (other === null || this.#there === undefined) return true;
    const two = nodeOf(this.#there.graph, other);
    return !isEnd(two) || two.outcome !== node.outcome;
  }
}
