import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ParsedDocument, ResolvedWorkflow, World } from "../../../compiler/model.ts";
import { flowOf } from "../../../compiler/passes/typecheck/flow.ts";

/** Nodes by name, each with its routes; names that begin with `e` are exits. */
type Graph = Readonly<Record<string, Readonly<Record<string, string>>>>;

const NO_WORLD: World = {
  shaped: {
    domains: [],
    schemas: [],
    transforms: [],
    effects: [],
    workflows: [],
    intents: [],
    policies: [],
    decisions: [],
    invariants: [],
    tests: [],
  },
  transforms: new Map(),
  effects: new Map(),
  externals: new Map(),
  workflows: new Map(),
  governance: { intents: new Map(), policies: [], decisions: [], roles: [] },
  invariants: [],
  tests: [],
};

const DOCUMENT: ParsedDocument = {
  source: { file: "", domain: "", text: "" },
  value: {},
  spanOf: () => ({ file: "", line: 1, column: 1, endLine: 1, endColumn: 1 }),
};

const isEngine = (outcome: string) => outcome === "VIOLATION" || outcome === "FAULT";

/** A workflow of decisions with these routes: the flow asks for no more. */
function workflowOf(graph: Graph): ResolvedWorkflow {
  const rowsOf = (routes: Readonly<Record<string, string>>) =>
    Object.keys(routes).filter((outcome) => !isEngine(outcome));
  const exits = new Set(
    Object.values(graph).flatMap((routes) => Object.values(routes).filter((to) => to[0] === "e")),
  );
  const nodes = Object.entries(graph).map(([name, routes]) => {
    const [otherwise = "ONLY", ...others] = rowsOf(routes);
    const rows = others.map((outcome) => ({ when: true, outcome }));
    return { kind: "decide" as const, name, rows, otherwise };
  });
  const text = {
    kind: "workflow" as const,
    code: "WF_X_V0",
    summary: "",
    payload: true,
    start: "n0",
    nodes: Object.fromEntries(
      Object.entries(graph).map(([name, on]) => [name, { decide: [], with: null, on }]),
    ),
    exits: Object.fromEntries([...exits].map((name) => [name, { outcome: name.toUpperCase() }])),
    on_fault: { outcome: "FAULTED" },
  };
  const artifact = {
    domain: "example",
    name: "example::WF_X_V0" as const,
    text,
    document: DOCUMENT,
  };
  return { artifact, payload: true, nodes };
}

/** How every node ended last, on some way to a point: `undefined` before it has run. */
type Ends = Readonly<Record<string, string | undefined>>;

/** Every way in which every point can be reached, one by one. */
function everyWay(graph: Graph): ReadonlyMap<string, readonly Ends[]> {
  const found = new Map<string, Map<string, Ends>>();
  const left: [string, Ends][] = [["n0", {}]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [point, ends] = next;
    const seen = found.get(point) ?? new Map<string, Ends>();
    found.set(point, seen);
    const key = JSON.stringify(Object.entries(ends).sort());
    if (seen.has(key)) continue;
    seen.set(key, ends);
    for (const [outcome, to] of Object.entries(graph[point] ?? {})) {
      if (to in graph || to[0] === "e") left.push([to, { ...ends, [point]: outcome }]);
    }
  }
  return new Map([...found].map(([point, seen]) => [point, [...seen.values()]]));
}

const SIZE = 5;

function graphs(acyclic: boolean): fc.Arbitrary<Graph> {
  const routes = (at: number) =>
    fc.dictionary(
      fc.constantFrom("A", "B", "C", "VIOLATION"),
      fc
        .integer({ min: acyclic ? at + 1 : 0, max: SIZE + 1 })
        .map((to) => (to >= SIZE ? `e${to - SIZE}` : `n${to}`)),
      { minKeys: 1 },
    );
  return fc
    .tuple(...Array.from({ length: SIZE }, (_, at) => routes(at)))
    .map((all) => Object.fromEntries(all.map((on, at) => [`n${at}`, on])));
}

function agrees(graph: Graph): void {
  const flow = flowOf(workflowOf(graph), NO_WORLD);
  const ways = everyWay(graph);
  expect(new Set(flow.order)).toEqual(new Set(ways.keys()));
  for (const [point, all] of ways) {
    for (const node of Object.keys(graph)) {
      const ends = all.map((one) => one[node]);
      const outputs = ends.filter((end) => end !== undefined && !isEngine(end));
      const behind = flow.behind(point, node);
      expect(new Set(behind.outcomes)).toEqual(new Set(outputs));
      expect(behind.without).toBe(outputs.length < ends.length);
    }
  }
}

describe("definite assignment", () => {
  it("agrees with every path of an acyclic graph, one by one", () => {
    fc.assert(fc.property(graphs(true), agrees), { numRuns: 300 });
  });

  it("agrees with every way through a graph with circles, and ends", () => {
    fc.assert(fc.property(graphs(false), agrees), { numRuns: 150 });
  });

  it("visits a node after all that lie before it, where there is no circle", () => {
    fc.assert(
      fc.property(graphs(true), (graph) => {
        const { order } = flowOf(workflowOf(graph), NO_WORLD);
        for (const [name, routes] of Object.entries(graph)) {
          for (const to of order.includes(name) ? Object.values(routes) : []) {
            expect(order.indexOf(to)).toBeGreaterThan(order.indexOf(name));
          }
        }
      }),
    );
  });

  it("shows a path that brings no output wherever one may be missing", () => {
    fc.assert(
      fc.property(graphs(true), (graph) => {
        const flow = flowOf(workflowOf(graph), NO_WORLD);
        for (const point of flow.order) {
          for (const node of Object.keys(graph)) {
            if (!flow.behind(point, node).without) continue;
            const path = flow.pathWithout(point, node);
            let here = "n0";
            for (const hop of path) {
              expect(hop.node).toBe(here);
              expect(graph[hop.node]?.[hop.outcome]).toBe(hop.to);
              expect(hop.node !== node || isEngine(hop.outcome)).toBe(true);
              here = hop.to;
            }
            expect(here).toBe(point);
          }
        }
      }),
    );
  });

  it("costs a thousand nodes with two ways each no more than their edges", () => {
    const size = 1_000;
    const graph = Object.fromEntries(
      Array.from({ length: size }, (_, at) => {
        const next = at + 1 < size ? `n${at + 1}` : "e0";
        const after = at + 2 < size ? `n${at + 2}` : "e0";
        return [`n${at}`, { A: next, B: after }];
      }),
    );
    const flow = flowOf(workflowOf(graph), NO_WORLD);
    expect(flow.order).toHaveLength(size + 1);
    expect(flow.behind("e0", "n0")).toEqual({ outcomes: ["B", "A"], all: true, without: false });
    expect(flow.behind("e0", "n1")).toMatchObject({ without: true });
  });
});
