/** Forks as they are lowered: bodies of their own, joins, slots, numbers, lines of the drawing. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { lower } from "../../../compiler/passes/lower.ts";
import type { Graph, GraphNode } from "../../../protocol/language/graph.ts";
import type { Json } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { graphForm } from "../../../runtime/snapshot/graph-form.ts";
import { brokenLaw } from "../../../runtime/snapshot/graph-laws.ts";
import { BOTH, changed, found, LOG, ONE, PAGES } from "./fork-texts.ts";
import { documentsOf, small } from "./random-forks.ts";

const RIGHT: readonly Json[] = [PAGES, LOG, ONE, BOTH];

async function graphOf(documents: readonly Json[], name: string): Promise<Graph> {
  const { typed, diagnostics } = found(documents);
  if (typed === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const graph = (await lower(typed)).value.find((one) => one.workflow === `example::${name}`);
  if (graph === undefined) throw new Error("no such workflow");
  return graph;
}

function nodeOf<K extends GraphNode["kind"]>(graph: Graph, name: string, kind: K) {
  const node = graph.nodes.find((one) => one.name === name);
  if (node?.kind !== kind) throw new Error(`no ${kind} \`${name}\``);
  return node as Extract<GraphNode, { kind: K }>;
}

/** The edges of a graph as lines of text. */
function edgesOf({ nodes }: Graph, prefix = ""): string[] {
  return nodes
    .filter(({ name }) => name.startsWith(prefix))
    .flatMap(({ name, edges }) =>
      edges.map(({ outcome, to, engine }) => {
        const mark = engine ? "!" : "";
        return `${name} ${outcome}${mark} ${nodes[to]?.name}`;
      }),
    );
}

test("the body of a map is a part of its own, which is cancelled with its fork", async () => {
  const graph = await graphOf(RIGHT, "WF_BOTH_V0");
  expect(edgesOf(graph, "wave")).toEqual([
    "wave SUCCESS pair",
    "wave PARTIAL pair",
    "wave FAILED poor",
    "wave EMPTY none",
    "wave VIOLATION! on_fault",
    "wave CANCELLED! on_cancel",
    "wave/on_item ENTERED wave/look",
    "wave/on_item VIOLATION! wave/on_fault",
    "wave/look BAD wave/bad",
    "wave/look ODD wave/odd",
    "wave/look FINE wave/fine",
    "wave/bad VIOLATION! wave/on_fault",
    "wave/odd VIOLATION! wave/on_fault",
    "wave/fine VIOLATION! wave/on_fault",
  ]);
  const map = nodeOf(graph, "wave", "map");
  const enter = nodeOf(graph, "wave/on_item", "enter");
  expect(graph.nodes[map.body]).toBe(enter);
  expect(map.items).toEqual({ read: [0, "things"] });
  expect(enter.input).toEqual({
    object: [
      ["id", { read: [map.item, "id"] }],
      ["note", { read: [map.item, "note"] }],
    ],
  });
});

test("an end of what is run is a join; its fault route gives FAULT and nothing else", async () => {
  const graph = await graphOf(RIGHT, "WF_BOTH_V0");
  const enter = nodeOf(graph, "wave/on_item", "enter");
  expect(nodeOf(graph, "wave/fine", "join")).toMatchObject({
    outcome: "DONE",
    result: { object: [["id", { read: [enter.slot, "id"] }]] },
    fault: false,
  });
  expect(nodeOf(graph, "wave/on_fault", "join")).toMatchObject({
    outcome: "FAULT",
    result: { literal: null },
    seal: [],
    edges: [],
    fault: true,
  });
});

test("branches begin at nodes of their own names", async () => {
  const graph = await graphOf(RIGHT, "WF_BOTH_V0");
  const { branches } = nodeOf(graph, "pair", "parallel");
  expect(branches.map(({ name, body }) => [name, graph.nodes[body]?.name])).toEqual([
    ["left", "pair/left"],
    ["right", "pair/right"],
  ]);
  expect(branches.map(({ succeed }) => succeed)).toEqual([["DONE"], ["DONE", "DOUBTFUL"]]);
});

test("labels of results are sealed where the output holds them", async () => {
  const graph = await graphOf(RIGHT, "WF_BOTH_V0");
  const pii = ["pii"];
  expect(nodeOf(graph, "wave", "map").seal).toEqual([
    { path: ["results", { every: true }, "result", "note"], labels: pii },
  ]);
  expect(nodeOf(graph, "pair", "parallel").seal).toEqual([
    { path: ["right", "result", "note"], labels: pii },
    { path: ["left", "result", "note"], labels: pii },
  ]);
  expect(nodeOf(graph, "wave/on_item", "enter").seal).toEqual([{ path: ["note"], labels: pii }]);
});

const named = (change: (nodes: Record<string, Record<string, unknown>>) => void) =>
  changed(RIGHT, (workflow) => change(workflow.nodes));

test("what cannot happen has no edge", async () => {
  const documents = changed(RIGHT, ({ nodes, payload, exits }) => {
    payload.properties.things.minItems = 1;
    nodes.wave.collect = false;
    delete nodes.wave.on.EMPTY;
    delete exits.none;
  });
  expect(edgesOf(await graphOf(documents, "WF_BOTH_V0")).filter((e) => /^wave /.test(e))).toEqual([
    "wave SUCCESS pair",
    "wave PARTIAL pair",
    "wave FAILED poor",
    "wave CANCELLED! on_cancel",
  ]);
});

test("a list that may be too long keeps its way out", async () => {
  const documents = named((nodes) => Object.assign(nodes.wave ?? {}, { max: 49, collect: false }));
  const edges = edgesOf(await graphOf(documents, "WF_BOTH_V0"));
  expect(edges).toContain("wave VIOLATION! on_fault");
});

test("no more run at a time than there may be items", async () => {
  const documents = named((nodes) => Object.assign(nodes.wave ?? {}, { max: 3, concurrency: 900 }));
  const { concurrency } = nodeOf(await graphOf(documents, "WF_BOTH_V0"), "wave", "map");
  expect(concurrency).toBe(3);
});

test("the drawing leads to each body by a line that says what it is", async () => {
  const { nodes, drawing } = await graphOf(RIGHT, "WF_BOTH_V0");
  const lines = drawing.edges.filter(({ says }) => says !== undefined);
  const told = lines.map(({ from, to, says, outcomes }) => [
    nodes[from]?.name,
    says,
    nodes[to]?.name,
    outcomes,
  ]);
  expect(told).toEqual([
    ["wave", "each", "wave/on_item", []],
    ["pair", "left", "pair/left", []],
    ["pair", "right", "pair/right", []],
  ]);
});

test("whatever fans out is lowered to a graph that a runtime opens", async () => {
  await fc.assert(
    fc.asyncProperty(small, async (protocol) => {
      const { typed } = found(documentsOf(protocol));
      if (typed === null) throw new Error("the protocol is right but for its branches");
      for (const graph of (await lower(typed)).value) {
        expect(graphForm(graph)).toBeUndefined();
        expect(brokenLaw(graph)).toBeUndefined();
        for (const [index, { edges }] of graph.nodes.entries()) {
          for (const { to } of edges) expect(to).toBeGreaterThan(index);
        }
      }
    }),
    { numRuns: 40 },
  );
});

/** Waits, writes, and takes back what it wrote where it was told to, or broke off. */
const CAREFUL: Json = {
  ...ONE,
  code: "WF_CAREFUL_V0",
  start: "wait",
  nodes: {
    wait: {
      await: {
        signals: { GO: { payload: true }, BACK: { payload: true } },
        deadline: "P1D",
      },
      on: { GO: "write", BACK: "write", TIMEOUT: "late" },
    },
    write: {
      effect: "CS_PAGES_V0",
      op: "PUT",
      with: { key: "$.payload.id", value: "x" },
      compensate: { effect: "CS_PAGES_V0", op: "REMOVE", with: { key: "$.payload.id" } },
      on: { SUCCESS: "look" },
    },
    look: {
      decide: [{ when: { const: "bad" }, outcome: "BAD" }, { otherwise: "FINE" }],
      with: "$.payload.id",
      on: { FINE: "fine", BAD: "back" },
    },
  },
  exits: {
    fine: { outcome: "DONE", result: { id: "$.payload.id" } },
    back: { compensate: true },
    late: { outcome: "LATE" },
  },
  on_fault: { compensate: true },
};

test("what is run may wait, and undo its own work in its own part", async () => {
  const documents = changed([PAGES, LOG, CAREFUL, BOTH], ({ nodes, exits }) => {
    nodes.wave.call = "WF_CAREFUL_V0";
    delete nodes.pair;
    nodes.wave.on = { SUCCESS: "done", PARTIAL: "poor", FAILED: "poor", EMPTY: "none" };
    exits.done.result = "$.nodes.wave.outcomes";
  });
  const graph = await graphOf(documents, "WF_BOTH_V0");
  expect([graphForm(graph), brokenLaw(graph)]).toEqual([undefined, undefined]);
  expect(edgesOf(graph, "wave/").filter((edge) => !edge.includes("VIOLATION"))).toEqual([
    "wave/on_item ENTERED wave/wait",
    "wave/wait GO wave/write",
    "wave/wait BACK wave/write",
    "wave/wait TIMEOUT wave/late",
    "wave/write SUCCESS wave/look",
    "wave/look BAD wave/back",
    "wave/look FINE wave/fine",
    "wave/back COMPENSATED wave/back/compensated",
    "wave/back PARTLY_COMPENSATED wave/back/stands",
    "wave/on_fault COMPENSATED wave/on_fault/compensated",
    "wave/on_fault PARTLY_COMPENSATED wave/on_fault/stands",
  ]);
  expect(nodeOf(graph, "wave/back", "undo").within).toBe("wave/");
  expect(nodeOf(graph, "wave/back/stands", "join").outcome).toBe("PARTLY_COMPENSATED");
  expect(nodeOf(graph, "wave/on_fault/stands", "join")).toMatchObject({
    outcome: "FAULT",
    result: { literal: null },
    fault: true,
  });
});

/** A map over this many steps, nine branches of nearly a thousand, and some steps of its own. */
function largest(own: number): readonly Json[] {
  const step = (at: number, last: number, ends: readonly [string, string]) => ({
    effect: "CS_PAGES_V0",
    op: "GET",
    with: { key: `page ${at}` },
    on: { NOT_FOUND: ends[1], SUCCESS: at === last ? ends[0] : `n${at + 1}` },
  });
  const steps = (count: number, ends: readonly [string, string]) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, at) => [`n${at}`, step(at, count - 1, ends)]),
    );
  const long: Json = {
    ...ONE,
    code: "WF_LONG_V0",
    payload: true,
    start: "n0",
    // With two exits, `on_fault` and what begins the branch: a thousand nodes.
    nodes: steps(996, ["done", "stopped"]),
    exits: { done: { outcome: "DONE" }, stopped: { outcome: "STOPPED" } },
  };
  const branch = { call: "WF_LONG_V0", with: 1, succeed: ["DONE"] };
  const fork = {
    parallel: Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`b${at}`, branch])),
    on: { SUCCESS: "fine", FAILED: "poor" },
  };
  const root: Json = {
    ...ONE,
    code: "WF_ROOT_V0",
    payload: true,
    start: "n0",
    nodes: { ...steps(own, ["fork", "poor"]), fork },
    exits: { fine: { outcome: "SUCCESS" }, poor: { outcome: "POOR" } },
  };
  return [PAGES, long, root];
}

test("what is counted before anything is written out is what is written out", async () => {
  const graph = await graphOf(largest(995), "WF_ROOT_V0");
  expect(graph.nodes).toHaveLength(LIMITS.graphNodesMax);
  expect([graphForm(graph), brokenLaw(graph)]).toEqual([undefined, undefined]);
  const codes = found(largest(996)).diagnostics.map(({ code }) => code);
  expect(codes).toEqual(["resolve/graph-too-large"]);
});

test("lowering twice gives the same", async () => {
  const first = JSON.stringify(await graphOf(RIGHT, "WF_BOTH_V0"));
  expect(JSON.stringify(await graphOf(structuredClone(RIGHT), "WF_BOTH_V0"))).toBe(first);
});
