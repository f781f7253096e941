/**
 * Definite assignment: which outcomes of which nodes can lie behind each point of a workflow. A
 * forward data flow over the graph as written; at a join outcomes are united, so its cost grows
 * with nodes and edges, never with paths. Targets that do not exist lead nowhere, cycles end at a
 * fixed point; both are for the pass `routing` to report.
 */
import type { RoutesText } from "../../../protocol/language/artifacts.ts";
import { isEngineOutcome } from "../../../protocol/language/names.ts";
import type { ResolvedNode, ResolvedWorkflow, World } from "../../model.ts";
import { outcomesOf } from "../../outcomes.ts";

/** One edge as written. */
export interface Hop {
  readonly node: string;
  readonly outcome: string;
  readonly to: string;
}

/** How a node may have ended on the paths that reach a point. */
export interface Behind {
  /** Declared outcomes, in the contract's order. */
  readonly outcomes: readonly string[];
  /** True where these are all that are declared. */
  readonly all: boolean;
  /** True where some path brings no output: it passes the node by, or an engine outcome ended it. */
  readonly without: boolean;
}

export interface Flow {
  /** Nodes and exits that some path reaches, each after all that lie before it, cycles apart. */
  readonly order: readonly string[];
  readonly reaches: (point: string) => boolean;
  /** True where every path to a point brings an output of a node. */
  readonly brings: (point: string, node: string) => boolean;
  readonly behind: (point: string, node: string) => Behind;
  /** The shortest path to a point that brings no output of a node. */
  readonly pathWithout: (point: string, node: string) => readonly Hop[];
}

/** Bits of one node in a state: that no output was brought, then its outcomes that bring one. */
interface Bits {
  readonly first: number;
  readonly outcomes: readonly string[];
}

/** The point at which a compensation is bound: right after its node, where that did something. */
export function compensationOf(node: string): string {
  return `${node}/compensate`;
}

type State = Uint32Array;

/** What lies behind a point that no path reaches. */
const NOWHERE: Behind = Object.freeze({ outcomes: [], all: false, without: true });

export function flowOf(workflow: ResolvedWorkflow, world: World): Flow {
  const bits = bitsOf(workflow, world);
  const hops = hopsOf(workflow, bits);
  const order = orderOf(workflow.artifact.text.start, hops);
  const states = statesOf(order, hops, bits);
  return {
    order,
    reaches: (point) => states.has(point),
    brings: (point, node) => {
      const state = states.get(point);
      const own = bits.of.get(node);
      return state !== undefined && own !== undefined && !has(state, own.first);
    },
    behind: (point, node) => {
      const state = states.get(point);
      const own = bits.of.get(node);
      if (state === undefined || own === undefined) return NOWHERE;
      const outcomes = own.outcomes.filter((_, index) => has(state, own.first + 1 + index));
      const all = outcomes.length === own.outcomes.length;
      return { outcomes, all, without: has(state, own.first) };
    },
    pathWithout: (point, node) =>
      shortest(
        workflow.artifact.text.start,
        point,
        (hop) => (hop.node !== node || bringsNothing(hop, bits) ? hop.to : undefined),
        hops,
      ),
  };
}

type Hops = ReadonlyMap<string, readonly Hop[]>;

/** True for an outcome of the engine, and for a time that is up. */
function bringsNothing({ node, outcome }: Hop, { of }: Layout): boolean {
  return of.get(node)?.outcomes.includes(outcome) !== true;
}

/** Edges of outcomes that can happen, to targets that exist; and those to compensations. */
function hopsOf(workflow: ResolvedWorkflow, layout: Layout): Hops {
  const { nodes, exits } = workflow.artifact.text;
  const all = new Map<string, readonly Hop[]>();
  for (const resolved of workflow.nodes) {
    const node = resolved.name;
    const outcomes = layout.of.get(node)?.outcomes ?? [];
    const on: RoutesText = nodes[node]?.on ?? {};
    const to = compensationOf(node);
    const hops: Hop[] = undoneAfter(resolved).map((outcome) => ({ node, outcome, to }));
    for (const [outcome, to] of Object.entries(on)) {
      const silent = isEngineOutcome(outcome) || isTimeUp(resolved, outcome);
      const happens = outcomes.includes(outcome) || silent;
      if (happens && (layout.of.has(to) || Object.hasOwn(exits, to)))
        hops.push({ node, outcome, to });
    }
    all.set(node, hops);
  }
  return all;
}

/** The outcomes after which a node's compensation is bound. */
function undoneAfter(node: ResolvedNode): readonly string[] {
  if (node.kind !== "effect" && node.kind !== "external") return [];
  return node.undoing?.by === null ? [] : (node.undoing?.after ?? []);
}

function isTimeUp(node: ResolvedNode, outcome: string): boolean {
  return node.kind === "await" && !node.signals.has(outcome);
}

interface Layout {
  readonly of: ReadonlyMap<string, Bits>;
  readonly words: number;
}

function bitsOf(workflow: ResolvedWorkflow, world: World): Layout {
  const of = new Map<string, Bits>();
  let next = 0;
  for (const node of workflow.nodes) {
    const outcomes = outcomesOf(node, world).filter((outcome) => !isTimeUp(node, outcome));
    of.set(node.name, { first: next, outcomes });
    next += 1 + outcomes.length;
  }
  return { of, words: Math.ceil(next / 32) };
}

/** Reverse postorder of a depth-first walk, in the order written; without recursion. */
function orderOf(start: string, hops: Hops): readonly string[] {
  const left: string[] = [];
  const entered = new Set<string>();
  const stack: { readonly name: string; next: number }[] = [];
  const enter = (name: string) => {
    if (entered.has(name)) return;
    entered.add(name);
    stack.push({ name, next: 0 });
  };
  enter(start);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const hop = hops.get(top.name)?.[top.next];
    top.next += 1;
    if (hop !== undefined) enter(hop.to);
    else left.push(stack.pop()?.name ?? "");
  }
  return left.reverse();
}

/** The state before each point: a bit for every way in which a node may have ended. */
function statesOf(order: readonly string[], hops: Hops, layout: Layout): Map<string, State> {
  const states = new Map<string, State>();
  const first = new Uint32Array(layout.words);
  for (const { first: bit } of layout.of.values()) set(first, bit);
  const [start] = order;
  if (start !== undefined) states.set(start, first);
  for (let changed = true; changed; ) {
    changed = false;
    const done = new Set<string>();
    for (const point of order) {
      done.add(point);
      const before = states.get(point);
      for (const hop of before === undefined ? [] : (hops.get(point) ?? [])) {
        const grown = joinInto(states, hop.to, after(before as State, hop, layout));
        // Only an edge that leads back can ask for another round.
        if (grown && done.has(hop.to)) changed = true;
      }
    }
  }
  return states;
}

/** The state after a node ended in one way: that way, and no other. */
function after(before: State, hop: Hop, layout: Layout): State {
  const state = before.slice();
  const own = layout.of.get(hop.node);
  if (own === undefined) return state;
  for (let bit = own.first; bit <= own.first + own.outcomes.length; bit += 1) clear(state, bit);
  set(state, own.first + 1 + own.outcomes.indexOf(hop.outcome));
  return state;
}

function joinInto(states: Map<string, State>, point: string, state: State): boolean {
  const held = states.get(point);
  if (held === undefined) {
    states.set(point, state);
    return true;
  }
  let grown = false;
  for (let word = 0; word < held.length; word += 1) {
    const joined = ((held[word] ?? 0) | (state[word] ?? 0)) >>> 0;
    if (joined !== held[word]) grown = true;
    held[word] = joined;
  }
  return grown;
}

function has(state: State, bit: number): boolean {
  return ((state[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
}

function set(state: State, bit: number): void {
  state[bit >>> 5] = (state[bit >>> 5] ?? 0) | (1 << (bit & 31));
}

function clear(state: State, bit: number): void {
  state[bit >>> 5] = (state[bit >>> 5] ?? 0) & ~(1 << (bit & 31));
}

/** Breadth first from the start. A point that is reached in no such way gives the empty path. */
function shortest(
  start: string,
  point: string,
  follow: (hop: Hop) => string | undefined,
  hops: Hops,
): readonly Hop[] {
  const cameBy = new Map<string, Hop | null>([[start, null]]);
  for (const name of cameBy.keys()) {
    if (name === point) break;
    for (const hop of hops.get(name) ?? []) {
      const to = follow(hop);
      if (to !== undefined && !cameBy.has(to)) cameBy.set(to, hop);
    }
  }
  const path: Hop[] = [];
  for (let hop = cameBy.get(point); hop !== undefined && hop !== null; ) {
    path.unshift(hop);
    hop = cameBy.get(hop.node);
  }
  return path;
}
