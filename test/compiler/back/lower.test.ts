import fc from "fast-check";
import { expect, test } from "vitest";
import { lower } from "../../../compiler/passes/lower.ts";
import { routing } from "../../../compiler/passes/routing.ts";
import type { Graph, GraphNode } from "../../../protocol/language/graph.ts";
import { graphForm } from "../../../runtime/snapshot/graph-form.ts";
import { brokenLaw } from "../../../runtime/snapshot/graph-laws.ts";
import { REGISTRATION } from "./protocols.ts";
import { randomTexts } from "./random-workflows.ts";
import { type Texts, typedOf } from "./typed.ts";

async function graphsOf(texts: Texts): Promise<readonly Graph[]> {
  return (await lower(typedOf(texts))).value;
}

async function lastOf(texts: Texts): Promise<Graph> {
  const graph = (await graphsOf(texts)).at(-1);
  if (graph === undefined) throw new Error("no workflow");
  return graph;
}

/** The edges of a graph as lines of text. */
function edgesOf({ nodes }: Graph): string[] {
  return nodes.flatMap(({ name, edges }) =>
    edges.map(({ outcome, to, engine }) => {
      const mark = engine ? "!" : "";
      return `${name} ${outcome}${mark} ${nodes[to]?.name}`;
    }),
  );
}

function nodeOf<K extends GraphNode["kind"]>(graph: Graph, name: string, kind: K) {
  const node = graph.nodes.find((one) => one.name === name);
  if (node?.kind !== kind) throw new Error(`no ${kind} \`${name}\``);
  return node as Extract<GraphNode, { kind: K }>;
}

test("L1: every edge is written out, those of calls and of the engine too", async () => {
  expect(edgesOf(await lastOf(REGISTRATION))).toEqual([
    "check ENTERED check/look",
    "check VIOLATION! on_fault",
    "check/look NAMED check/identify",
    "check/look NAMELESS check/bad",
    "check/identify SUCCESS check/good",
    "check/identify REFUSED check/bad",
    "check/identify FAULT! check/on_fault",
    "check/identify CANCELLED! on_cancel",
    "check/good VALID register",
    "check/good VIOLATION! check/on_fault",
    "check/bad INVALID refuse",
    "check/bad VIOLATION! check/on_fault",
    "register SUCCESS announce",
    "register ALREADY_EXISTS known",
    "register VIOLATION! on_fault",
    "register FAULT! on_fault",
    "register CANCELLED! on_cancel",
    "refuse SUCCESS refused",
    "refuse VIOLATION! on_fault",
    "refuse CANCELLED! on_cancel",
    "check/on_fault FAULT! on_fault",
    "check/on_fault VIOLATION! on_fault",
    "announce SUCCESS registered",
    "announce VIOLATION! on_fault",
    "announce CANCELLED! on_cancel",
    "registered VIOLATION! on_fault",
    "known VIOLATION! on_fault",
    "refused VIOLATION! on_fault",
  ]);
});

test("what is cancelled ends on one exit, which reads nothing, whatever call it stood in", async () => {
  const graph = await lastOf(REGISTRATION);
  expect(nodeOf(graph, "on_cancel", "exit")).toEqual({
    name: "on_cancel",
    kind: "exit",
    edges: [],
    origin: { workflow: "example::WF_REGISTER_V0", node: "on_cancel" },
    outcome: "CANCELLED",
    result: { literal: null },
    seal: [],
    fault: false,
    cancel: true,
  });
});

test("a called workflow reads its own payload, and the caller the call's result", async () => {
  const graph = await lastOf(REGISTRATION);
  const enter = nodeOf(graph, "check", "enter");
  const good = nodeOf(graph, "check/good", "leave");
  const bad = nodeOf(graph, "check/bad", "leave");
  expect(enter.input).toEqual({ object: [["record", { read: [0, "actor"] }]] });
  expect(nodeOf(graph, "check/look", "decide").input).toEqual({ read: [enter.slot, "record"] });
  expect(bad.slot).toBe(good.slot);
  expect(nodeOf(graph, "register", "effect").input).toEqual({
    object: [
      ["key", { read: [good.slot, "id"] }],
      ["value", { read: [0, "actor", "data"] }],
    ],
  });
});

test("the context is one for the whole execution, in slot 1", async () => {
  const announce = nodeOf(await lastOf(REGISTRATION), "announce", "effect");
  expect(JSON.stringify(announce.input)).toContain('{"read":[1,"principal"]}');
});

test("equal schemas stand once", async () => {
  const { schemas } = await lastOf(REGISTRATION);
  expect(new Set(schemas.map((schema) => JSON.stringify(schema))).size).toBe(schemas.length);
});

test("a node says where the author wrote it", async () => {
  const { nodes } = await lastOf(REGISTRATION);
  const origins = new Map(nodes.map(({ name, origin }) => [name, origin]));
  expect(origins.get("check")).toEqual({ workflow: "example::WF_REGISTER_V0", node: "check" });
  expect(origins.get("check/good")).toEqual({ workflow: "example::WF_CHECK_V0", node: "good" });
});

test("an engine outcome leads where the author says", async () => {
  const texts = structuredClone(REGISTRATION) as Texts;
  const workflow = texts.workflows[1];
  Object.assign(workflow?.nodes.check?.on ?? {}, { FAULT: "refuse", VIOLATION: "refuse" });
  const edges = edgesOf(await lastOf(texts));
  expect(edges).toContain("check VIOLATION! refuse");
  expect(edges).toContain("check/on_fault FAULT! refuse");
});

test("a route for what cannot happen is left out, with what only it leads to", async () => {
  const texts: Texts = {
    transforms: REGISTRATION.transforms ?? [],
    workflows: [
      {
        kind: "workflow",
        code: "WF_IDLE_V0",
        summary: "Routes what cannot happen.",
        payload: true,
        start: "sort",
        nodes: {
          sort: { decide: [{ otherwise: "ON" }], with: null, on: { ON: "done", FAULT: "mend" } },
          mend: {
            transform: "CT_IDENTIFY_V0",
            with: {},
            on: { SUCCESS: "mended", REFUSED: "done" },
          },
        },
        exits: { done: { outcome: "DONE" }, mended: { outcome: "MENDED" } },
        on_fault: { outcome: "FAULTED" },
      },
    ],
  };
  const graph = await lastOf(texts);
  expect(graph.nodes.map(({ name }) => name)).toEqual(["sort", "done", "on_fault"]);
});

test("nodes stand in topological order, exits last, `on_fault` very last", async () => {
  await fc.assert(
    fc.asyncProperty(randomTexts({ nodes: 12, callees: 2 }), async (texts) => {
      for (const { nodes } of await graphsOf(texts)) {
        const ends = nodes.map(({ kind }) => kind === "exit");
        expect(ends.indexOf(true)).toBeGreaterThan(ends.lastIndexOf(false));
        expect(nodes.at(-1)?.name).toBe("on_fault");
        for (const [index, { edges }] of nodes.entries()) {
          for (const { to } of edges) expect(to).toBeGreaterThan(index);
        }
      }
    }),
  );
});

test("what routing lets pass is lowered to a graph that a runtime opens", async () => {
  await fc.assert(
    fc.asyncProperty(randomTexts({ nodes: 15, callees: 3 }), async (texts) => {
      expect(routing(typedOf(texts)).diagnostics).toEqual([]);
      for (const graph of await graphsOf(texts)) {
        expect(graphForm(graph)).toBeUndefined();
        expect(brokenLaw(graph)).toBeUndefined();
      }
    }),
  );
});

test("lowering twice gives the same, whatever was lowered before", async () => {
  await fc.assert(
    fc.asyncProperty(randomTexts({ nodes: 10, callees: 1 }), async (texts) => {
      const first = JSON.stringify(await graphsOf(texts));
      await graphsOf(REGISTRATION);
      expect(JSON.stringify(await graphsOf(structuredClone(texts)))).toBe(first);
    }),
    { numRuns: 20 },
  );
});
