/** Numbers of paths against all paths of small graphs by chance, and of graphs beyond any list. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { listPaths } from "../../../compiler/proofs/list-paths.ts";
import { allParts, trunkOf } from "../../../compiler/proofs/part.ts";
import { pathsOf } from "../../../compiler/proofs/paths.ts";
import { accepts } from "../../../compiler/types/accepts.ts";
import type { DecideNode, Graph, GraphNode } from "../../../protocol/language/graph.ts";
import type { Json, JsonObject } from "../../../protocol/language/json.ts";
import { costlyGraph } from "./costly-graph.ts";

interface Path {
  readonly steps: readonly { readonly at: number; readonly outcome: string }[];
  readonly end: string;
  readonly engine: boolean;
}

/** Every path from a node, one by one. */
function pathsFrom(graph: Graph, root: number): readonly Path[] {
  const found: Path[] = [];
  const walk = (at: number, steps: Path["steps"], engine: boolean): void => {
    const node = graph.nodes[at] as GraphNode;
    if (node.kind === "exit" || node.kind === "join") found.push({ steps, end: node.name, engine });
    for (const edge of node.edges) {
      walk(edge.to, [...steps, { at, outcome: edge.outcome }], engine || edge.engine === true);
    }
  };
  walk(root, [], false);
  return found;
}

/** Whether what is undone on a path can end as it does there, by what was done before. */
function undoesWhatItCan(graph: Graph, steps: Path["steps"]): boolean {
  const stands: string[] = [];
  const done: string[] = [];
  for (const { at, outcome } of steps) {
    const node = graph.nodes[at] as GraphNode;
    if (node.kind === "undo") {
      const isWithin = (name: string) => name.startsWith(node.within);
      if (outcome === "COMPENSATED" && stands.some(isWithin)) return false;
      if (outcome !== "PARTLY_COMPENSATED") continue;
      if (![...stands, ...done].some(isWithin)) return false;
      stands.push(node.within);
    } else if (node.kind === "map" || node.kind === "parallel") {
      const reached = new Set(allParts(graph).flatMap(({ order }) => order));
      const inside = graph.nodes.filter(
        ({ name }, index) => reached.has(index) && name.startsWith(`${node.name}/`),
      );
      const acts = inside.filter((one) => "undone" in one && one.undone !== undefined);
      if (outcome !== "EMPTY") done.push(...acts.map(({ name }) => name));
    } else if ((node.kind === "effect" || node.kind === "external") && node.undone !== undefined) {
      const isMeant = node.undone.after.includes(outcome);
      const isUnknown = node.kind === "external" && !(outcome in node.outcomes);
      if (isMeant || isUnknown) done.push(node.name);
      if (
        isMeant
          ? node.undone.by === null
          : isUnknown && ["IN_DOUBT", "TIMEOUT", "FAULT"].includes(outcome)
      )
        stands.push(node.name);
    }
  }
  return true;
}

test("the numbers of paths are those of all paths, part by part and end by end", () => {
  const law = fc.property(costlyGraph({ size: 5, forks: true, undoes: true }), (graph) => {
    const parts = allParts(graph);
    for (const [at, counted] of pathsOf(graph).entries()) {
      const all = pathsFrom(graph, parts[at]?.root ?? -1);
      expect(Number(counted.declared + counted.engine)).toBe(all.length);
      const possible = all.filter(({ steps }) => undoesWhatItCan(graph, steps));
      for (const { end, declared, engine, feasible } of counted.ends) {
        const ours = all.filter((path) => path.end === end);
        expect(Number(engine)).toBe(ours.filter((path) => path.engine).length);
        expect(Number(declared)).toBe(ours.length - Number(engine));
        const ending = possible.filter((path) => path.end === end);
        expect(Number(feasible.engine)).toBe(ending.filter((path) => path.engine).length);
        expect(Number(feasible.declared)).toBe(ending.filter((path) => !path.engine).length);
      }
    }
  });
  fc.assert(law, { numRuns: 400 });
});

const X: readonly Json[] = [0, 1, 2, 3, 4];
const Y: readonly Json[] = ["a", "b", null];
const OF_X = { read: [0, "x"] as const };
const OF_BOTH = { object: [["x", OF_X] as const, ["y", { read: [0, "y"] as const }] as const] };

const aboutX = fc.oneof(
  fc.record({ minimum: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ maximum: fc.integer({ min: -1, max: 4 }) }),
  fc.record({ enum: fc.subarray([...X], { minLength: 1 }) }),
  fc.record({ const: fc.constantFrom(...X) }),
) as fc.Arbitrary<JsonObject>;
const aboutBoth = fc
  .tuple(aboutX, fc.constantFrom("a", "b", null))
  .map(([x, y]): JsonObject => ({ type: "object", properties: { x, y: { const: y } } }));

interface Table {
  readonly isOfX: boolean;
  readonly rows: readonly JsonObject[];
  /** Outcomes by row, the last one for all else; then where they lead: one or two nodes further. */
  readonly outcomes: readonly number[];
  readonly to: readonly number[];
}

const table: fc.Arbitrary<Table> = fc.boolean().chain((isOfX) =>
  fc.record({
    isOfX: fc.constant(isOfX),
    rows: fc.array(isOfX ? aboutX : aboutBoth, { minLength: 1, maxLength: 3 }),
    outcomes: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 4 }),
    to: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 3, maxLength: 3 }),
  }),
);

/** Tables in a line, some of which are left out by some outcomes. */
function graphOf(tables: readonly Table[], payload: JsonObject): Graph {
  const schemas: (JsonObject | boolean)[] = [payload];
  const common = (name: string) => ({
    name,
    origin: { workflow: "t::WF_T_V0" as const, node: name },
  });
  const nodes = tables.map(({ isOfX, rows, outcomes, to }, index): GraphNode => {
    const names = ["P", "Q", "R"];
    const outcomeAt = (row: number) => names[outcomes[row] ?? 0] ?? "P";
    const otherwise = outcomeAt(rows.length);
    const made = rows.map((when, row) => ({
      when: schemas.push(when) - 1,
      outcome: outcomeAt(row),
    }));
    const declared = new Set([...made.map(({ outcome }) => outcome), otherwise]);
    const edges = [...declared].map((outcome) => ({
      outcome,
      to: Math.min(index + (to[names.indexOf(outcome)] ?? 1), tables.length),
    }));
    const input = isOfX ? OF_X : OF_BOTH;
    const violation = { outcome: "VIOLATION", to: tables.length, engine: true } as const;
    const all = index % 2 === 0 ? [...edges, violation] : edges;
    return { ...common(`n${index}`), kind: "decide", input, rows: made, otherwise, edges: all };
  });
  const end = {
    outcome: "DONE",
    result: { literal: null },
    seal: [],
    fault: true,
    edges: [],
  } as const;
  return {
    ...{ workflow: "t::WF_T_V0", summary: "By chance.", payload: 0, sealPayload: [], slots: 2 },
    ...{ start: 0, nodes: [...nodes, { ...common("on_fault"), kind: "exit", ...end }], schemas },
    drawing: { width: 0, height: 0, nodes: [], edges: [] },
  };
}

/** Whether a payload takes this path; without a payload that binds, every table is violated. */
function takes(graph: Graph, path: Path, payload: { x: Json; y: Json } | null): boolean {
  return path.steps.every(({ at, outcome }) => {
    const { input, rows, otherwise } = graph.nodes[at] as DecideNode;
    if (payload === null || outcome === "VIOLATION")
      return payload === null && outcome === "VIOLATION";
    const value = "read" in input ? payload.x : payload;
    const row = rows.find(({ when }) => accepts(graph.schemas[when] ?? true, value));
    return outcome === (row?.outcome ?? otherwise);
  });
}

const PAYLOADS = X.flatMap((x) => Y.map((y) => ({ x, y })));
const exactly = (x: JsonObject): JsonObject => ({
  type: "object",
  required: ["x", "y"],
  additionalProperties: false,
  properties: { x, y: { enum: Y } },
});
const tables = fc.array(table, { minLength: 1, maxLength: 6 });

test("no path that some payload takes is left out as infeasible", () => {
  const law = fc.property(tables, (list) => {
    const graph = graphOf(list, exactly({ type: "integer" }));
    const [counted] = pathsOf(graph);
    const all = pathsFrom(graph, 0);
    const taken = all.filter((path) => PAYLOADS.some((payload) => takes(graph, path, payload)));
    expect(Number(counted?.feasible.declared)).toBeGreaterThanOrEqual(taken.length);
    expect(Number(counted?.declared)).toBe(all.filter(({ engine }) => !engine).length);
    const listed = listPaths(graph, trunkOf(graph), { max: 1_000, engine: false });
    const texts = new Set(listed.paths.map(({ steps }) => JSON.stringify(steps)));
    for (const { steps } of taken) {
      const named = steps.map(({ at, outcome }) => ({ node: `n${at}`, outcome }));
      expect(texts.has(JSON.stringify(named))).toBe(true);
    }
  });
  fc.assert(law, { numRuns: 500 });
});

test("of one value with few values, the feasible paths are exactly those that some payload takes", () => {
  const ofX = tables.map((list) => list.filter(({ isOfX }) => isOfX));
  const law = fc.property(ofX, (list) => {
    const graph = graphOf(list, exactly({ enum: X }));
    // Of a table that stands alone the type check says which rows never match.
    fc.pre(trunkOf(graph).order.length > 2);
    const [counted] = pathsOf(graph);
    const taken = pathsFrom(graph, 0).filter((path) =>
      PAYLOADS.some((payload) => takes(graph, path, payload)),
    );
    expect(counted?.decided).toBe(true);
    expect(Number(counted?.feasible.declared)).toBe(taken.length);
  });
  fc.assert(law, { numRuns: 500 });
});

test("listed paths are those counted, the shortest first", () => {
  const law = fc.property(costlyGraph({ size: 4, forks: true, undoes: true }), (graph) => {
    const every = pathsFrom(graph, graph.start);
    const all = every.filter(({ steps }) => undoesWhatItCan(graph, steps));
    fc.pre(all.length <= 2_000);
    const { paths, complete } = listPaths(graph, trunkOf(graph), { max: 2_000, engine: true });
    expect(complete).toBe(true);
    const lengths = paths.map(({ steps }) => steps.length);
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    const texts = all.map(({ steps }) =>
      steps.map(({ at, outcome }) => `${graph.nodes[at]?.name} ${outcome}`).join(),
    );
    const ours = paths.map(({ steps }) =>
      steps.map((step) => `${step.node} ${step.outcome}`).join(),
    );
    expect(ours.sort()).toEqual(texts.sort());
  });
  fc.assert(law, { numRuns: 300 });
});

/** Diamonds one after the other: twice as many paths with each. */
function diamonds(count: number, ofOneValue: boolean): Graph {
  const rows = (when: number) => [{ when, outcome: "YES" }];
  const common = (name: string) => ({
    name,
    origin: { workflow: "t::WF_T_V0" as const, node: name },
  });
  const nodes = Array.from({ length: count }, (_, at): GraphNode => {
    const input = ofOneValue ? OF_X : { literal: at };
    const edges = [
      { outcome: "YES", to: at + 1 },
      { outcome: "NO", to: at + 1 },
    ];
    const when = ofOneValue ? at + 1 : 1;
    return { ...common(`n${at}`), kind: "decide", input, rows: rows(when), otherwise: "NO", edges };
  });
  const end = {
    outcome: "DONE",
    result: { literal: null },
    seal: [],
    fault: true,
    edges: [],
  } as const;
  return {
    ...{ workflow: "t::WF_T_V0", summary: "Diamonds.", payload: 0, sealPayload: [], slots: 2 },
    ...{ start: 0, nodes: [...nodes, { ...common("on_fault"), kind: "exit", ...end }] },
    schemas: [exactly({ type: "integer" }), ...nodes.map((_, at) => ({ maximum: at }))],
    drawing: { width: 0, height: 0, nodes: [], edges: [] },
  };
}

test("ten thousand nodes have two to the power of ten thousand paths, and the first are listed", () => {
  const graph = diamonds(10_000, false);
  const [counted] = pathsOf(graph);
  expect(counted?.declared).toBe(2n ** 10_000n);
  const { paths, complete } = listPaths(graph, trunkOf(graph), { max: 3, engine: false });
  expect([paths.length, complete]).toEqual([3, false]);
  expect(paths[0]?.steps).toHaveLength(10_000);
});

test("tables that go up one after the other leave one path more than there are tables", () => {
  const [counted] = pathsOf(diamonds(12, true));
  expect(counted).toMatchObject({ declared: 4096n, feasible: { declared: 13n }, decided: true });
});

test("where there is too much to decide, it is said, and nothing is left out without proof", () => {
  const [counted] = pathsOf(diamonds(1_000, true));
  expect(counted?.decided).toBe(false);
  expect(counted?.feasible.declared).toBeGreaterThan(1_000n);
  expect(counted?.feasible.declared).toBeLessThanOrEqual(2n ** 1_000n);
});
