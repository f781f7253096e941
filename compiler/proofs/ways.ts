/**
 * All ways through a graph as one graph: from a fork into what it runs, and from the ends of that on
 * behind the fork. For questions of what may come after what; how often, it cannot say.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import { allParts, type ForkNode, isFork, nodeOf, partsOf } from "./part.ts";
import { grown, pathText, type Step, type Trail } from "./trail.ts";

/** From one node to the next; of the end of an item, through its fork's outcome. */
export interface Hop {
  readonly steps: readonly Step[];
  readonly to: number;
}

/** By node, those that some way passes. */
export type Ways = ReadonlyMap<number, readonly Hop[]>;

export function waysIn(graph: Graph): Ways {
  const ways = new Map<number, readonly Hop[]>();
  // What stands in a fork is met after the fork, with the number of it.
  const forks = new Map<number, number>();
  for (const { order, root } of allParts(graph)) {
    const fork = forks.get(root);
    for (const index of order) {
      const node = nodeOf(graph, index);
      if (isFork(node)) for (const { root: body } of partsOf(graph, node)) forks.set(body, index);
      ways.set(index, [...hopsFrom(graph, index, fork), ...bodies(graph, index, node)]);
    }
  }
  return ways;
}

function hopsFrom(graph: Graph, index: number, fork: number | undefined): readonly Hop[] {
  const node = nodeOf(graph, index);
  const own = node.edges.map(({ outcome, to }) => ({ steps: [{ node: index, outcome }], to }));
  if (node.kind !== "join" || fork === undefined) return own;
  const ended: Step = { node: index, outcome: node.outcome };
  const behind = nodeOf(graph, fork).edges.map(({ outcome, to }) => ({
    steps: [ended, { node: fork, outcome }],
    to,
  }));
  return [...own, ...behind];
}

function bodies(graph: Graph, index: number, node: ForkNode | object): readonly Hop[] {
  if (!("kind" in node) || !isFork(node)) return [];
  const steps: readonly Step[] = [{ node: index, outcome: "begins" }];
  return partsOf(graph, node).map(({ root }) => ({ steps, to: root }));
}

/** A shortest way from the start to each node. */
export function trailsFrom(start: number, ways: Ways): ReadonlyMap<number, Trail> {
  const trails = new Map<number, Trail>([[start, null]]);
  for (const [index, trail] of trails) {
    for (const { steps, to } of ways.get(index) ?? []) {
      if (!trails.has(to)) trails.set(to, steps.reduce(grown, trail));
    }
  }
  return trails;
}

/** The next hop on a shortest way to one of the targets; null at a target. */
export type Onward = ReadonlyMap<number, Hop | null>;

export function onwardTo(targets: readonly number[], ways: Ways): Onward {
  const before = new Map<number, (readonly [from: number, hop: Hop])[]>();
  for (const [from, hops] of ways) {
    for (const hop of hops) {
      const known = before.get(hop.to);
      if (known === undefined) before.set(hop.to, [[from, hop]]);
      else known.push([from, hop]);
    }
  }
  const onward = new Map<number, Hop | null>(targets.map((target) => [target, null]));
  for (const [index] of onward) {
    for (const [from, hop] of before.get(index) ?? []) {
      if (!onward.has(from)) onward.set(from, hop);
    }
  }
  return onward;
}

/** A way told node by node, from the start through one hop to a target; and that target. */
export function tell(
  graph: Graph,
  onward: Onward,
  begun: Trail,
): (hop: Hop) => { readonly target: number; readonly path: string } {
  return (hop) => {
    let trail = hop.steps.reduce(grown, begun);
    let target = hop.to;
    for (let next = onward.get(target); next !== undefined && next !== null; ) {
      trail = next.steps.reduce(grown, trail);
      target = next.to;
      next = onward.get(target);
    }
    return { target, path: `${pathText(graph, trail)} → \`${nodeOf(graph, target).name}\`` };
  };
}
