/**
 * Paths one by one, the shortest first, up to a number of them. It walks towards the ends that are
 * wanted only, and gives up at a bound of steps, which it says. Paths that nothing can take are left
 * out, as far as that is proven.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import { Feasible, type Knowledge } from "./feasible.ts";
import { isEnd, nodeOf, type Part } from "./part.ts";

export interface PathStep {
  readonly node: string;
  readonly outcome: string;
  readonly engine?: true;
}

export interface ListedPath {
  readonly steps: readonly PathStep[];
  readonly end: string;
  readonly outcome: string;
}

export interface Listing {
  readonly paths: readonly ListedPath[];
  /** There are no others. */
  readonly complete: boolean;
}

export interface Wanted {
  readonly max: number;
  /** Only paths to ends with this outcome. */
  readonly outcome?: string;
  /** Those by outcomes of the engine, too. */
  readonly engine: boolean;
}

/** So many steps are taken at most, dead ends included. */
const STEPS_MAX = 2_000_000;

/** A way that was begun: its last step, and the way before that. */
interface Begun {
  readonly at: number;
  readonly length: number;
  readonly step: PathStep | null;
  readonly before: Begun | null;
  readonly knowledge: Knowledge;
}

export function listPaths(graph: Graph, part: Part, wanted: Wanted): Listing {
  const feasible = new Feasible(graph, part);
  const far = distances(graph, part, wanted);
  const open = new Map<number, Begun[]>();
  const push = (begun: Begun): void => {
    const left = far.get(begun.at);
    if (left === undefined) return;
    const lane = open.get(begun.length + left) ?? [];
    open.set(begun.length + left, lane);
    lane.push(begun);
  };
  push({ at: part.root, length: 0, step: null, before: null, knowledge: feasible.start });
  const paths: ListedPath[] = [];
  const longest = part.order.length;
  let steps = 0;
  for (let length = 0; length <= longest; length += 1) {
    const lane = open.get(length) ?? [];
    for (let begun = lane.pop(); begun !== undefined; begun = lane.pop()) {
      if (paths.length === wanted.max || steps === STEPS_MAX) return { paths, complete: false };
      steps += 1;
      if (isGoal(graph, begun.at, wanted) && begun.length === length)
        paths.push(told(graph, begun));
      for (const next of waysOn(graph, begun, { feasible, wanted })) push(next);
    }
    open.delete(length);
  }
  return { paths, complete: true };
}

function isGoal(graph: Graph, index: number, { outcome }: Wanted): boolean {
  const node = nodeOf(graph, index);
  return isEnd(node) && (outcome === undefined || node.outcome === outcome);
}

/** The fewest steps from each node to an end that is wanted; without those that come to none. */
function distances(graph: Graph, part: Part, wanted: Wanted): ReadonlyMap<number, number> {
  const far = new Map<number, number>();
  for (const index of part.order.toReversed()) {
    let least = isGoal(graph, index, wanted) ? 0 : Number.POSITIVE_INFINITY;
    for (const { to, engine } of nodeOf(graph, index).edges) {
      if (engine === true && !wanted.engine) continue;
      least = Math.min(least, 1 + (far.get(to) ?? Number.POSITIVE_INFINITY));
    }
    if (Number.isFinite(least)) far.set(index, least);
  }
  return far;
}

function* waysOn(
  graph: Graph,
  begun: Begun,
  { feasible, wanted }: { readonly feasible: Feasible; readonly wanted: Wanted },
): Generator<Begun> {
  const { at, length } = begun;
  const { name, edges } = nodeOf(graph, at);
  // What is begun last is followed first: paths of one length come in the order of the outcomes.
  for (const { outcome, to, engine } of edges.toReversed()) {
    if (engine === true && !wanted.engine) continue;
    const knowledge = feasible.after(begun.knowledge, { index: at, outcome });
    if (knowledge === undefined) continue;
    const step = { node: name, outcome, ...(engine === true ? { engine } : {}) };
    yield { at: to, length: length + 1, step, before: begun, knowledge };
  }
}

function told(graph: Graph, end: Begun): ListedPath {
  const steps: PathStep[] = [];
  for (let begun: Begun | null = end; begun?.step != null; begun = begun.before) {
    steps.push(begun.step);
  }
  const node = nodeOf(graph, end.at);
  return {
    steps: steps.reverse(),
    end: node.name,
    outcome: isEnd(node) ? node.outcome : "",
  };
}
