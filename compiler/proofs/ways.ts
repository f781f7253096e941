/**
 * All ways through a graph as one graph: from a fork into what it runs, and from the ends of that on
 * behind the fork, with those outcomes that such an end can have. For questions of what may come after
 * what; how often, it cannot say.
 */
import type { Edge, Graph, GraphNode } from "../../protocol/language/graph.ts";
import { forkEndsIn, mayEndIn, type PartEnd, partEnds } from "./fork-ends.ts";
import { allParts, type ForkNode, hasSucceeded, isFork, nodeOf, partsOf } from "./part.ts";
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
  const ends = forkEndsIn(graph);
  // What stands in a fork is met after the fork: by the root of a part, where that belongs.
  const within = new Map<number, Within>();
  for (const { order, root } of allParts(graph)) {
    const around = within.get(root);
    for (const index of order) {
      const node = nodeOf(graph, index);
      if (isFork(node)) {
        const parts = partEnds(graph, node, ends);
        for (const [part, { root: body, succeed }] of partsOf(graph, node).entries()) {
          within.set(body, { fork: node, index, parts, part, succeed: succeed ?? [] });
        }
        const own = node.edges.filter(({ outcome }) => mayEndIn(node, outcome, parts));
        ways.set(index, [...own.map((edge) => hop(index, edge)), ...bodies(graph, index, node)]);
      } else
        ways.set(index, [
          ...node.edges.map((edge) => hop(index, edge)),
          ...behind(index, node, around),
        ]);
    }
  }
  return ways;
}

/** A part of a fork, and what all of its parts can come to. */
interface Within {
  readonly fork: ForkNode;
  readonly index: number;
  readonly parts: readonly ReadonlySet<PartEnd>[];
  readonly part: number;
  readonly succeed: readonly string[];
}

function hop(index: number, { outcome, to }: Edge): Hop {
  return { steps: [{ node: index, outcome }], to };
}

/** From the end of an item or a branch through those outcomes of its fork that can come of it. */
function behind(index: number, node: GraphNode, around: Within | undefined): readonly Hop[] {
  if (node.kind !== "join" || around === undefined) return [];
  const { fork, index: at, parts, part, succeed } = around;
  const ended: Step = { node: index, outcome: node.outcome };
  const end = hasSucceeded(node, succeed) ? "succeeded" : "failed";
  return fork.edges
    .filter(({ outcome }) => mayEndIn(fork, outcome, parts, { part, end }))
    .map(({ outcome, to }) => ({ steps: [ended, { node: at, outcome }], to }));
}

function bodies(graph: Graph, index: number, node: ForkNode): readonly Hop[] {
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
