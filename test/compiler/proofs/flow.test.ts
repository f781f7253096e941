import fc from "fast-check";
import { expect, test } from "vitest";
import { flowsOf } from "../../../compiler/proofs/flow.ts";
import { tellFlows } from "../../../compiler/proofs/told-flows.ts";
import type { Binding, Graph, GraphNode } from "../../../protocol/language/graph.ts";
import type { Json } from "../../../protocol/language/json.ts";

/** What a run shows: by node that stores something or ends it, what it was given. */
type Seen = ReadonlyMap<number, string>;

function bind(binding: Binding, slots: readonly Json[]): Json {
  if ("literal" in binding) return binding.literal;
  if ("object" in binding) {
    return Object.fromEntries(binding.object.map(([key, inner]) => [key, bind(inner, slots)]));
  }
  if ("array" in binding) return binding.array.map((inner) => bind(inner, slots));
  if ("query" in binding) throw new Error("no such binding here");
  const [slot, ...steps] = binding.read;
  return steps.reduce<Json>(
    (value, step) => (value as Record<string, Json> | undefined)?.[step] ?? 0,
    slots[slot] ?? {},
  );
}

/** The sum of all numbers in a value: what the transforms of these graphs give. */
function sum(value: Json): number {
  if (typeof value === "number") return value;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((all, one) => all + sum(one), 0);
}

function seenIn({ nodes, start }: Graph, payload: Json): Seen {
  const slots: Json[] = [payload];
  const seen = new Map<number, string>();
  let at = start;
  for (;;) {
    const node = nodes[at] as GraphNode;
    let outcome = "A";
    if (node.kind === "transform") {
      const given = sum(bind(node.input, slots));
      slots[node.slot] = { is: given };
      outcome = given % 2 === 0 ? "A" : "B";
    } else if (node.kind === "decide") {
      outcome = sum(bind(node.input, slots)) % 2 === 0 ? "A" : "B";
    } else if (node.kind === "effect") {
      const input = bind(node.input, slots) as { key: Json };
      seen.set(at, JSON.stringify(input));
      const echoed = sum(input.key);
      slots[node.slot] = { is: echoed };
      outcome = echoed % 2 === 0 ? "A" : "B";
    } else if (node.kind === "enter") {
      slots[node.slot] = bind(node.input, slots);
    } else if (node.kind === "leave") {
      slots[node.slot] = bind(node.result, slots);
    } else if (node.kind === "exit") {
      seen.set(at, JSON.stringify([node.outcome, bind(node.result, slots)]));
      return seen;
    }
    at = node.edges.find((edge) => edge.outcome === outcome)?.to ?? (node.edges[0]?.to as number);
  }
}

const PLACES = ["secret", "open"] as const;

/** Nodes in a row, each leading to any later one; some calls, whose ways out meet again. */
function drawn(pick: (below: number) => number): Graph {
  const count = 3 + pick(5);
  const nodes: Record<string, unknown>[] = [];
  const written: number[] = [];
  const value = (): Binding => {
    const how = pick(4);
    const slot = written[pick(Math.max(1, written.length))];
    if (how === 0 && slot !== undefined) return { read: [slot, "is"] };
    if (how === 1) return { literal: pick(2) };
    return { read: [0, PLACES[pick(2)] ?? "open"] };
  };
  const edges = (at: number) => {
    const to = () => at + 1 + pick(Math.min(3, count + 2 - at - 1));
    return [
      { outcome: "A", to: to() },
      { outcome: "B", to: to() },
    ];
  };
  for (let at = 0; at < count; at += 1) {
    const slot = at + 1;
    const node = {
      name: `n${at}`,
      origin: { workflow: "a::B", node: `n${at}` },
      edges: edges(at),
      slot,
      seal: {},
    };
    const kind = pick(4);
    if (kind === 0) nodes.push({ ...node, kind: "decide", input: { object: [["x", value()]] } });
    else if (kind === 1) {
      const input = {
        object: [
          ["key", value()],
          ["value", { object: [["x", value()]] }],
        ],
      };
      nodes.push({ ...node, kind: "effect", store: "a/b", sealInput: [], input });
      written.push(slot);
    } else {
      nodes.push({
        ...node,
        kind: "transform",
        input: {
          object: [
            ["x", value()],
            ["y", value()],
          ],
        },
        capability: "a::C",
      });
      written.push(slot);
    }
  }
  for (const [at, outcome] of [
    [count, "DONE"],
    [count + 1, "OTHER"],
  ] as const) {
    nodes.push({
      name: `e${at}`,
      kind: "exit",
      outcome,
      edges: [],
      result: { object: [["x", value()]] },
      seal: [],
      origin: { workflow: "a::B", node: "e" },
    });
  }
  return {
    workflow: "a::B",
    start: 0,
    nodes,
    slots: count + 1,
    sealPayload: [],
  } as unknown as Graph;
}

const graphs = fc.array(fc.nat(1_000), { minLength: 60, maxLength: 60 }).map((choices) => {
  let at = 0;
  return drawn((below) => (choices[at++ % choices.length] ?? 0) % below);
});

test("what differs between two payloads that differ in one field, the flows of that field said", () => {
  const told = { flows: 0, none: 0, differs: 0 };
  fc.assert(
    fc.property(graphs, fc.nat(3), fc.nat(3), fc.nat(3), (graph, open, one, other) => {
      if (readsUnwritten(graph)) return;
      const source = { name: "$.payload.secret", slot: 0, path: ["secret"], labels: [] };
      const { at } = flowsOf(graph, [source]);
      const [first, second] = [one, other].map((secret) => seenIn(graph, { secret, open }));
      graph.nodes.forEach((node, index) => {
        if (node.kind !== "effect" && node.kind !== "exit") return;
        const isTold = at.some((flow) => flow.node === index);
        told[isTold ? "flows" : "none"] += 1;
        if (first?.get(index) === second?.get(index)) return;
        told.differs += 1;
        expect(isTold, `${node.name} differs`).toBe(true);
      });
    }),
    { numRuns: 4_000 },
  );
  expect(Math.min(told.flows, told.none, told.differs)).toBeGreaterThan(500);
});

/** Whether some path reads what it never wrote: the compiler lets no such graph by. */
function readsUnwritten({ nodes }: Graph): boolean {
  const sure: (ReadonlySet<number> | null)[] = nodes.map(() => null);
  sure[0] = new Set([0]);
  return nodes.some((node, index) => {
    const here = sure[index];
    if (here == null) return false;
    const binding =
      "input" in node ? node.input : "result" in node ? node.result : { literal: null };
    const text = JSON.stringify(binding);
    const wrong = [...text.matchAll(/"read":\[([0-9]+)/g)].some(
      (match) => !here.has(Number(match[1])),
    );
    const after =
      "slot" in node && node.kind !== ("decide" as string) ? new Set([...here, node.slot]) : here;
    for (const { to } of node.edges) {
      const known = sure[to];
      sure[to] = known == null ? after : new Set([...known].filter((slot) => after.has(slot)));
    }
    return wrong;
  });
}

test("a decision tells of what it looked at until its ways come together again", () => {
  const node = (name: string, more: object) => ({
    name,
    origin: { workflow: "a::B", node: name },
    ...more,
  });
  const write = (name: string, to: number) =>
    node(name, {
      kind: "effect",
      slot: 2,
      store: "a/b",
      seal: {},
      sealInput: [],
      edges: [{ outcome: "A", to }],
      input: { object: [] },
    });
  const graph = {
    workflow: "a::B",
    start: 0,
    slots: 3,
    sealPayload: [{ path: ["secret"], labels: ["secret"] }],
    nodes: [
      node("sort", {
        kind: "decide",
        input: { read: [0, "secret"] },
        edges: [
          { outcome: "A", to: 1 },
          { outcome: "B", to: 2 },
        ],
      }),
      write("only_here", 2),
      write("always", 3),
      node("done", { kind: "exit", outcome: "DONE", edges: [], result: { literal: 1 }, seal: [] }),
    ],
  } as unknown as Graph;
  expect(tellFlows(graph)).toEqual([
    {
      source: "$.payload.secret",
      labels: ["secret"],
      ends: [{ kind: "store", to: "a/b", node: "only_here", explicit: false, implicit: true }],
      decides: ["sort"],
      declassified: [],
    },
  ]);
});
