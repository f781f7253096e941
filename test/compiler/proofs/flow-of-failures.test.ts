/**
 * What shows only in the engine's own outcomes: values that do not fit, calls that nobody answers,
 * items that fail, what is undone. Two runs that differ in one field differ only where it was said.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { flowsOf } from "../../../compiler/proofs/flow.ts";
import type { Binding, Graph, GraphNode } from "../../../protocol/language/graph.ts";
import type { Json } from "../../../protocol/language/json.ts";

type Seen = ReadonlyMap<number, string>;

function bind(binding: Binding, slots: readonly Json[]): Json {
  if ("literal" in binding) return binding.literal;
  if ("object" in binding) {
    return Object.fromEntries(binding.object.map(([key, inner]) => [key, bind(inner, slots)]));
  }
  if (!("read" in binding)) throw new Error("no such binding here");
  const [slot, ...steps] = binding.read;
  return steps.reduce<Json>(
    (value, step) => (value as Record<string, Json> | undefined)?.[step] ?? 0,
    slots[slot] ?? {},
  );
}

/** The sum of all numbers in a value: what all of these nodes go by. */
function sum(value: Json): number {
  if (typeof value === "number") return value;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((all, one) => all + sum(one), 0);
}

/** What a run shows: what stores, the outside and the end were given, and what was undone. */
function seenIn({ nodes, start }: Graph, payload: Json): Seen {
  const slots: Json[] = [payload];
  const seen = new Map<number, string>();
  const done: number[] = [];
  for (let at = start; ; ) {
    const node = nodes[at] as GraphNode;
    if (node.kind === "exit") {
      seen.set(at, JSON.stringify([node.outcome, bind(node.result, slots)]));
      return seen;
    }
    let outcome = "A";
    if (node.kind === "undo") {
      const by = done.reverse().map((index) => nodes[index] as GraphNode);
      const undone = by.map((one) => ("undone" in one ? (one.undone?.by ?? null) : null));
      for (const index of undone) {
        if (index !== null) seen.set(index, JSON.stringify(bind(inputOf(nodes[index]), slots)));
      }
      outcome = undone.includes(null) ? "PARTLY_COMPENSATED" : "COMPENSATED";
      slots[node.slot] = { is: undone.length };
    } else {
      const input = bind(inputOf(node), slots);
      const isUnfit = "check" in node && node.check !== null && sum(input) % 4 === 3;
      const given = node.kind === "effect" ? sum((input as { key: Json }).key) : sum(input);
      if (isUnfit) outcome = "VIOLATION";
      else if (node.kind === "external") outcome = ["A", "B", "TIMEOUT"][given % 3] ?? "A";
      else outcome = given % 2 === 0 ? "A" : "B";
      const isAsked = node.kind === "effect" || node.kind === "external";
      if (isAsked && !isUnfit) seen.set(at, JSON.stringify(input));
      if ("undone" in node && node.undone?.after.includes(outcome) === true) done.push(at);
      if ("slot" in node) slots[node.slot] = isUnfit ? {} : { is: given };
    }
    const edge = node.edges.find((one) => one.outcome === outcome);
    if (edge === undefined) throw new Error(`no way out of \`${node.name}\` by ${outcome}`);
    at = edge.to;
  }
}

function inputOf(node: GraphNode | undefined): Binding {
  return node !== undefined && "input" in node ? node.input : { literal: null };
}

/** Nodes in a row that lead to later ones, to two exits, or to `on_fault`, which may undo. */
function drawn(pick: (below: number) => number): Graph {
  const count = 3 + pick(4);
  const nodes: Record<string, unknown>[] = [];
  const extra: Record<string, unknown>[] = [];
  const written: number[] = [];
  const ends = { done: count, other: count + 1, fault: count + 2 };
  const undoes = pick(2) === 0;
  const firstExtra = count + (undoes ? 5 : 3);
  const value = (): Binding => {
    const how = pick(4);
    if (how === 1) return { literal: pick(3) };
    const slot = written[pick(Math.max(1, written.length))];
    if (how === 0 && slot !== undefined) return { read: [slot, "is"] };
    return { read: [0, pick(2) === 0 ? "secret" : "open"] };
  };
  const named = (name: string) => ({ name, origin: { workflow: "a::B", node: name } });
  for (let at = 0; at < count; at += 1) {
    const kind = (["decide", "effect", "transform", "external"] as const)[pick(4)];
    const to = () => at + 1 + pick(Math.min(3, count + 2 - at - 1));
    const engine = (outcome: string) => ({
      ...{ outcome, engine: true },
      to: pick(3) === 0 ? to() : ends.fault,
    });
    const checked = kind !== "decide" && pick(3) === 0;
    const edges = [
      { outcome: "A", to: to() },
      { outcome: "B", to: to() },
      ...(checked ? [engine("VIOLATION")] : []),
      ...(kind === "external" ? [engine("TIMEOUT")] : []),
    ];
    const common = {
      ...named(`n${at}`),
      kind,
      edges,
      slot: at + 1,
      seal: {},
      outcomes: { A: 0, B: 0 },
    };
    const check = checked ? 0 : null;
    const object = (...members: readonly string[]) => ({
      object: members.map((member) => [member, value()] as const),
    });
    if (kind === "decide") nodes.push({ ...common, input: object("x") });
    else if (kind === "transform") {
      nodes.push({ ...common, check, input: object("x", "y"), capability: "a::C" });
    } else {
      const how = pick(3);
      const after = ["A", "TIMEOUT"].slice(0, 1 + pick(2));
      const by = firstExtra + extra.length;
      const undone = how === 0 ? {} : { undone: { by: how === 1 ? null : by, after, done: ["A"] } };
      const input = kind === "effect" ? object("key", "value") : object("x");
      nodes.push({
        ...common,
        check,
        input,
        store: "a/b",
        effect: "a::E",
        sealInput: [],
        ...undone,
      });
      if (how === 2) {
        const undoing = { kind: "effect", store: "a/b", check: null, sealInput: [], seal: {} };
        const given = { object: [["key", { read: [0, pick(2) === 0 ? "secret" : "open"] }]] };
        extra.push({
          ...named(`n${at}/compensate`),
          ...undoing,
          edges: [],
          slot: count + 2,
          input: given,
        });
      }
    }
    if (kind !== "decide") written.push(at + 1);
  }
  const exit = (name: string, outcome: string, result: Binding) => ({
    ...{ ...named(name), kind: "exit", outcome, edges: [], result, seal: [], fault: false },
  });
  nodes.push(exit("done", "DONE", { object: [["x", { read: [0, "open"] }]] }));
  nodes.push(exit("other", "OTHER", { literal: 1 }));
  if (undoes) {
    const edges = [
      { outcome: "COMPENSATED", to: count + 3 },
      { outcome: "PARTLY_COMPENSATED", to: count + 4 },
    ];
    nodes.push({ ...named("on_fault"), kind: "undo", within: "", slot: count + 1, edges });
    const told: Binding = { read: [count + 1, "is"] };
    nodes.push(exit("on_fault/compensated", "COMPENSATED", told));
    nodes.push(exit("on_fault/stands", "PARTLY_COMPENSATED", told));
  } else nodes.push(exit("on_fault", "FAULTED", { literal: null }));
  const properties = { secret: { type: "integer" }, open: { type: "integer" } };
  return {
    ...{ workflow: "a::B", start: 0, slots: count + 3, sealPayload: [], payload: 1 },
    nodes: [...nodes, ...extra],
    schemas: [
      { type: "object", required: ["is"], properties: { is: { type: "integer" } } },
      { type: "object", required: ["secret", "open"], properties },
    ],
  } as unknown as Graph;
}

/** Whether some path reads what it never wrote: the compiler lets no such graph by. */
function readsUnwritten({ nodes }: Graph): boolean {
  const sure: (ReadonlySet<number> | null)[] = nodes.map(() => null);
  sure[0] = new Set([0]);
  return nodes.some((node, index) => {
    const here = sure[index];
    if (here == null) return false;
    const binding = node.kind === "exit" ? node.result : inputOf(node);
    const read = [...JSON.stringify(binding).matchAll(/"read":\[([0-9]+)/g)];
    for (const { outcome, to } of node.edges) {
      const writes = "slot" in node && outcome !== "VIOLATION";
      const after = writes ? new Set([...here, node.slot]) : here;
      const known = sure[to];
      sure[to] = known == null ? after : new Set([...known].filter((slot) => after.has(slot)));
    }
    return read.some((match) => !here.has(Number(match[1])));
  });
}

const graphs = fc.array(fc.nat(1_000), { minLength: 90, maxLength: 90 }).map((choices) => {
  let at = 0;
  return drawn((below) => (choices[at++ % choices.length] ?? 0) % below);
});

test("what differs between two runs that differ in one field, the flows of that field said", () => {
  const told = { flows: 0, none: 0, differs: 0 };
  const numbers = fc.record({ open: fc.nat(5), one: fc.nat(5), other: fc.nat(5) });
  fc.assert(
    fc.property(graphs, numbers, (graph, { open, one, other }) => {
      if (readsUnwritten(graph)) return;
      const source = { name: "$.payload.secret", slot: 0, path: ["secret"], labels: [] };
      const { at } = flowsOf(graph, [source]);
      const [first, second] = [one, other].map((secret) => seenIn(graph, { secret, open }));
      graph.nodes.forEach((node, index) => {
        if (!["effect", "external", "exit"].includes(node.kind)) return;
        const isTold = at.some((flow) => flow.node === index);
        told[isTold ? "flows" : "none"] += 1;
        if (first?.get(index) === second?.get(index)) return;
        told.differs += 1;
        expect(isTold, `${node.name} differs`).toBe(true);
      });
    }),
    { numRuns: 10_000 },
  );
  expect(Math.min(told.flows, told.none, told.differs)).toBeGreaterThan(1_000);
});

const node = (name: string, more: object) => ({
  ...{ name, origin: { workflow: "a::B", node: name }, seal: {}, check: null, ...more },
});
const SCHEMAS = [true, { type: "object", required: ["secret"], properties: { secret: true } }];
const store = (name: string, slot: number, to: number) =>
  node(name, {
    ...{ kind: "effect", slot, store: "a/b", sealInput: [], outcomes: { A: 0 } },
    ...{ input: { object: [] }, edges: [{ outcome: "A", to }] },
  });
const graphOf = (nodes: readonly object[]) =>
  ({
    ...{ workflow: "a::B", start: 0, slots: 9, payload: 1, schemas: SCHEMAS, nodes },
    sealPayload: [{ path: ["secret"], labels: ["secret"] }],
  }) as unknown as Graph;
const toldIn = (graph: Graph) =>
  flowsOf(graph).at.map(({ node: at, implicit }) => [graph.nodes[at]?.name, implicit]);

test("that items failed tells of what they were refused for", () => {
  const edges = [
    { outcome: "SUCCESS", to: 2 },
    { outcome: "PARTIAL", to: 1 },
  ];
  const map = {
    items: { literal: [1, 2] },
    item: 3,
    body: 3,
    max: 2,
    concurrency: 1,
    succeed: ["A"],
  };
  const input = { object: [["x", { read: [0, "secret"] }]] };
  const inside = [
    { outcome: "ENTERED", to: 4 },
    { outcome: "VIOLATION", to: 5, engine: true },
  ];
  const join = { kind: "join", edges: [], result: { literal: 1 }, fault: false };
  const graph = graphOf([
    node("each", { kind: "map", slot: 2, threshold: 0.5, collect: false, ...map, edges }),
    store("only_in_part", 4, 2),
    node("done", { kind: "exit", outcome: "DONE", edges: [], result: { literal: 1 } }),
    node("each/on_item", { kind: "enter", slot: 5, input, check: 0, edges: inside }),
    node("each/done", { ...join, outcome: "A" }),
    node("each/on_fault", { ...join, outcome: "FAULT", fault: true }),
  ]);
  expect(toldIn(graph)).toContainEqual(["only_in_part", true]);
  expect(toldIn(graph)).not.toContainEqual(["done", true]);
});

test("what a defect leads to tells on which side of a decision it stood, and of nothing else", () => {
  const sort = node("sort", {
    ...{ kind: "decide", input: { read: [0, "secret"] } },
    edges: [
      { outcome: "A", to: 1 },
      { outcome: "B", to: 3 },
    ],
  });
  const make = node("make", {
    ...{ kind: "transform", slot: 2, capability: "a::C", outcomes: { A: 0 } },
    input: { literal: 1 },
    edges: [
      { outcome: "A", to: 3 },
      { outcome: "FAULT", to: 4, engine: true },
    ],
  });
  const end = (name: string, fault: boolean) =>
    node(name, { kind: "exit", outcome: name, edges: [], result: { literal: 1 }, fault });
  const graph = graphOf([
    sort,
    make,
    store("unused", 3, 3),
    store("always", 4, 5),
    end("on_fault", true),
    end("done", false),
  ]);
  const told = toldIn(graph);
  expect(told).toContainEqual(["on_fault", true]);
  expect(told).not.toContainEqual(["always", true]);
});
