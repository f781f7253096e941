import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { Json } from "../../../protocol/language/json.ts";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { verifySnapshot } from "../../../runtime/snapshot.ts";
import { type Disk, decode, filesOf, resealed, sealedDisk } from "./sealed.ts";

const FILE = "graphs/example.WF_REGISTER_V0.json";

let disk: Disk;
let folder: string;

beforeAll(async () => {
  ({ disk, folder } = await sealedDisk());
});

/** What is refused of a graph that was changed and sealed again: the pointer, or nothing. */
function refusedAt(value: Json): string | undefined {
  const forged = resealed(disk, folder, { [FILE]: value });
  try {
    verifySnapshot(filesOf(forged.disk), forged.folder);
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    expect(error.code).toBe("snapshot/malformed-file");
    expect(error.message).toContain(FILE);
    return error.problems[0]?.pointer;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a forger writes what he likes.
type Forged = any;

function graphWith(change: (graph: Forged) => void): Json {
  const graph = JSON.parse(decode(disk.get(`${folder}/${FILE}`) ?? new Uint8Array()));
  change(graph);
  return graph;
}

const node = (graph: Forged, name: string): Forged =>
  graph.nodes.find((one: Forged) => one.name === name);

test("the graph itself is taken", () => {
  expect(refusedAt(graphWith(() => {}))).toBeUndefined();
});

const toFault = (graph: Forged): Forged => ({
  outcome: "CANCELLED",
  to: graph.nodes.length - 1,
  engine: true,
});

/** Makes others of the edges by which a node is cancelled, in the drawing, too. */
function cancelEdges(graph: Forged, name: string, change: (edge: Forged) => Forged[]): void {
  const one = node(graph, name);
  const at = graph.nodes.indexOf(one);
  one.edges = one.edges.flatMap((edge: Forged) =>
    edge.outcome === "CANCELLED" ? change(edge) : [edge],
  );
  const lines = graph.drawing.edges;
  graph.drawing.edges = lines.flatMap((line: Forged) => {
    if (line.from !== at) return [line];
    const outcomes = one.edges.flatMap((edge: Forged) => (edge.to === line.to ? edge.outcome : []));
    return outcomes.length === 0 ? [] : [{ ...line, outcomes }];
  });
}

const FORGERIES: readonly [law: string, forge: (graph: Forged) => void][] = [
  ["a start beyond the nodes", (g) => (g.start = 99)],
  ["an edge beyond the nodes", (g) => (g.nodes[0].edges[0].to = 99)],
  ["an edge that leads back", (g) => (node(g, "register").edges[0].to = 0)],
  ["an edge to its own node", (g) => (g.nodes[1].edges[0].to = 1)],
  ["an outcome without an edge", (g) => node(g, "register").edges.shift()],
  ["an engine outcome without an edge", (g) => node(g, "register").edges.pop()],
  [
    "two edges for one outcome",
    (g) => node(g, "register").edges.push(node(g, "register").edges[0]),
  ],
  ["an edge for an outcome that cannot be", (g) => (node(g, "register").edges[0].outcome = "WON")],
  ["an exit that goes on", (g) => (g.nodes.at(-1).edges = [{ outcome: "X", to: 1 }])],
  ["two fault exits", (g) => (node(g, "refused").fault = true)],
  ["no fault exit", (g) => (g.nodes.at(-1).fault = false)],
  ["an exit of what is cancelled that goes on", (g) => (node(g, "on_cancel").edges = [toFault(g)])],
  ["an exit of what is cancelled that is a fault", (g) => (node(g, "on_cancel").fault = true)],
  ["one that says another outcome", (g) => (node(g, "on_cancel").outcome = "SUCCESS")],
  ["two exits of what is cancelled", (g) => (node(g, "refused").cancel = true)],
  ["none where edges lead to one", (g) => delete node(g, "on_cancel").cancel],
  ["a node that cannot be cancelled", (g) => cancelEdges(g, "register", () => [])],
  ["one that is cancelled elsewhere", (g) => cancelEdges(g, "register", () => [toFault(g)])],
  [
    "an outcome that ends as if it were cancelled",
    (g) => (node(g, "register").edges[0].to = g.nodes.length - 2),
  ],
  ["two nodes of one name", (g) => (g.nodes[1].name = g.nodes[0].name)],
  ["a node that is never reached", (g) => (node(g, "check/look").edges[0].to = 4)],
  ["a slot beyond the slots", (g) => (node(g, "register").slot = 999)],
  ["a slot that is written twice", (g) => (node(g, "register").slot = 3)],
  ["the payload's slot written", (g) => (node(g, "register").slot = 0)],
  ["a slot read before it is written", (g) => (g.nodes[0].input = { read: [7] })],
  ["a schema that does not exist", (g) => (node(g, "register").check = 99)],
  ["a row's schema that does not exist", (g) => (node(g, "check/look").rows[0].when = 99)],
  ["a payload's schema that does not exist", (g) => (g.payload = 99)],
  ["an operation of other semantics", (g) => (node(g, "register").operation = "APPEND")],
  ["a store outside of a domain", (g) => (node(g, "register").store = "../actors")],
  ["another workflow's graph", (g) => (g.workflow = "example::WF_OTHER_V0")],
  ["an unknown kind", (g) => (g.nodes[0].kind = "script")],
  ["an unknown member", (g) => (g.nodes[0].run = "rm")],
  ["a missing member", (g) => delete g.nodes[0].input],
  ["a fractional number", (g) => (g.nodes[0].edges[0].to = 1.5)],
  ["a negative number", (g) => (g.start = -1)],
  ["a binding of two kinds", (g) => (g.nodes[0].input = { literal: 1, read: [0] })],
  ["a drawing without a node", (g) => g.drawing.nodes.pop()],
  ["a drawing without an edge", (g) => g.drawing.edges.pop()],
  ["a line that is no curve", (g) => g.drawing.edges[0].points.pop()],
  ["a line between other nodes", (g) => (g.drawing.edges[0].from = 1)],
  ["a name that leaves the folder", (g) => (g.nodes[0].name = "../x")],
];

test("a graph of a compiler that knew no cancelling is taken", () => {
  const older = graphWith((graph) => {
    const at = graph.nodes.findIndex((one: Forged) => one.name === "on_cancel");
    const drop = (edges: Forged[]): Forged[] => edges.filter(({ to }) => to !== at);
    const moved = (edge: Forged) => (edge.to > at ? { ...edge, to: edge.to - 1 } : edge);
    for (const one of graph.nodes) one.edges = drop(one.edges).map(moved);
    graph.nodes.splice(at, 1);
    graph.drawing.nodes.splice(at, 1);
    graph.drawing.edges = drop(graph.drawing.edges).map(moved);
  });
  expect(refusedAt(older)).toBeUndefined();
});

test.each(FORGERIES)("%s is refused, though every digest holds", (_, forge) => {
  expect(refusedAt(graphWith(forge))).toBeDefined();
});

/** The graph with its registration made a call to the outside, of which `change` makes another. */
function outsideWith(change: (node: Forged, graph: Forged) => void = () => {}): Json {
  return graphWith((graph) => {
    const at = graph.nodes.findIndex((one: Forged) => one.name === "register");
    const { semantics: _semantics, store: _store, ...rest } = graph.nodes[at];
    const last = graph.nodes.length - 1;
    const edges = [...rest.edges, { outcome: "TIMEOUT", to: last, engine: true }];
    const outside = { implementation: "call", settings: {}, repeat: "safe", timeoutMs: 10_000 };
    graph.nodes[at] = { ...rest, kind: "external", ...outside, edges };
    const line = graph.drawing.edges.find((one: Forged) => one.from === at && one.to === last);
    line.outcomes.push("TIMEOUT");
    change(graph.nodes[at], graph);
  });
}

test("a graph that calls the outside is taken", () => {
  expect(refusedAt(outsideWith())).toBeUndefined();
  const settings = { hosts: ["example.org"], deep: [{ port: 443 }] };
  expect(refusedAt(outsideWith((one) => (one.settings = settings)))).toBeUndefined();
});

const outcomesOf = (one: Forged): string[] => one.edges.map((edge: Forged) => edge.outcome);
const dropEdge = (one: Forged, graph: Forged, outcome: string): void => {
  one.edges.splice(outcomesOf(one).indexOf(outcome), 1);
  for (const line of graph.drawing.edges) {
    line.outcomes = line.outcomes.filter(
      (known: string) => known !== outcome || graph.nodes[line.from] !== one,
    );
  }
};
const renamed = (one: Forged, graph: Forged, [from, to]: readonly [string, string]): void => {
  const at = graph.nodes.indexOf(one);
  one.edges.find((edge: Forged) => edge.outcome === from).outcome = to;
  for (const line of graph.drawing.edges) {
    if (line.from !== at) continue;
    line.outcomes = line.outcomes.map((known: string) => (known === from ? to : known));
  }
};

const OUTSIDE: readonly [law: string, forge: (node: Forged, graph: Forged) => void][] = [
  ["an unsafe call that may time out", (n) => (n.repeat = "unsafe")],
  ["a safe call that may be in doubt", (n, g) => renamed(n, g, ["TIMEOUT", "IN_DOUBT"])],
  ["a call that always has an answer", (n, g) => dropEdge(n, g, "TIMEOUT")],
  ["a call whose input always fits", (n, g) => dropEdge(n, g, "VIOLATION")],
  ["a call whose answer always fits", (n, g) => dropEdge(n, g, "FAULT")],
  ["a call that leaves an outcome out", (n, g) => dropEdge(n, g, "SUCCESS")],
  ["a contract that declares the engine's outcome", (n) => (n.outcomes.TIMEOUT = 0)],
  ["a contract without outcomes", (n) => (n.outcomes = {})],
  ["a schema of an outcome that does not exist", (n) => (n.outcomes.SUCCESS = 99)],
  ["repetition that is neither safe nor unsafe", (n) => (n.repeat = "maybe")],
  ["no time", (n) => (n.timeoutMs = 0)],
  ["more time than any call has", (n) => (n.timeoutMs = 2 ** 31)],
  ["a fraction of a millisecond", (n) => (n.timeoutMs = 1.5)],
  ["settings that are no object", (n) => (n.settings = ["x"])],
  ["settings that hold no plain JSON", (n) => (n.settings = JSON.parse('{"a":{"__proto__":1}}'))],
  ["no implementation", (n) => delete n.implementation],
  ["a store beside the outside", (n) => (n.store = "example/actors")],
  ["an operation that is no name", (n) => (n.operation = "get it")],
];

test.each(OUTSIDE)("%s is refused, though every digest holds", (_, forge) => {
  expect(refusedAt(outsideWith(forge))).toBeDefined();
});

/** The sealed graph's text with the first literal in it replaced. */
function textWith(literal: string): string {
  const forged = graphWith((graph) => {
    graph.nodes[0].input = { literal: "HERE" };
  });
  return JSON.stringify(forged).replace('"HERE"', literal);
}

test("a graph nested beyond the limit is refused before anything walks down it", () => {
  const depth = 100_000;
  expect(refusedAt(textWith(`${"[".repeat(depth)}${"]".repeat(depth)}`))).toBe("");
  expect(refusedAt(textWith('"[[[[ \\" [[[["'))).toBeUndefined();
});

test.each([
  ["a key that reaches a prototype", '{"__proto__":{"x":1}}'],
  ["a number beyond double precision", "1e999"],
  ["a lone surrogate", '"\\ud800"'],
])("%s is refused inside a literal", (_, literal) => {
  expect(refusedAt(textWith(literal))).toBeDefined();
});

test("what is no JSON is refused, though its digest holds", () => {
  expect(refusedAt("{")).toBe("");
  expect(refusedAt("\u0000")).toBe("");
});

test("whatever number, text or list is put anywhere: opened or refused, nothing else", () => {
  const leaves: ((graph: Forged, value: Json) => void)[] = [];
  const walk = (value: Forged, path: string[]): void => {
    if (typeof value !== "object" || value === null) return;
    for (const key of Object.keys(value)) {
      const at = [...path, key];
      leaves.push((graph, put) => {
        const last = at.at(-1) ?? "";
        at.slice(0, -1).reduce((inner, step) => inner[step], graph)[last] = put;
      });
      walk(value[key], at);
    }
  };
  walk(
    graphWith(() => {}),
    [],
  );
  const anything = fc.oneof(fc.integer({ min: -2, max: 20 }), fc.jsonValue({ maxDepth: 2 }));
  fc.assert(
    fc.property(fc.nat(), anything, (which, value) => {
      const put = leaves[which % leaves.length];
      refusedAt(graphWith((graph) => put?.(graph, value as Json)));
    }),
    { numRuns: 1_000 },
  );
});
