/**
 * The parts of a sealed graph: what stands at its beginning, and the bodies of `map` and `parallel`,
 * each reached through its fork alone. It tells which part a node belongs to and what stands wrong
 * between them; what a node holds is the business of `graph-laws.ts`.
 */
import type { Binding, GraphNode, LeaveNode, Undone } from "../../protocol/language/graph.ts";
import { ON_ITEM } from "../../protocol/language/graph.ts";
import { unreachable } from "../../protocol/language/invariant.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { COMPENSATED, PARTLY_COMPENSATED } from "../../protocol/language/names.ts";
import type { Problem } from "../../protocol/language/refusal.ts";
import { first, problem } from "./form.ts";

/** What an execution goes through by itself, or what each item or branch goes through. */
export interface Region {
  /** The fork that begins it; null where the graph begins. */
  readonly fork: number | null;
  readonly parent: Region | null;
  readonly depth: number;
  /** What the names of its nodes begin with, but for its first. */
  readonly prefix: string;
}

export interface Regions {
  readonly root: Region;
  /** By node index; undefined where nothing leads. */
  readonly of: readonly (Region | undefined)[];
  /** Nodes that no edge leads to, because they undo what others did. */
  readonly undoing: ReadonlySet<number>;
}

/** Where a line that is no edge leads to, and what it says. */
export interface Beginning {
  readonly to: number;
  readonly says: string;
}

/** What a node begins without an edge: the bodies of a fork. */
export function beginningsOf(node: GraphNode): readonly Beginning[] {
  switch (node.kind) {
    case "map":
      return [{ to: node.body, says: "each" }];
    case "parallel":
      return node.branches.map(({ name, body }) => ({ to: body, says: name }));
    default:
      return [];
  }
}

interface Search {
  readonly nodes: readonly GraphNode[];
  readonly of: (Region | undefined)[];
  readonly undoing: Set<number>;
}

/** The parts, or the first place at which they are not apart. Edges were held to lead forward. */
export function regionsOf(nodes: readonly GraphNode[], start: number): Regions | Problem {
  const root: Region = { fork: null, parent: null, depth: 0, prefix: "" };
  const search: Search = { nodes, of: nodes.map(() => undefined), undoing: new Set() };
  search.of[start] = root;
  const wrong = first(nodes.entries(), ([index, node]) => {
    const region = search.of[index];
    return region === undefined ? undreached(nodes, index) : from(search, index, { node, region });
  });
  return wrong ?? { root, of: search.of, undoing: search.undoing };
}

/** Nothing leads to the fault exit of a workflow that cannot fail, nor to what undoes its work. */
function undreached(nodes: readonly GraphNode[], index: number): Problem | undefined {
  const { name = "" } = nodes[index] ?? {};
  const isFault = name === "on_fault" || name.startsWith("on_fault/");
  return isFault ? undefined : problem(`/nodes/${index}`, "never reached");
}

interface Standing {
  readonly node: GraphNode;
  readonly region: Region;
}

function from(search: Search, index: number, { node, region }: Standing): Problem | undefined {
  const at = `/nodes/${index}`;
  for (const { to } of node.edges) {
    const known = search.of[to];
    if ((known ?? region) !== region || search.undoing.has(to)) {
      return problem(at, "an edge that leads into another part");
    }
    search.of[to] = region;
  }
  if (node.kind === "map" || node.kind === "parallel") {
    return first(bodiesOf(node), (body) => enters(search, index, { ...body, region }));
  }
  if (node.kind === "effect" || node.kind === "external") {
    return node.undone && undone(search, index, { undone: node.undone, region });
  }
  return undefined;
}

interface Body {
  readonly to: number;
  /** What its first node is called, and what the others' names begin with. */
  readonly name: string;
  readonly prefix: string;
}

function bodiesOf(node: Extract<GraphNode, { kind: "map" | "parallel" }>): readonly Body[] {
  const prefix = `${node.name}/`;
  if (node.kind === "map") return [{ to: node.body, name: `${prefix}${ON_ITEM}`, prefix }];
  return node.branches.map(({ name, body }) => ({
    to: body,
    name: `${prefix}${name}`,
    prefix: `${prefix}${name}/`,
  }));
}

function enters(
  { nodes, of }: Search,
  fork: number,
  { to, name, prefix, region }: Body & { readonly region: Region },
): Problem | undefined {
  const at = `/nodes/${fork}`;
  const begin = nodes[to];
  if (to <= fork || begin?.kind !== "enter" || begin.name !== name) {
    return problem(at, "expected a body that begins after it, by its name");
  }
  if (of[to] !== undefined) return problem(at, "expected a body of its own");
  const depth = region.depth + 1;
  if (depth > LIMITS.forkDepthMax) return problem(at, "too many forks within forks");
  of[to] = { fork, parent: region, depth, prefix };
  return undefined;
}

/** What undoes a node stands after it, has no edges, and undoes nothing else. */
function undone(
  { nodes, of, undoing }: Search,
  index: number,
  { undone: { by }, region }: { readonly undone: Undone; readonly region: Region },
): Problem | undefined {
  if (by === null) return undefined;
  const node = nodes[by];
  const acts = node?.kind === "effect" || node?.kind === "external";
  const right = acts && by > index && node.edges.length === 0 && node.undone === undefined;
  const named = node?.name === `${nodes[index]?.name}/compensate`;
  if (!right || !named || of[by] !== undefined) {
    return problem(`/nodes/${index}/undone/by`, "expected a node that undoes this one alone");
  }
  of[by] = region;
  undoing.add(by);
  return undefined;
}

/** A body ends in joins alone, and the rest never does; each node is called as its part says. */
export function brokenRegion(nodes: readonly GraphNode[], regions: Regions): Problem | undefined {
  return first(nodes.entries(), ([index, node]) => {
    const at = `/nodes/${index}`;
    const region = regions.of[index] ?? regions.root;
    const inBody = region !== regions.root;
    if (node.kind === (inBody ? "exit" : "join")) return problem(at, "an end of another part");
    const begins = node.kind === "enter" && node.name === region.prefix.slice(0, -1);
    const isFirst = begins || node.name === `${region.prefix}${ON_ITEM}`;
    return isFirst || node.name.startsWith(region.prefix)
      ? undefined
      : problem(`${at}/name`, "expected a name that tells its part");
  });
}

interface Written {
  readonly at: number;
  readonly region: Region;
  readonly by: string;
}

/**
 * Slots are written once, but for the ways out of one call, and before they are read: by what stands
 * in the same part, or around it before its fork.
 */
export function brokenSlots(
  nodes: readonly GraphNode[],
  count: number,
  { root, of }: Regions,
): Problem | undefined {
  const written = new Map<number, Written>([
    [0, { at: -1, region: root, by: "payload" }],
    [1, { at: -1, region: root, by: "context" }],
  ]);
  const write = (slot: number, own: Written): boolean => {
    const known = written.get(slot);
    if (known === undefined) written.set(slot, own);
    return slot > 1 && slot < count && (known === undefined || known.by === own.by);
  };
  const bodies = new Map(
    of.flatMap((region) => (region?.fork == null ? [] : [[region.fork, region] as const])),
  );
  return first(nodes.entries(), ([index, node]) => {
    const at = `/nodes/${index}`;
    const region = of[index] ?? root;
    const seen = readsOf(bindingOf(node)).every((slot) =>
      isSeen(written.get(slot), { at: index, region }),
    );
    if (!seen) return problem(at, "reads a slot before it is written");
    if (!("slot" in node)) return undefined;
    const by = node.kind === "leave" ? `leaves ${callOf(node)}` : node.name;
    if (!write(node.slot, { at: index, region, by })) {
      return problem(`${at}/slot`, "expected a slot of its own");
    }
    if (node.kind !== "map") return undefined;
    const item = { at: index, region: bodies.get(index) ?? region, by: `${by} of each` };
    return write(node.item, item) ? undefined : problem(`${at}/item`, "expected a slot of its own");
  });
}

function isSeen(
  slot: Written | undefined,
  reader: { readonly at: number; readonly region: Region },
): boolean {
  let before = reader.at;
  for (let region: Region | null = reader.region; region !== null; region = region.parent) {
    if (slot?.region === region) return slot.at < before;
    before = region.fork ?? before;
  }
  return false;
}

/** The call that a node leaves: its name without that of the exit, which may undo and then end. */
function callOf({ name, outcome, origin }: LeaveNode): string {
  const undid = outcome === COMPENSATED || outcome === PARTLY_COMPENSATED;
  const exit =
    undid || origin.node === "on_fault" ? name.replace(/[/](compensated|stands)$/, "") : name;
  return exit.slice(0, exit.lastIndexOf("/"));
}

const NOTHING: Binding = Object.freeze({ literal: null });

/** What a node makes of values. */
function bindingOf(node: GraphNode): Binding {
  switch (node.kind) {
    case "transform":
    case "effect":
    case "external":
    case "decide":
    case "enter":
      return node.input;
    case "leave":
    case "join":
    case "exit":
      return node.result;
    case "await":
      return "until" in node.limit ? node.limit.until : NOTHING;
    case "map":
      return node.items;
    case "parallel":
    case "undo":
      return NOTHING;
    default:
      return unreachable(node);
  }
}

export function readsOf(binding: Binding): number[] {
  if ("read" in binding) return [binding.read[0]];
  if ("query" in binding) return [binding.query[0]];
  if ("object" in binding) return binding.object.flatMap(([, value]) => readsOf(value));
  if ("array" in binding) return binding.array.flatMap(readsOf);
  return [];
}
