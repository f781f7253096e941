/**
 * The graph of a second try: one compensation of a sealed graph, as an execution of its own. It is
 * made of the sealed one alone, always the same, so that whoever replays or verifies such an execution
 * makes it again; nothing in it is decided at run time.
 */

import { SAGA_RETRY_ACT } from "../../protocol/language/acts.ts";
import { sha256 } from "../../protocol/language/digest.ts";
import {
  type Binding,
  CANCELLED,
  type Drawing,
  type Edge,
  type EffectNode,
  type ExitNode,
  type ExternalNode,
  type Graph,
  type GraphNode,
  ON_CANCEL,
  PAYLOAD_SLOT,
} from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { deepFreeze, type Json, type JsonObject, member } from "../../protocol/language/json.ts";
import {
  COMPENSATED,
  type FullName,
  fullName,
  PARTLY_COMPENSATED,
  splitName,
} from "../../protocol/language/names.ts";
import type { OpenedBody } from "../../protocol/language/records.ts";
import type { Snapshot } from "../ports.ts";

/** What the idempotency keys of second tries begin with; no caller's may. */
export const UNDO_KEY = "undo/";

/** No authored artifact has this prefix: `shop::UN_BUY_V0_N3_V0` undoes by node 3 of `WF_BUY_V0`. */
const PREFIX = "UN_";
const CODE = /^UN_(.+)_N(0|[1-9][0-9]{0,5})_V0$/;

export function undoName(workflow: FullName, node: number): FullName {
  const split = splitName(workflow);
  invariant(split !== undefined, "a workflow has a full name");
  return fullName(split.domain, `${PREFIX}${split.code.slice(PREFIX.length)}_N${node}_V0`);
}

/** The workflow and the node that such a name says; undefined of every other name. */
export function undoneBy(
  name: string,
): { readonly workflow: FullName; readonly node: number } | undefined {
  const split = splitName(name);
  const [, rest, node] = (split && CODE.exec(split.code)) ?? [];
  if (split === undefined || rest === undefined) return undefined;
  return { workflow: fullName(split.domain, `WF_${rest}`), node: Number(node) };
}

/** The node by which a graph undoes what a node did, by that node's name in the graph. */
export function undoerOf(
  { nodes }: Graph,
  name: string,
): { readonly by: number; readonly done: readonly string[] } | undefined {
  const node = nodes.find((one) => one.name === name);
  const undone = node !== undefined && "undone" in node ? node.undone : undefined;
  return undone === undefined || undone.by === null ? undefined : undone;
}

const UNDONE = 1;
const STANDS = 2;
const UNKNOWN = 3;
const CANCEL = 4;
/** Of the compensation's own output. */
const SLOT = 2;

/** Undefined where that node undoes nothing. */
export function undoGraph(graph: Graph, at: number): Graph | undefined {
  const { nodes, workflow, schemas } = graph;
  const undoer = nodes[at];
  const undone = nodes.map((one) => ("undone" in one ? one.undone : undefined));
  const by = undone.find((one) => one !== undefined && one.by === at);
  if (undoer === undefined || by === undefined || by.by === null) return undefined;
  if (undoer.kind !== "effect" && undoer.kind !== "external") return undefined;
  const made = [undoerNode(undoer, by.done), ...exits(undoer.origin)];
  return deepFreeze({
    workflow: undoName(workflow, at),
    summary: `Tries \`${undoer.name}\` of \`${workflow}\` again.`,
    payload: schemas.length,
    sealPayload: undoer.sealInput.map(({ path, labels }) => ({ path: ["input", ...path], labels })),
    slots: SLOT + 1,
    start: 0,
    nodes: made,
    schemas: [...schemas, PAYLOAD],
    drawing: drawingOf(made),
  });
}

/** `of`: the execution that did what is undone here; `node`: what its records call that. */
const PAYLOAD = Object.freeze({
  type: "object",
  required: ["of", "node", "input"],
  additionalProperties: false,
  properties: {
    of: {
      type: "object",
      required: ["trace", "workflow", "intent", "principal", "identity"],
      additionalProperties: { type: "string" },
    },
    node: { type: "string" },
    input: {},
  },
});

/** What the keys of all tries begin with that undo the same. */
export function undoKey(trace: string, node: string): string {
  return `${UNDO_KEY}${sha256(`${trace} ${node}`)}/`;
}

/** Whether a second try, and nothing else, is of such a graph and under the key of what it undoes. */
export function isUndoKept({
  intent,
  workflow,
  idempotency_key: key,
  payload,
}: Pick<OpenedBody, "intent" | "workflow" | "idempotency_key" | "payload">): boolean {
  const isRetry = intent === SAGA_RETRY_ACT.type;
  const isKeyed = key?.startsWith(UNDO_KEY) ?? false;
  if (!isRetry) return !isKeyed && !workflow.includes(`::${PREFIX}`);
  const trace = member(member(payload, "of") ?? null, "trace");
  const own = undoKey(String(trace), String(member(payload, "node")));
  return undoneBy(workflow) !== undefined && key?.startsWith(own) === true;
}

/** What policies see of a second try: the execution that it is of, and whether it was the asker's. */
export function retryContext(
  payload: Json,
  {
    principal,
    caller,
  }: { readonly principal: string; readonly caller: { readonly identity: string } },
): JsonObject {
  const of = member(payload, "of") ?? null;
  const [workflow, intent, who, identity] = ["workflow", "intent", "principal", "identity"].map(
    (name) => String(member(of, name) ?? ""),
  );
  const own = who === principal && identity === caller.identity;
  return { workflow: workflow ?? "", intent: intent ?? "", own };
}

const INPUT: Binding = Object.freeze({ read: [PAYLOAD_SLOT, "input"] as const });

function undoerNode(
  node: EffectNode | ExternalNode,
  done: readonly string[],
): EffectNode | ExternalNode {
  const declared = Object.keys(node.outcomes).map((outcome): Edge => {
    return { outcome, to: done.includes(outcome) ? UNDONE : STANDS };
  });
  const engine: [string, number][] = [
    ["VIOLATION", STANDS],
    // An answer that is none of those that are declared may tell of anything.
    ["FAULT", node.kind === "external" ? UNKNOWN : STANDS],
    ...(node.kind === "external"
      ? [[node.repeat === "safe" ? "TIMEOUT" : "IN_DOUBT", UNKNOWN] as [string, number]]
      : []),
    [CANCELLED, CANCEL],
  ];
  const edges = [
    ...declared,
    ...engine.map(([outcome, to]): Edge => ({ outcome, to, engine: true })),
  ];
  return { ...node, edges, input: INPUT, slot: SLOT };
}

function exits(origin: GraphNode["origin"]): readonly ExitNode[] {
  const exit = (name: string, outcome: string, fault = false): ExitNode => ({
    kind: "exit",
    name,
    edges: [],
    origin,
    outcome,
    result: { literal: null },
    seal: [],
    fault,
  });
  return [
    exit("undone", COMPENSATED),
    exit("on_fault", PARTLY_COMPENSATED, true),
    exit("unknown", "IN_DOUBT"),
    { ...exit(ON_CANCEL, CANCELLED), cancel: true },
  ];
}

const BOX = Object.freeze({ w: 168, h: 48 });
const GAP = 72;

/** The compensation above, its ends in a row below. */
function drawingOf([undoer, ...ends]: readonly GraphNode[]): Drawing {
  invariant(undoer !== undefined, "there is something that undoes");
  const width = ends.length * (BOX.w + GAP);
  const top = { x: width / 2, y: GAP, ...BOX };
  const below = ends.map((_, at) => ({ x: (at + 0.5) * (BOX.w + GAP), y: 3 * GAP, ...BOX }));
  const edges = ends.map((_, at) => {
    const outcomes = undoer.edges.filter(({ to }) => to === at + 1).map(({ outcome }) => outcome);
    const end = below[at] ?? top;
    const [from, to] = [top.y + BOX.h / 2, end.y - BOX.h / 2];
    const middle = (from + to) / 2;
    const points: [number, number][] = [
      [top.x, from],
      [top.x, middle],
      [end.x, middle],
      [end.x, to],
    ];
    const label: [number, number] = [(top.x + end.x) / 2, middle];
    return { from: 0, outcomes, to: at + 1, points, label };
  });
  const drawn = edges.filter(({ outcomes }) => outcomes.length > 0);
  return { width, height: 4 * GAP, nodes: [top, ...below], edges: drawn };
}

/** The graph of a name: one that was sealed, or one of a second try; undefined of any other. */
export function graphNamed(
  { workflows, graph }: Pick<Snapshot, "workflows" | "graph">,
  workflow: FullName,
): Graph | undefined {
  if (workflows.includes(workflow)) return graph(workflow);
  const undoes = undoneBy(workflow);
  if (undoes === undefined || !workflows.includes(undoes.workflow)) return undefined;
  return undoGraph(graph(undoes.workflow), undoes.node);
}
