import { expect, test } from "vitest";
import type { Typed } from "../../../compiler/model.ts";
import { lower } from "../../../compiler/passes/lower.ts";
import { proofs } from "../../../compiler/passes/proofs.ts";
import { prove } from "../../../compiler/passes/prove.ts";
import { routing } from "../../../compiler/passes/routing.ts";
import type { Drawing, Graph, GraphNode } from "../../../protocol/language/graph.ts";
import { graphForm } from "../../../runtime/snapshot/graph-form.ts";
import { brokenLaw } from "../../../runtime/snapshot/graph-laws.ts";
import { typedOf } from "../typecheck/typed-text.ts";
import { BANK, CALLER, CAREFUL, ORDER, SEATS, textOf } from "./order-text.ts";

/** The world of these texts through all passes, without a finding. */
function rightOf(text: string): Typed {
  const { value, diagnostics } = typedOf(text);
  const more = [routing(value), prove(value)].flatMap((passed) => passed.diagnostics);
  expect([...diagnostics, ...more].map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  return value;
}

async function graphsOf(text: string): Promise<readonly Graph[]> {
  const typed = rightOf(text);
  const graphs = (await lower(typed)).value;
  expect(proofs(graphs, typed).diagnostics.map(({ message }) => message)).toEqual([]);
  return graphs;
}

async function graphOf(workflow: string, ...texts: readonly string[]): Promise<Graph> {
  const graphs = await graphsOf(textOf(BANK, SEATS, ...texts));
  const graph = graphs.find((one) => one.workflow === `example::${workflow}`);
  if (graph === undefined) throw new Error(`no workflow ${workflow}`);
  return graph;
}

function nodeIn<K extends GraphNode["kind"]>(graph: Graph, name: string, kind: K) {
  const node = graph.nodes.find((one) => one.name === name);
  if (node?.kind !== kind) throw new Error(`no ${kind} \`${name}\``);
  return node as Extract<GraphNode, { kind: K }>;
}

function edgesOf({ nodes }: Graph, name: string): string[] {
  const node = nodes.find((one) => one.name === name);
  return (node?.edges ?? []).map(({ outcome, to, engine }) => {
    const mark = engine ? "!" : "";
    return `${outcome}${mark} ${nodes[to]?.name}`;
  });
}

const order = () => graphOf("WF_ORDER_V0", ORDER);
const careful = () => graphOf("WF_CAREFUL_V0", CAREFUL);
const caller = () => graphOf("WF_CALLER_V0", CAREFUL, CALLER);

test("a wait leads on by its signals and by its time, and cannot fail but for the time itself", async () => {
  const graph = await order();
  expect(edgesOf(graph, "agree")).toEqual([
    "APPROVE pay",
    "REJECT given_back",
    "TIMEOUT given_back",
    "VIOLATION! on_fault",
    "CANCELLED! on_cancel",
  ]);
  expect(edgesOf(graph, "cool")).toEqual(["ELAPSED look", "CANCELLED! on_cancel"]);
});

test("a wait holds its signals with what is sealed of them, and its limit", async () => {
  const graph = await order();
  const agree = nodeIn(graph, "agree", "await");
  expect(agree).toMatchObject({
    limit: { until: { read: [0, "due"] } },
    elapsed: "TIMEOUT",
    signals: [
      ["APPROVE", { people: 2, notRequester: true, seal: [{ path: ["note"], labels: ["pii"] }] }],
      ["REJECT", { people: 1, notRequester: false, seal: [] }],
    ],
  });
  const [, approve] = agree.signals[0] ?? [];
  expect(graph.schemas[approve?.payload ?? -1]).toMatchObject({ required: ["note"] });
  expect(nodeIn(graph, "cool", "await")).toMatchObject({
    limit: { afterMs: 36 * 3_600_000 },
    elapsed: "ELAPSED",
    signals: [],
  });
});

test("what a signal told is sealed where it is read", async () => {
  const graph = await order();
  const sold = nodeIn(graph, "sold", "exit");
  expect(sold.seal).toEqual([{ path: ["note"], labels: ["pii"] }]);
  const { slot } = nodeIn(graph, "agree", "await");
  expect(sold.result).toEqual({
    object: [
      ["by", { read: [slot, "principals"] }],
      ["note", { read: [slot, "payload", "note"] }],
    ],
  });
});

test("a call has its node's time limit and its tries, with every wait bounded", async () => {
  const graph = await order();
  expect(nodeIn(graph, "pay", "external")).toMatchObject({
    timeoutMs: 10_000,
    retry: {
      outcomes: ["UNREACHABLE"],
      attempts: 4,
      waitMs: 1_000,
      factor: 3,
      waitMaxMs: 9_000,
    },
  });
  expect(nodeIn(graph, "pay/compensate", "external")).toMatchObject({
    timeoutMs: 30_000,
    retry: { attempts: 9, waitMs: 60_000, factor: 1, waitMaxMs: 3_600_000 },
  });
});

test("a compensation stands right after its node, and no edge leads to it or from it", async () => {
  const graph = await order();
  for (const [name, after, done] of [
    ["take", ["SUCCESS"], ["SUCCESS", "NOT_FOUND"]],
    ["pay", ["DONE"], ["DONE"]],
  ] as const) {
    const index = graph.nodes.findIndex((node) => node.name === name);
    const by = graph.nodes[index + 1];
    expect(graph.nodes[index]).toMatchObject({ undone: { by: index + 1, after, done } });
    expect(by).toMatchObject({ name: `${name}/compensate`, edges: [], origin: { node: name } });
    const led = graph.nodes.flatMap(({ edges }) => edges.map(({ to }) => to));
    expect(led).not.toContain(index + 1);
  }
});

test("a compensation reads what its node gave, from the node's own slot", async () => {
  const graph = await order();
  const { slot } = nodeIn(graph, "pay", "external");
  const { input, slot: own } = nodeIn(graph, "pay/compensate", "external");
  expect(JSON.stringify(input)).toContain(JSON.stringify({ read: [slot, "receipt"] }));
  expect(own).not.toBe(slot);
});

test("an exit that compensates undoes, and then ends in one of two ways", async () => {
  const graph = await order();
  expect(nodeIn(graph, "given_back", "undo").within).toBe("");
  expect(edgesOf(graph, "given_back")).toEqual([
    "COMPENSATED given_back/compensated",
    "PARTLY_COMPENSATED given_back/stands",
  ]);
  const { slot } = nodeIn(graph, "given_back", "undo");
  for (const [name, outcome] of [
    ["given_back/compensated", "COMPENSATED"],
    ["given_back/stands", "PARTLY_COMPENSATED"],
  ] as const) {
    const end = nodeIn(graph, name, "exit");
    expect(end).toMatchObject({ outcome, fault: false, origin: { node: "given_back" } });
    expect(end.result).toEqual({
      object: [
        ["result", { object: [["seat", { read: [0, "seat"] }]] }],
        ["compensated", { read: [slot, "compensated"] }],
        ["stands", { read: [slot, "stands"] }],
      ],
    });
    expect(edgesOf(graph, name)).toEqual(["VIOLATION! on_fault"]);
  }
});

test("faults and cancelling undo where the workflow says so, and are told apart", async () => {
  const graph = await careful();
  const last = graph.nodes.slice(-6).map((node) => {
    const { name, kind } = node;
    const marks = node.kind === "exit" ? [node.outcome, node.fault, node.cancel ?? false] : [];
    return [name, kind, ...marks].join(" ");
  });
  expect(last).toEqual([
    "on_cancel undo",
    "on_cancel/compensated exit COMPENSATED false true",
    "on_cancel/stands exit PARTLY_COMPENSATED false true",
    "on_fault undo",
    "on_fault/compensated exit COMPENSATED true false",
    "on_fault/stands exit PARTLY_COMPENSATED true false",
  ]);
  expect(edgesOf(graph, "on_fault/stands")).toEqual([]);
  expect(edgesOf(graph, "on_cancel/stands")).toEqual([]);
});

test("a called workflow undoes its own, and its caller goes on with how that came out", async () => {
  const graph = await caller();
  expect(nodeIn(graph, "order/given_back", "undo").within).toBe("order/");
  expect(nodeIn(graph, "undone", "undo").within).toBe("");
  expect(nodeIn(graph, "order/given_back/stands", "leave").outcome).toBe("PARTLY_COMPENSATED");
  expect(edgesOf(graph, "order/given_back/compensated")).toEqual([
    "COMPENSATED nothing",
    "VIOLATION! order/on_fault",
  ]);
  expect(edgesOf(graph, "order/on_fault")).toEqual([
    "COMPENSATED order/on_fault/compensated",
    "PARTLY_COMPENSATED order/on_fault/stands",
  ]);
  expect(edgesOf(graph, "order/on_fault/stands")).toEqual([
    "FAULT! on_fault",
    "VIOLATION! on_fault",
  ]);
  const { slot } = nodeIn(graph, "order/given_back/stands", "leave");
  expect(nodeIn(graph, "something", "exit").result).toEqual({
    object: [["stands", { read: [slot, "stands"] }]],
  });
});

test("only the outermost workflow says what becomes of what is cancelled", async () => {
  const graph = await caller();
  expect(nodeIn(graph, "on_cancel", "exit").outcome).toBe("CANCELLED");
  expect(graph.nodes.some(({ name }) => name === "order/on_cancel")).toBe(false);
});

test("the runtime takes such graphs, and finds no law broken", async () => {
  for (const graph of [await order(), await careful(), await caller()]) {
    expect(graphForm(JSON.parse(JSON.stringify(graph)))).toBeUndefined();
    expect(brokenLaw(graph)).toBeUndefined();
  }
});

test("a drawing has room for what undoes: nothing overlaps, and it stands below the layout", async () => {
  for (const graph of [await order(), await careful(), await caller()]) {
    const { drawing, nodes } = graph;
    for (const [index, box] of drawing.nodes.entries()) {
      expect(box.x - box.w / 2).toBeGreaterThanOrEqual(-1);
      expect(box.x + box.w / 2).toBeLessThanOrEqual(drawing.width + 1);
      expect(box.y + box.h / 2).toBeLessThanOrEqual(drawing.height + 1);
      for (const other of drawing.nodes.slice(index + 1)) expect(overlap(box, other)).toBe(false);
    }
    const boxes = drawing.nodes.map((box, index) => ({ ...box, name: nodes[index]?.name ?? "" }));
    const undoing = boxes.filter(({ name }) => name.endsWith("/compensate"));
    const others = boxes.filter(({ name }) => !/compensate$|on_(fault|cancel)/.test(name));
    const lowest = Math.max(...others.map(({ y, h }) => y + h / 2));
    for (const { y, h } of undoing) expect(y - h / 2).toBeGreaterThan(lowest);
    const points = drawing.edges.flatMap((edge) => edge.points);
    for (const box of undoing) expect(points.some((point) => isIn(box, point))).toBe(false);
  }
});

function isIn({ x, y, w, h }: Box, [px, py]: readonly [x: number, y: number]): boolean {
  return Math.abs(px - x) < w / 2 && Math.abs(py - y) < h / 2;
}

type Box = Drawing["nodes"][number];

function overlap(a: Box, b: Box): boolean {
  return Math.abs(a.x - b.x) < (a.w + b.w) / 2 && Math.abs(a.y - b.y) < (a.h + b.h) / 2;
}
