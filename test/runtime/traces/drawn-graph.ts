/**
 * Graphs for the tests of pictures and traces, written in a few words and laid out by graphviz. It
 * must never be used to judge the compiler's own drawings: those have tests of their own.
 */
import { Graphviz } from "@hpcc-js/wasm-graphviz";
import {
  CAPITAL_WIDTH,
  captionOf,
  NODE_HEIGHT,
  NODE_PADDING,
  SUBTITLE_SIZE,
  TITLE_SIZE,
} from "../../../protocol/language/drawing.ts";
import type { Drawing, Edge, Graph, GraphNode } from "../../../protocol/language/graph.ts";
import { type FullName, isEngineOutcome } from "../../../protocol/language/names.ts";

/** `transform CT_X_V0`, `effect CS_X_V0.REGISTER`, `safe CS_X_V0.SEND`, `unsafe …`, `decide`, `enter`, `leave OUTCOME`, `exit OUTCOME`. */
export type Sketch = Readonly<
  Record<string, readonly [what: string, on?: Readonly<Record<string, string>>]>
>;

const WORKFLOW: FullName = "example::WF_EXAMPLE_V0";

/** The graph of a sketch; its first node is the start, and `on_fault` is added. */
export async function drawnGraph(sketch: Sketch, workflow: FullName = WORKFLOW): Promise<Graph> {
  const names = [...Object.keys(sketch), "on_fault"];
  const nodes = names.map((name) => nodeOf(name, sketch, names, workflow));
  return {
    workflow,
    summary: "An example.",
    payload: 0,
    sealPayload: [],
    slots: nodes.length + 2,
    start: 0,
    nodes,
    schemas: [true],
    drawing: await layOut(nodes),
  };
}

/** The engine's outcomes that a node has, whether or not its sketch routes them. */
const FAULTS: Readonly<Record<string, readonly string[]>> = {
  transform: ["VIOLATION", "FAULT"],
  effect: ["VIOLATION", "FAULT"],
  safe: ["VIOLATION", "FAULT", "TIMEOUT"],
  unsafe: ["VIOLATION", "FAULT", "IN_DOUBT"],
};

function nodeOf(
  name: string,
  sketch: Sketch,
  names: readonly string[],
  workflow: FullName,
): GraphNode {
  const [what, on = {}] = sketch[name] ?? ["exit FAULTED"];
  const [kind = "", detail = ""] = what.split(" ");
  const edges: Edge[] = Object.entries(on).map(([outcome, to]) => ({
    outcome,
    to: names.indexOf(to),
    ...(isEngineOutcome(outcome) ? { engine: true as const } : {}),
  }));
  for (const outcome of FAULTS[kind] ?? []) {
    if (!(outcome in on)) edges.push({ outcome, to: names.indexOf("on_fault"), engine: true });
  }
  const common = { name, edges, origin: { workflow, node: name }, slot: names.indexOf(name) + 2 };
  const nothing = { literal: null };
  const outcomes = Object.fromEntries(Object.keys(on).map((outcome) => [outcome, 0]));
  switch (kind) {
    case "transform":
      return {
        ...common,
        kind,
        capability: `platform::${detail}`,
        implementation: "identity",
        input: nothing,
        check: null,
        outcomes,
        seal: {},
        confidential: false,
      };
    case "effect": {
      const [code = "", operation = ""] = detail.split(".");
      const store = `example/${code.slice(3, -3).toLowerCase()}`;
      const semantics = operation === "APPEND" || operation === "READ" ? "stream" : "registry";
      const effect: FullName = `example::${code}`;
      return {
        ...common,
        kind,
        effect,
        semantics,
        store,
        operation,
        input: nothing,
        check: null,
        outcomes,
        sealInput: [],
        seal: {},
      };
    }
    case "safe":
    case "unsafe": {
      const [code = "", operation = ""] = detail.split(".");
      return {
        ...common,
        kind: "external",
        effect: `example::${code}`,
        operation,
        implementation: "call",
        settings: {},
        repeat: kind,
        timeoutMs: 1_000,
        input: nothing,
        check: null,
        outcomes: Object.fromEntries(
          Object.entries(outcomes).filter(([one]) => !isEngineOutcome(one)),
        ),
        sealInput: [],
        seal: {},
      };
    }
    case "decide":
      return { ...common, kind, input: nothing, rows: [], otherwise: Object.keys(on)[0] ?? "" };
    case "enter":
      return { ...common, kind, workflow, input: nothing, check: null, seal: [] };
    case "leave":
      return { ...common, kind, outcome: detail, result: nothing, seal: [] };
    default:
      return {
        ...common,
        kind: "exit",
        outcome: detail,
        result: nothing,
        seal: [],
        fault: name === "on_fault",
      };
  }
}

const POINTS_PER_INCH = 72;

/** A drawing of nodes; lines from forks to what they begin are drawn, too. */
export async function layOut(nodes: readonly GraphNode[]): Promise<Drawing> {
  const graphviz = await Graphviz.load();
  const lines = nodes.map((node, index) => {
    const { title, subtitle } = captionOf(node);
    const text = Math.max(title.length * TITLE_SIZE, subtitle.length * SUBTITLE_SIZE);
    const width = (text * CAPITAL_WIDTH + 2 * NODE_PADDING) / POINTS_PER_INCH;
    return `${index} [shape=box fixedsize=true width=${width} height=${NODE_HEIGHT / POINTS_PER_INCH}]`;
  });
  const pairs = new Map<string, Pair>();
  for (const [from, node] of nodes.entries()) {
    for (const { outcome, to } of node.edges) {
      const pair = pairs.get(`${from} ${to}`) ?? { from, to, outcomes: [] };
      pair.outcomes.push(outcome);
      pairs.set(`${from} ${to}`, pair);
    }
  }
  for (const [from, node] of nodes.entries()) {
    if (node.kind !== "map") continue;
    pairs.set(`${from} ${node.body}`, { from, to: node.body, outcomes: [], says: "each" });
  }
  for (const { from, to, outcomes } of pairs.values()) {
    lines.push(`${from} -> ${to} [label="${outcomes.join("\\n")}" weight=${outcomes.length}]`);
  }
  const dot = `digraph { rankdir=TB; nodesep=0.35; ranksep=0.4; edge [fontsize=9]; ${lines.join("; ")} }`;
  const laid = JSON.parse(graphviz.layout(dot, "json", "dot")) as Laid;
  const [, , width, height] = laid.bb.split(",").map(Number) as [number, number, number, number];
  const at = (text: string): [number, number] => {
    const [x = 0, y = 0] = text.split(",").map(Number);
    return [x, height - y];
  };
  return {
    width,
    height,
    nodes: nodes.map((_, index) => {
      const object = laid.objects.find(({ name }) => name === String(index));
      const [x, y] = at(object?.pos ?? "0,0");
      const inches = [Number(object?.width), Number(object?.height)];
      return { x, y, w: (inches[0] ?? 1) * POINTS_PER_INCH, h: (inches[1] ?? 1) * POINTS_PER_INCH };
    }),
    edges: [...pairs.values()].map(({ from, to, outcomes, says }, index) => {
      const edge = (laid.edges ?? [])[index];
      const [, ...points] = (edge?.pos ?? "").split(" ");
      const line = { from, to, outcomes, points: points.map(at), label: at(edge?.lp ?? "0,0") };
      return says === undefined ? line : { ...line, says };
    }),
  };
}

interface Pair {
  readonly from: number;
  readonly to: number;
  readonly outcomes: string[];
  readonly says?: string;
}

interface Laid {
  readonly bb: string;
  readonly objects: readonly { name: string; pos: string; width: string; height: string }[];
  readonly edges?: readonly { pos: string; lp: string }[];
}
