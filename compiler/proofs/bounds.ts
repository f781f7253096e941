/**
 * The bounds of a workflow: for each outcome the least and most writes, calls to the outside,
 * attempts at them and waits, and the longest time to get there by timeouts and deadlines. They hold
 * for every path of the graph, those by the engine's own outcomes too, whether or not decisions
 * allow it; calls, items, branches and what may have to be undone are counted in.
 *
 * Writes: operations of stores that say SUCCESS. Calls: nodes that call the outside. Attempts: calls
 * with every time that they are made again. Waits: nodes that wait for a signal or for a time.
 */
import type { AwaitNode, Graph } from "../../protocol/language/graph.ts";
import { ATTEMPTS, at, CALLS, type Cost, either, TIME_MS, WAITS, WRITES } from "./cost.ts";
import { allParts, endsIn, nodeOf, type Part, trunkOf } from "./part.ts";
import { NEVER, type Reckoned, Reckoning } from "./reckon.ts";

/** Counts beyond `Number.MAX_SAFE_INTEGER` are given as that: at least so many. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

export interface Bounds {
  readonly writes: Range;
  readonly external_calls: Range;
  readonly attempts: Range;
  readonly waits: Range;
  /** The longest time, in milliseconds; null where nothing but the data bounds it. */
  readonly time_ms: number | null;
}

export interface OutcomeBounds extends Bounds {
  readonly outcome: string;
}

export interface WorkflowBounds {
  /** Over all outcomes. */
  readonly any: Bounds;
  /** In the order of the graph's ends. */
  readonly outcomes: readonly OutcomeBounds[];
  /** Nodes whose deadline comes from the data, by name: why a time has no bound. */
  readonly deadlines_in_data: readonly string[];
}

export interface BoundsProof {
  readonly bounds: WorkflowBounds;
  /** For paths that show a bound. */
  readonly reckoning: Reckoning;
  readonly trunk: Reckoned;
}

export function boundsOf(graph: Graph): BoundsProof {
  const reckoning = new Reckoning(graph);
  const trunk = reckoning.reckon(trunkOf(graph), NEVER);
  const costs = costsByOutcome(trunk);
  const named = new Set(endsIn(graph, trunk.part).map(([, { outcome }]) => outcome));
  const outcomes = [...named].flatMap((outcome) => {
    const cost = costs.get(outcome);
    return cost === undefined ? [] : [{ outcome, ...boundsIn(cost) }];
  });
  const any = boundsIn([...costs.values()].reduce(either));
  const bounds = { any, outcomes, deadlines_in_data: deadlinesIn(graph) };
  return { bounds, reckoning, trunk };
}

function costsByOutcome({ part, ahead }: Reckoned): ReadonlyMap<string, Cost> {
  const costs = new Map<string, Cost>();
  for (const { ends } of ahead.get(part.root)?.values() ?? []) {
    for (const [outcome, cost] of ends) {
      const known = costs.get(outcome);
      costs.set(outcome, known === undefined ? cost : either(known, cost));
    }
  }
  return costs;
}

function boundsIn(cost: Cost): Bounds {
  const timeMs = at(cost, TIME_MS);
  return {
    writes: rangeIn(cost, WRITES),
    external_calls: rangeIn(cost, CALLS),
    attempts: rangeIn(cost, ATTEMPTS),
    waits: rangeIn(cost, WAITS),
    time_ms: Number.isFinite(timeMs) ? whole(timeMs) : null,
  };
}

function rangeIn(cost: Cost, place: number): Range {
  return { least: whole(at(cost, place)), most: whole(at(cost, place + 1)) };
}

function whole(number: number): number {
  return Math.min(Math.ceil(number), Number.MAX_SAFE_INTEGER);
}

function deadlinesIn(graph: Graph): readonly string[] {
  if (!graph.nodes.some(isUntil)) return [];
  const names = allParts(graph).flatMap(({ order }: Part) =>
    order.flatMap((index) => {
      const node = nodeOf(graph, index);
      return isUntil(node) ? [node.name] : [];
    }),
  );
  return [...new Set(names)];
}

function isUntil(node: Graph["nodes"][number]): node is AwaitNode {
  return node.kind === "await" && "until" in node.limit;
}
