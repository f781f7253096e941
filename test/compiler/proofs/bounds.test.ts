/** Bounds against every run of small graphs by chance, one by one; and of graphs beyond any list. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { boundsOf } from "../../../compiler/proofs/bounds.ts";
import { dearestPath, MEASURES, type Measure } from "../../../compiler/proofs/dearest-path.ts";
import type { Graph } from "../../../protocol/language/graph.ts";
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

test("the dearest path is one of the graph, and adds up to the bound", () => {
  const law = fc.property(
    costlyGraph({ size: 4, forks: true, undoes: true }),
    fc.constantFrom(...(Object.keys(MEASURES) as Measure[])),
    (graph, measure) => {
      const proof = boundsOf(graph);
      const { any } = proof.bounds;
      const most = measure === "time" ? any.time_ms : any[measure].most;
      const { steps, outcome } = dearestPath(proof, measure);
      const sum = steps.reduce((total, { adds }) => total + adds, 0);
      expect(Number.isFinite(sum) ? sum : null).toBe(most);
      let at = graph.nodes[graph.start];
      for (const step of steps) {
        expect(at?.name).toBe(step.node);
        const edge = at?.edges.find((one) => one.outcome === step.outcome);
        at = graph.nodes[edge?.to ?? -1];
      }
      expect(at?.kind === "exit" && at.outcome).toBe(outcome);
    },
  );
  fc.assert(law, { numRuns: 400 });
});
