/**
 * What is proven of a graph, against what the machine does with it: no run of a random graph, in any
 * order of answers, cancelled anywhere, exceeds its bounds or breaks a law that is said to hold.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { boundsOf } from "../../../compiler/proofs/bounds.ts";
import { countOf } from "../../../compiler/proofs/counted.ts";
import { holdOrdered } from "../../../compiler/proofs/ordered.ts";
import type { Meant } from "../../../compiler/proofs/points.ts";
import { writesAtAll } from "../../../compiler/proofs/step-cost.ts";
import type { Graph, GraphNode } from "../../../protocol/language/graph.ts";
import { isStep, type MachineRecord } from "../../../protocol/language/records.ts";
import { forkedProgram } from "../../runtime/machine/laws.ts";
import { type History, live } from "../../runtime/machine/world.ts";

const RUNS = 1_500;

interface Event {
  readonly node: GraphNode;
  readonly outcome: string;
  readonly record: MachineRecord | null;
}

interface Seeds {
  readonly graph: number;
  readonly answers: number;
  readonly order: number;
  readonly cancelAt: number | undefined;
}

const seeds: fc.Arbitrary<Seeds> = fc.record({
  graph: fc.nat(1_000_000),
  answers: fc.nat(1_000_000),
  order: fc.nat(1_000_000),
  cancelAt: fc.option(fc.nat(12), { nil: undefined }),
});

/** A node as records tell it, without the numbers of items. */
function named({ nodes }: Graph, told: string): GraphNode {
  const name = told.replace(/\[[0-9]+\]/g, "");
  const found = nodes.find((node) => node.name === name);
  if (found === undefined) throw new Error(`no node \`${name}\``);
  return found;
}

function eventsOf(graph: Graph, { records, finish }: History): readonly Event[] {
  const steps = records.flatMap((record): Event[] => {
    if (record.type === "cancelled") {
      return [{ node: named(graph, record.node), outcome: "CANCELLED", record }];
    }
    if (!isStep(record)) return [];
    return [{ node: named(graph, record.node), outcome: record.outcome, record }];
  });
  return [...steps, { node: named(graph, finish.exit), outcome: finish.outcome, record: null }];
}

interface Run {
  readonly graph: Graph;
  readonly history: History;
  readonly events: readonly Event[];
  readonly cancelled: boolean;
}

function runOf({ graph: seed, cancelAt, ...by }: Seeds): Run {
  const program = forkedProgram(seed);
  const history = live({ program, ...by, ...(cancelAt !== undefined && { cancelAt }) });
  const { graph } = program;
  const cancelled = history.records.some(({ type }) => type === "cancelled");
  return { graph, history, events: eventsOf(graph, history), cancelled };
}

test("no run costs more than the bounds of its outcome say, or less", () => {
  let cancelled = 0;
  fc.assert(
    fc.property(seeds, (by) => {
      const run = runOf(by);
      const { records, finish } = run.history;
      const told = (kind: string) =>
        records.filter(({ type }) => type === kind).map((one) => ("node" in one ? one.node : ""));
      const waited = run.events.flatMap(({ node, outcome, record }) => {
        const isWait = node.kind === "await" && outcome !== "VIOLATION" && outcome !== "CANCELLED";
        return isWait && record !== null && "node" in record ? [record.node] : [];
      });
      const found = {
        writes: run.events.filter(
          ({ node, outcome }) =>
            node.kind === "effect" &&
            outcome === "SUCCESS" &&
            writesAtAll(node.semantics, node.operation),
        ).length,
        external_calls: new Set(told("attempted")).size,
        attempts: told("attempted").length,
        waits: new Set([...waited, ...told("timer")]).size,
      };
      const bounds = boundsOf(run.graph).bounds.outcomes.find(
        ({ outcome }) => outcome === finish.outcome,
      );
      expect(bounds, finish.outcome).toBeDefined();
      if (bounds === undefined) return;
      cancelled += run.cancelled ? 1 : 0;
      for (const measure of ["writes", "external_calls", "attempts", "waits"] as const) {
        expect(found[measure], measure).toBeLessThanOrEqual(bounds[measure].most);
        expect(found[measure], measure).toBeGreaterThanOrEqual(bounds[measure].least);
      }
    }),
    { numRuns: RUNS },
  );
  expect(cancelled).toBeGreaterThan(150);
});

interface Point {
  readonly pick: number;
  readonly by: "node" | "kind";
  readonly outcome: string | undefined;
}

const points: fc.Arbitrary<Point> = fc.record({
  pick: fc.nat(1_000),
  by: fc.constantFrom("node" as const, "kind" as const),
  outcome: fc.constantFrom(undefined, "SUCCESS", "DONE", "FAULT"),
});

/** Of the events of a run, mostly, so that laws are about something. */
function pointIn(run: Run, { pick, by, outcome }: Point): Meant {
  const all = pick % 3 === 0 ? run.graph.nodes : run.events.map(({ node }) => node);
  const { name, kind } = all[pick % all.length] ?? { name: "", kind: "exit" };
  return (node, came) =>
    (outcome === undefined || came === outcome) &&
    (by === "node" ? node.name === name : node.kind === kind && node.edges.length === 0);
}

test("no run breaks a law that is said to hold, or comes to something more often, or less", () => {
  const seen = { held: 0, broken: 0 };
  const kinds = fc.constantFrom("before" as const, "never" as const, "always_followed_by" as const);
  fc.assert(
    fc.property(seeds, points, points, fc.tuple(kinds, fc.boolean()), (by, one, other, law) => {
      const run = runOf(by);
      const [first, second] = [pointIn(run, one), pointIn(run, other)];
      const [kind, isNarrow] = law;
      const endingIn = isNarrow ? [run.history.finish.outcome] : null;
      const of = ({ node, outcome }: Event) => first(node, outcome);
      const count = run.events.filter(of).length;
      const most = countOf(run.graph, { of: first, endingIn }, "most");
      expect(count).toBeLessThanOrEqual(most?.count ?? -1);
      if (!run.cancelled) {
        const least = countOf(run.graph, { of: first, endingIn }, "least");
        expect(count).toBeGreaterThanOrEqual(least?.count ?? Number.POSITIVE_INFINITY);
      }
      const { breach, lost } = holdOrdered(run.graph, { kind, first, second, endingIn });
      const then = ({ node, outcome }: Event) => second(node, outcome);
      const { events } = run;
      const isBroken = {
        before: events.some((event, at) => then(event) && !events.slice(0, at).some(of)),
        never: events.some((event, at) => then(event) && events.slice(0, at).some(of)),
        always_followed_by:
          !run.cancelled &&
          events.some((event, at) => of(event) && !events.slice(at + 1).some(then)),
      }[kind];
      seen[breach === null ? "held" : "broken"] += 1;
      if (breach === null && !lost) expect(isBroken).toBe(false);
    }),
    { numRuns: RUNS },
  );
  expect(Math.min(seen.held, seen.broken)).toBeGreaterThan(150);
});
