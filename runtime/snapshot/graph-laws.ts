/**
 * The laws of a sealed graph, beyond the form of its members: every number names something, edges
 * are total and lead forward, values are written before they are read. The machine relies on each,
 * so each is checked, even where every digest holds.
 */
import {
  type Binding,
  CANCELLED,
  type ExitNode,
  type ExternalNode,
  type Graph,
  type GraphNode,
  isCancelEdge,
} from "../../protocol/language/graph.ts";
import { unreachable } from "../../protocol/language/invariant.ts";
import { isEngineOutcome } from "../../protocol/language/names.ts";
import type { Problem } from "../../protocol/language/refusal.ts";
import { operationsOf } from "../../protocol/language/semantics.ts";
import { first, problem } from "./form.ts";

/** The first law that a graph of the right form breaks. */
export function brokenLaw(graph: Graph): Problem | undefined {
  return (
    ends(graph) ??
    cancels(graph) ??
    first(graph.nodes.entries(), ([index, node]) => edges(graph, node, index)) ??
    names(graph) ??
    reached(graph) ??
    slots(graph) ??
    schemas(graph) ??
    drawn(graph)
  );
}

function ends({ nodes, start }: Graph): Problem | undefined {
  const faults = nodes.flatMap((node, index) =>
    node.kind === "exit" && node.fault ? [index] : [],
  );
  if (faults.length !== 1 || faults[0] !== nodes.length - 1) {
    return problem("/nodes", "expected one fault exit, the last node");
  }
  return start < nodes.length ? undefined : problem("/start", "expected a node of the graph");
}

/**
 * From every node that asks for something one edge leads to the exit of what is cancelled, and no
 * other leads there. A graph of an older compiler has no such exit.
 */
function cancels({ nodes }: Graph): Problem | undefined {
  const exits = nodes.flatMap((node, index) => (isCancelExit(node) ? [index] : []));
  const [exit, ...more] = exits;
  if (more.length > 0) return problem("/nodes", "expected one exit of what is cancelled");
  return first(nodes.entries(), ([index, node]) => {
    const at = `/nodes/${index}`;
    const asks = node.kind === "transform" || node.kind === "effect" || node.kind === "external";
    const ways = node.edges.filter(isCancelEdge);
    if (ways.length !== (asks && exit !== undefined ? 1 : 0)) {
      return problem(at, "expected a way out for what is cancelled where something is asked");
    }
    const right = node.edges.every((edge) => (edge.to === exit) === isCancelEdge(edge));
    if (!right) return problem(at, "expected that only what is cancelled ends so");
    const told = !isCancelExit(node) || (node.outcome === CANCELLED && !node.fault);
    return told ? undefined : problem(at, "expected an exit that says that it was cancelled");
  });
}

function isCancelExit(node: GraphNode): node is ExitNode {
  return node.kind === "exit" && node.cancel === true;
}

/** What leads out of a node: these outcomes, and of the engine's at least and at most those. */
interface WaysOut {
  readonly declared: readonly string[];
  readonly engine: { readonly all: readonly string[]; readonly must: readonly string[] };
}

function waysOut(node: GraphNode): WaysOut | undefined {
  const violation = { all: ["VIOLATION"], must: ["VIOLATION"] };
  switch (node.kind) {
    case "transform": {
      const must = node.check === null ? ["FAULT"] : ["VIOLATION", "FAULT"];
      return {
        declared: Object.keys(node.outcomes),
        engine: { all: ["VIOLATION", "FAULT", CANCELLED], must },
      };
    }
    case "effect": {
      const operations = operationsOf(node.semantics, true, true);
      const operation = Object.hasOwn(operations, node.operation)
        ? operations[node.operation]
        : undefined;
      if (operation === undefined) return undefined;
      const declared = Object.keys(operation.outcomes);
      if (declared.some((outcome) => !Object.hasOwn(node.outcomes, outcome))) return undefined;
      const engine = operation.givesBack.length > 0 ? ["VIOLATION", "FAULT"] : ["VIOLATION"];
      return { declared, engine: { all: [...engine, CANCELLED], must: engine } };
    }
    case "external":
      return externalWays(node);
    case "decide": {
      const declared = [...node.rows.map(({ outcome }) => outcome), node.otherwise];
      return { declared, engine: { all: ["VIOLATION"], must: [] } };
    }
    case "enter":
      return { declared: ["ENTERED"], engine: violation };
    case "leave":
      return { declared: [node.outcome], engine: violation };
    case "exit":
      return { declared: [], engine: isLast(node) ? { all: [], must: [] } : violation };
    default:
      return unreachable(node);
  }
}

function isLast(node: ExitNode): boolean {
  return node.fault || isCancelExit(node);
}

/** What nobody knows the end of ends as the contract says: never both ways, and never another. */
function externalWays({ outcomes, repeat }: ExternalNode): WaysOut | undefined {
  const declared = Object.keys(outcomes);
  if (declared.length === 0 || declared.some(isEngineOutcome)) return undefined;
  const engine = ["VIOLATION", "FAULT", repeat === "safe" ? "TIMEOUT" : "IN_DOUBT"];
  return { declared, engine: { all: [...engine, CANCELLED], must: engine } };
}

function edges({ nodes }: Graph, node: GraphNode, index: number): Problem | undefined {
  const at = `/nodes/${index}`;
  const ways = waysOut(node);
  if (ways === undefined)
    return problem(at, "expected an operation of its semantics with its outcomes");
  const found = node.edges.map(({ outcome }) => outcome);
  const allowed = new Set([...ways.declared, ...ways.engine.all]);
  const needed = [...ways.declared, ...ways.engine.must];
  if (new Set(found).size !== found.length) return problem(at, "expected one edge an outcome");
  if (found.some((outcome) => !allowed.has(outcome))) return problem(at, "an edge too many");
  if (needed.some((outcome) => !found.includes(outcome))) return problem(at, "an edge is missing");
  const forward = node.edges.every(({ to }) => to > index && to < nodes.length);
  return forward ? undefined : problem(at, "expected edges to later nodes");
}

function names({ nodes }: Graph): Problem | undefined {
  const seen = new Set<string>();
  return first(nodes.entries(), ([index, { name }]) => {
    if (seen.has(name)) return problem(`/nodes/${index}/name`, "expected a name of its own");
    seen.add(name);
    return undefined;
  });
}

/** Every node can be reached, but for the fault exit of a workflow that cannot fail. */
function reached({ nodes, start }: Graph): Problem | undefined {
  const seen = new Set([start]);
  return first(nodes.entries(), ([index, node]) => {
    if (!seen.has(index)) {
      return index === nodes.length - 1 ? undefined : problem(`/nodes/${index}`, "never reached");
    }
    for (const { to } of node.edges) seen.add(to);
    return undefined;
  });
}

/** Slots are written once, but for the ways out of one call, and before they are read. */
function slots({ nodes, slots: count }: Graph): Problem | undefined {
  const writers = new Map<number, string>([
    [0, "payload"],
    [1, "context"],
  ]);
  return first(nodes.entries(), ([index, node]) => {
    const at = `/nodes/${index}`;
    const binding = node.kind === "leave" || node.kind === "exit" ? node.result : node.input;
    if (readsOf(binding).some((slot) => !writers.has(slot))) {
      return problem(at, "reads a slot before it is written");
    }
    if (!("slot" in node)) return undefined;
    const writer = node.kind === "leave" ? `leaves ${callOf(node.name)}` : node.name;
    const known = writers.get(node.slot);
    writers.set(node.slot, writer);
    const free = node.slot > 1 && node.slot < count && (known === undefined || known === writer);
    return free ? undefined : problem(`${at}/slot`, "expected a slot of its own");
  });
}

function callOf(name: string): string {
  return name.slice(0, name.lastIndexOf("/"));
}

export function readsOf(binding: Binding): number[] {
  if ("read" in binding) return [binding.read[0]];
  if ("query" in binding) return [binding.query[0]];
  if ("object" in binding) return binding.object.flatMap(([, value]) => readsOf(value));
  if ("array" in binding) return binding.array.flatMap(readsOf);
  return [];
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
  return "outcomes" in node ? [...check, ...Object.values(node.outcomes)] : check;
}

/** Every node and every edge of the graph has its place, and nothing else has. */
function drawn({ nodes, drawing }: Graph): Problem | undefined {
  if (drawing.nodes.length !== nodes.length)
    return problem("/drawing/nodes", "expected every node");
  const wanted = new Set(
    nodes.flatMap(({ edges }, from) => edges.map(({ outcome, to }) => `${from} ${outcome} ${to}`)),
  );
  const lines = new Set<string>();
  return (
    first(drawing.edges.entries(), ([index, { from, to, outcomes, points }]) => {
      const at = `/drawing/edges/${index}`;
      const isLine = points.length >= 4 && points.length % 3 === 1;
      if (!isLine || lines.has(`${from} ${to}`)) return problem(at, "expected a line of its own");
      lines.add(`${from} ${to}`);
      const known = outcomes.every((outcome) => wanted.delete(`${from} ${outcome} ${to}`));
      return known ? undefined : problem(at, "expected edges of the graph");
    }) ?? (wanted.size === 0 ? undefined : problem("/drawing/edges", "expected every edge"))
  );
}
