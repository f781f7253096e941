/** Bounds against every run of small graphs by chance, one by one; and of graphs beyond any list. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { boundsOf } from "../../../compiler/proofs/bounds.ts";
import {
  type DearShare,
  type DearStep,
  dearestPath,
  MEASURES,
  type Measure,
} from "../../../compiler/proofs/dearest-path.ts";
import type { Graph, GraphNode } from "../../../protocol/language/graph.ts";
import { costlyGraph, type GraphTraits } from "./costly-graph.ts";
import { type Run, runsOf, TooMany } from "./costs-of-runs.ts";

function counted(graph: Graph): readonly Run[] {
  try {
    return runsOf(graph);
  } catch (error) {
    if (error instanceof TooMany) return fc.pre(false) as never;
    throw error;
  }
}

const COUNTS = ["writes", "external_calls", "attempts", "waits"] as const;

function longest(runs: readonly Run[]): number | null {
  const most = Math.max(...runs.map(({ way, undoing }) => way + undoing));
  return Number.isFinite(most) ? most : null;
}

function countsOf(runs: readonly Run[]) {
  return Object.fromEntries(
    COUNTS.map((count) => {
      const numbers = runs.map((run) => run[count]);
      return [count, { least: Math.min(...numbers), most: Math.max(...numbers) }];
    }),
  );
}

/** Items at a time make a time a bound, no more: how they share their lanes is not looked at. */
function hasLanes({ nodes }: Graph): boolean {
  return nodes.some((node) => node.kind === "map" && node.concurrency > 1);
}

function check(traits: GraphTraits): void {
  const law = fc.property(costlyGraph(traits), (graph) => {
    const runs = counted(graph);
    const { bounds } = boundsOf(graph);
    const ends = [...new Set(runs.map(({ end }) => end))];
    expect(bounds.outcomes.map(({ outcome }) => outcome).sort()).toEqual(ends.sort());
    for (const { outcome, time_ms, ...counts } of bounds.outcomes) {
      const ours = runs.filter(({ end }) => end === outcome);
      expect(counts).toEqual(countsOf(ours));
      const time = longest(ours);
      if (!hasLanes(graph)) expect(time_ms).toBe(time);
      else expect(time_ms ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(time ?? 0);
    }
    const { time_ms, ...any } = bounds.any;
    expect(any).toEqual(countsOf(runs));
    if (!hasLanes(graph)) expect(time_ms).toBe(longest(runs));
  });
  fc.assert(law, { numRuns: 400 });
}

test("the bounds of small graphs are those of all their runs", () => {
  check({ size: 5 });
});

test("so they are where items and branches run", () => {
  check({ size: 3, forks: true });
});

test("so they are where exits undo what was done", () => {
  check({ size: 4, undoes: true });
});

test("so they are where items and branches run, and what they did is undone", () => {
  check({ size: 2, forks: true, undoes: true });
});

/** A path of the graph from a node on, in items and branches, too; what its leaves add. */
function walked(graph: Graph, start: number, steps: readonly DearStep[]) {
  let at = graph.nodes[start];
  let total = 0;
  for (const { node, outcome, adds, undoing, inside } of steps) {
    expect(at?.name).toBe(node);
    expect(undoing).toBeLessThanOrEqual(adds);
    const isFork = at?.kind === "map" || at?.kind === "parallel";
    const within = inside.reduce((sum, share) => sum + sharedBy(graph, at, share), 0);
    if (isFork) expect(within).toBe(adds);
    total += isFork ? within : adds;
    const edge = at?.edges.find((one) => one.outcome === outcome);
    at = graph.nodes[edge?.to ?? -1];
  }
  return { total, end: at };
}

function sharedBy(graph: Graph, fork: GraphNode | undefined, share: DearShare): number {
  expect(share.times).toBeGreaterThan(0);
  if (fork?.kind === "parallel") {
    expect(share.times).toBe(1);
    const branch = fork.branches.find(({ name }) => `${fork.name}/${name}` === share.name);
    return walked(graph, branch?.body ?? -1, share.steps).total;
  }
  expect(fork?.kind === "map" && share.times <= fork.max).toBe(true);
  return share.times * walked(graph, fork?.kind === "map" ? fork.body : -1, share.steps).total;
}

test.each([
  { size: 4, forks: true, undoes: true },
  { size: 2, forks: true, undoes: true },
  { size: 3, forks: true },
])("the dearest path is one of the graph, and adds up to the bound, node by node: %j", (traits) => {
  const law = fc.property(
    costlyGraph(traits),
    fc.constantFrom(...(Object.keys(MEASURES) as Measure[])),
    (graph, measure) => {
      const proof = boundsOf(graph);
      const { any } = proof.bounds;
      const most = measure === "time" ? any.time_ms : any[measure].most;
      const { steps, outcome } = dearestPath(proof, measure);
      const { total, end } = walked(graph, graph.start, steps);
      expect(Number.isFinite(total) ? total : null).toBe(most);
      expect(end?.kind === "exit" && end.outcome).toBe(outcome);
    },
  );
  fc.assert(law, { numRuns: 1_000 });
});
