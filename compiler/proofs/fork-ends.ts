/**
 * Which outcomes a fork can have, by the ends that its items or branches can come to: what runs there
 * and never succeeds makes no SUCCESS, and one item alone no part of a share. Nothing here looks at
 * decisions.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import { type Mix, mixesOf } from "./map-mixes.ts";
import {
  allParts,
  type ForkNode,
  hasSucceeded,
  isFork,
  nodeOf,
  type Part,
  partsOf,
} from "./part.ts";

/** How an item or a branch ends. */
export type PartEnd = keyof Mix;

/** By the root of an item or a branch: the ends that it can come to. */
export type ForkEnds = ReadonlyMap<number, ReadonlySet<PartEnd>>;

export function forkEndsIn(graph: Graph): ForkEnds {
  const ends = new Map<number, ReadonlySet<PartEnd>>();
  // What stands in a fork is looked at before what the fork stands in.
  for (const part of allParts(graph).toReversed()) {
    if (part.succeed !== null) ends.set(part.root, endsOf(graph, part, ends));
  }
  return ends;
}

function endsOf(
  graph: Graph,
  { root, order, succeed }: Part,
  ends: ForkEnds,
): ReadonlySet<PartEnd> {
  const found = new Set<PartEnd>();
  const reached = new Set([root]);
  for (const index of order) {
    if (!reached.has(index)) continue;
    const node = nodeOf(graph, index);
    if (node.kind === "join") found.add(hasSucceeded(node, succeed ?? []) ? "succeeded" : "failed");
    for (const { outcome, to } of node.edges) {
      if (!isFork(node) || mayEndIn(node, outcome, partEnds(graph, node, ends))) reached.add(to);
    }
  }
  return found;
}

/** The ends that each part of a fork can come to. */
export function partEnds(
  graph: Graph,
  fork: ForkNode,
  ends: ForkEnds,
): readonly ReadonlySet<PartEnd>[] {
  return partsOf(graph, fork).map(({ root }) => ends.get(root) ?? NO_ENDS);
}

const NO_ENDS: ReadonlySet<PartEnd> = new Set();

/** Of one part of a fork: which one, and how it ended. */
export interface Ending {
  readonly part: number;
  readonly end: PartEnd;
}

/** Whether a fork may have an outcome at all, or where one of its parts has ended so. */
export function mayEndIn(
  fork: ForkNode,
  outcome: string,
  parts: readonly ReadonlySet<PartEnd>[],
  ending?: Ending,
): boolean {
  if (fork.kind === "map") {
    const can = (mix: Mix, end: PartEnd) => mix[end] === 0 || parts[0]?.has(end) === true;
    return mixesOf(outcome, fork).some(
      (mix) =>
        can(mix, "succeeded") &&
        can(mix, "failed") &&
        (ending === undefined || mix[ending.end] > 0),
    );
  }
  if (outcome === "SUCCESS") {
    return ending?.end !== "failed" && parts.every((ends) => ends.has("succeeded"));
  }
  if (outcome !== "FAILED" || ending?.end === "failed") return true;
  return parts.some((ends, part) => part !== ending?.part && ends.has("failed"));
}
