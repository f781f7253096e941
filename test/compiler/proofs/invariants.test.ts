import fc from "fast-check";
import { expect, test } from "vitest";
import { countOf } from "../../../compiler/proofs/counted.ts";
import type { PairLaw } from "../../../compiler/proofs/law-functions.ts";
import { holdOrdered } from "../../../compiler/proofs/ordered.ts";
import type { Meant } from "../../../compiler/proofs/points.ts";
import type { Graph } from "../../../protocol/language/graph.ts";
import { type Drawn, numbered, randomGraphs } from "./drawn-graph.ts";
import { type Event, everyRun, type Run, TooMany } from "./every-run.ts";

/** Which events are meant: those of some names, with some outcome or with any. */
const points: fc.Arbitrary<(graph: Graph) => Meant> = fc
  .record({
    by: fc.constantFrom("node", "effect"),
    pick: fc.nat(100),
    outcome: fc.constantFrom(undefined, "A", "B", "SUCCESS"),
  })
  .map(({ by, pick, outcome }) => (graph) => {
    const { name } = graph.nodes[pick % graph.nodes.length] ?? { name: "" };
    const store = `example::CS_${pick % 3}_V0`;
    return (node, came) =>
      (outcome === undefined || came === outcome) &&
      (by === "node"
        ? node.name === name
        : node.kind === "effect" && node.effect === store && came !== "CANCELLED");
  });

const endings = fc.constantFrom(null, ["SUCCESS"], ["COMPENSATED"], ["LOST", "PARTLY_COMPENSATED"]);
const RUNS_MAX = 3_000;

/** All runs; graphs that have too many are left to others. */
function runsOf(graph: Graph, loose: boolean): Run[] | null {
  try {
    return everyRun(graph, { loose, runsMax: RUNS_MAX });
  } catch (error) {
    if (error instanceof TooMany) return null;
    throw error;
  }
}

function breaks(law: PairLaw, run: Run, isFirst: Meant, isSecond: Meant): boolean {
  const first = ({ node, outcome }: Event) => isFirst(node, outcome);
  const second = ({ node, outcome }: Event) => isSecond(node, outcome);
  const { events } = run;
  switch (law) {
    case "before":
      return events.some((one, at) => second(one) && !events.slice(0, at).some(first));
    case "never":
      return events.some((one, at) => second(one) && events.slice(0, at).some(first));
    case "always_followed_by":
      return (
        !run.cancelled && events.some((one, at) => first(one) && !events.slice(at + 1).some(second))
      );
  }
}

function isHeldOn(endingIn: readonly string[] | null, { end }: Run): boolean {
  return endingIn === null || (end.kind === "exit" && endingIn.includes(end.outcome));
}

test.each(["before", "never", "always_followed_by"] as const)(
  "the verdict on %s is that of all runs of a graph, one by one",
  (kind) => {
    const seen = { broken: 0, held: 0 };
    fc.assert(
      fc.property(randomGraphs, points, points, endings, (graph, one, other, endingIn) => {
        const [first, second] = [one(graph), other(graph)];
        const runs = runsOf(graph, false);
        if (runs === null) return;
        const expected = runs.some(
          (run) => isHeldOn(endingIn, run) && breaks(kind, run, first, second),
        );
        const { breach, lost } = holdOrdered(graph, { kind, first, second, endingIn });
        expect(lost).toBe(false);
        expect(breach !== null).toBe(expected);
        seen[expected ? "broken" : "held"] += 1;
      }),
      { numRuns: 1_000, seed: 5 },
    );
    expect(Math.min(seen.broken, seen.held)).toBeGreaterThan(10);
  },
);

test.each(["least", "most"] as const)("the %s that paths come to is that of all runs", (sense) => {
  fc.assert(
    fc.property(randomGraphs, points, endings, (graph, point, endingIn) => {
      const of = point(graph);
      const all = runsOf(graph, true);
      if (all === null) return;
      const runs = all.filter(
        (run) => isHeldOn(endingIn, run) && (sense === "most" || !run.cancelled),
      );
      const counts = runs.map(
        ({ events }) => events.filter(({ node, outcome }) => of(node, outcome)).length,
      );
      const expected =
        counts.length === 0 ? null : sense === "most" ? Math.max(...counts) : Math.min(...counts);
      expect(countOf(graph, { of, endingIn }, sense)?.count ?? null).toBe(expected);
    }),
    { numRuns: 1_000, seed: 6 },
  );
});

/** Workflows within workflows, each of which may do something that it undoes by itself. */
function nested(depth: number): Graph {
  const drawn: Drawn[] = [];
  for (let level = 0; level <= depth; level += 1) {
    const prefix = "a/".repeat(level);
    const by = `${prefix}put/compensate`;
    const put = { effect: "example::CS_1_V0", operation: "PUT", outcomes: { A: 0 }, sealInput: [] };
    const undone = { by, after: ["A"], done: ["A"] };
    const next = level === depth ? `${prefix}won` : `${prefix}a`;
    drawn.push(
      {
        name: `${prefix}sort`,
        kind: "transform",
        edges: [
          ["A", `${prefix}put`],
          ["B", next],
        ],
      },
      { name: `${prefix}put`, kind: "effect", edges: [["A", next]], more: { ...put, undone } },
      { name: by, kind: "effect", edges: [], more: { ...put, effect: "example::CS_2_V0" } },
    );
    if (level < depth)
      drawn.push({ name: next, kind: "enter", edges: [["ENTERED", `${next}/sort`]] });
  }
  for (let level = depth; level >= 0; level -= 1) {
    const prefix = "a/".repeat(level);
    const out: [string, string][] =
      level === 0 ? [] : [["SUCCESS", `${"a/".repeat(level - 1)}lost`]];
    const kind = level === 0 ? "exit" : "leave";
    const lost: [string, string][] = [
      ["COMPENSATED", `${prefix}lost/compensated`],
      ["PARTLY_COMPENSATED", `${prefix}lost/stands`],
    ];
    drawn.push({ name: `${prefix}won`, kind, edges: out, more: { outcome: "SUCCESS" } });
    drawn.push({ name: `${prefix}lost`, kind: "undo", edges: lost, more: { within: prefix } });
    drawn.push({
      name: `${prefix}lost/compensated`,
      kind,
      edges: out,
      more: { outcome: "COMPENSATED" },
    });
    drawn.push({
      name: `${prefix}lost/stands`,
      kind,
      edges: out,
      more: { outcome: "PARTLY_COMPENSATED" },
    });
  }
  return numbered(drawn);
}

test("what is too tangled to be followed is not called proven: proofs/too-tangled", () => {
  const meant =
    (store: string): Meant =>
    (node) =>
      node.kind === "effect" && node.effect === store;
  const law = {
    kind: "never",
    first: meant("example::CS_2_V0"),
    second: meant("example::CS_3_V0"),
    endingIn: null,
  } as const;
  expect(holdOrdered(nested(3), law)).toEqual({ breach: null, lost: false });
  expect(holdOrdered(nested(15), law)).toEqual({ breach: null, lost: true });
});
