/**
 * The laws of a sealed graph, beyond the form of its members: every number names something, edges
 * are total and lead forward, values are written before they are read. The machine relies on each,
 * so each is checked, even where every digest holds.
 */
import {
  CANCELLED,
  type Graph,
  type GraphNode,
  isCancelEdge,
  ON_CANCEL,
} from "../../protocol/language/graph.ts";
import type { Problem } from "../../protocol/language/refusal.ts";
import { first, problem } from "./form.ts";
import { brokenContents } from "./graph-contents.ts";
import {
  beginningsOf,
  brokenRegion,
  brokenSlots,
  type Regions,
  regionsOf,
} from "./graph-regions.ts";
import { isCancelExit, waysOut } from "./graph-ways.ts";

/** The first law that a graph of the right form breaks. */
export function brokenLaw(graph: Graph): Problem | undefined {
  const { nodes, start, slots } = graph;
  const alone = ends(graph) ?? first(nodes.entries(), ([at, node]) => forward(graph, node, at));
  if (alone !== undefined) return alone;
  const regions = regionsOf(nodes, start);
  if ("pointer" in regions) return regions;
  return (
    brokenRegion(nodes, regions) ??
    cancels(graph, regions) ??
    first(nodes.entries(), ([index, node]) => edges(node, index, regions)) ??
    brokenContents(graph) ??
    names(graph) ??
    brokenSlots(nodes, slots, regions) ??
    schemas(graph) ??
    drawn(graph)
  );
}

/** The last node is the fault exit; there are two where what was done is undone before. */
function ends({ nodes, start }: Graph): Problem | undefined {
  const faults = nodes.flatMap((node, index) =>
    node.kind === "exit" && node.fault ? [index] : [],
  );
  const undone = nodes.some(({ kind, name }) => kind === "undo" && name === "on_fault");
  const wanted = undone ? 2 : 1;
  if (faults.length !== wanted || faults[0] !== nodes.length - wanted) {
    return problem("/nodes", "expected one fault exit, the last node");
  }
  return start < nodes.length ? undefined : problem("/start", "expected a node of the graph");
}

function forward({ nodes }: Graph, node: GraphNode, index: number): Problem | undefined {
  const leads = node.edges.every(({ to }) => to > index && to < nodes.length);
  return leads ? undefined : problem(`/nodes/${index}`, "expected edges to later nodes");
}

/**
 * From every node that asks for something one edge leads to where what is cancelled ends, and no
 * other leads there; what stands in a body is cancelled with its fork. A graph of an older compiler
 * has no such end.
 */
function cancels({ nodes }: Graph, { root, of, undoing }: Regions): Problem | undefined {
  const exits = nodes.flatMap((node, index) => (isCancelExit(node) ? [index] : []));
  const undo = nodes.findIndex((node) => node.kind === "undo" && node.name === ON_CANCEL);
  const own = nodes[undo]?.edges.map(({ to }) => to) ?? [];
  const known = undo < 0 ? exits.length <= 1 : exits.every((exit) => own.includes(exit));
  if (!known) return problem("/nodes", "expected one exit of what is cancelled");
  const end = undo < 0 ? exits[0] : undo;
  return first(nodes.entries(), ([index, node]) => {
    const at = `/nodes/${index}`;
    const asks = ASKING.has(node.kind) && of[index] === root && !undoing.has(index);
    const ways = node.edges.filter(isCancelEdge);
    if (ways.length !== (asks && end !== undefined ? 1 : 0)) {
      return problem(at, "expected a way out for what is cancelled where something is asked");
    }
    const right = node.edges.every((edge) => (edge.to === end) === isCancelEdge(edge));
    if (!right) return problem(at, "expected that only what is cancelled ends so");
    const told = node.kind !== "exit" || !isCancelExit(node) || isTold(node, undo < 0);
    return told ? undefined : problem(at, "expected an exit that says that it was cancelled");
  });
}

function isTold(node: Extract<GraphNode, { kind: "exit" }>, alone: boolean): boolean {
  return !node.fault && (!alone || node.outcome === CANCELLED);
}

const ASKING: ReadonlySet<GraphNode["kind"]> = new Set([
  "transform",
  "effect",
  "external",
  "await",
  "map",
  "parallel",
]);

function edges(node: GraphNode, index: number, { undoing }: Regions): Problem | undefined {
  const at = `/nodes/${index}`;
  const ways = waysOut(node);
  if (ways === undefined) return problem(at, "expected a contract of its kind with its outcomes");
  const found = node.edges.map(({ outcome }) => outcome);
  const allowed = new Set([...ways.must, ...ways.may]);
  if (new Set(found).size !== found.length) return problem(at, "expected one edge an outcome");
  if (found.some((outcome) => !allowed.has(outcome))) return problem(at, "an edge too many");
  const whole = undoing.has(index) || ways.must.every((outcome) => found.includes(outcome));
  return whole ? undefined : problem(at, "an edge is missing");
}

function names({ nodes }: Graph): Problem | undefined {
  const seen = new Set<string>();
  return first(nodes.entries(), ([index, { name }]) => {
    if (seen.has(name)) return problem(`/nodes/${index}/name`, "expected a name of its own");
    seen.add(name);
    return undefined;
  });
}

function schemas({ nodes, payload, schemas: all }: Graph): Problem | undefined {
  if (payload >= all.length) return problem("/payload", "expected a schema of the graph");
  return first(nodes.entries(), ([index, node]) => {
    const known = schemasOf(node).every((schema) => schema < all.length);
    return known ? undefined : problem(`/nodes/${index}`, "expected schemas of the graph");
  });
}

function schemasOf(node: GraphNode): number[] {
  const check = "check" in node && node.check !== null ? [node.check] : [];
  if (node.kind === "decide") return node.rows.map(({ when }) => when);
  if (node.kind === "await") return node.signals.map(([, { payload }]) => payload);
  return "outcomes" in node ? [...check, ...Object.values(node.outcomes)] : check;
}

/** Every node, every edge and every line to a body has its place, and nothing else has. */
function drawn({ nodes, drawing }: Graph): Problem | undefined {
  if (drawing.nodes.length !== nodes.length)
    return problem("/drawing/nodes", "expected every node");
  const wanted = new Set(nodes.flatMap(linesOf));
  const lines = new Set<string>();
  return (
    first(drawing.edges.entries(), ([index, { from, to, outcomes, points, says }]) => {
      const at = `/drawing/edges/${index}`;
      const isLine = points.length >= 4 && points.length % 3 === 1;
      if (!isLine || lines.has(`${from} ${to}`)) return problem(at, "expected a line of its own");
      lines.add(`${from} ${to}`);
      const begins =
        says === undefined || (outcomes.length === 0 && wanted.delete(`${from} ${to} ${says}`));
      const known = outcomes.every((outcome) => wanted.delete(`${from} ${outcome} ${to}`));
      return known && begins ? undefined : problem(at, "expected edges of the graph");
    }) ?? (wanted.size === 0 ? undefined : problem("/drawing/edges", "expected every edge"))
  );
}

function linesOf(node: GraphNode, from: number): readonly string[] {
  return [
    ...node.edges.map(({ outcome, to }) => `${from} ${outcome} ${to}`),
    ...beginningsOf(node).map(({ to, says }) => `${from} ${to} ${says}`),
  ];
}
