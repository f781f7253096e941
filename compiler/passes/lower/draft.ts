/**
 * A node of the graph before it has a number: edges and values are still named. What it will be is
 * written once the numbers are known.
 */
import type { Binding, Edge, GraphNode } from "../../../protocol/language/graph.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import type {
  RootName,
  Schema,
  Typed,
  TypedBinding,
  TypedExit,
  TypedWorkflow,
} from "../../model.ts";

/** Numbers of values and schemas. A value is named by the node that writes it. */
export interface Numbers {
  /** The slot of a value that an earlier node wrote. */
  readonly read: (value: string) => number;
  /** The slot that this node writes. */
  readonly write: (value: string) => number;
  readonly schema: (schema: Schema) => number;
  /** The index of a node, by its name in the graph. */
  readonly node: (name: string) => number;
}

type Common = "name" | "edges" | "origin";
/** A node without what every node has, of any kind. */
export type Body = GraphNode extends infer N
  ? N extends GraphNode
    ? Omit<N, Common>
    : never
  : never;

export interface DraftEdge extends Omit<Edge, "to"> {
  readonly to: string;
}

export interface Draft {
  readonly name: string;
  readonly origin: GraphNode["origin"];
  readonly edges: readonly DraftEdge[];
  readonly body: (numbers: Numbers) => Body;
  /** What undoes it: a node to which no edge leads, and none from it. It stands right after. */
  readonly compensation?: Draft;
  /** What a fork runs: the first node of each body, to which no edge leads. */
  readonly begins?: readonly string[];
}

/** One workflow at one place of the graph. */
export interface Scope {
  readonly typed: Typed;
  readonly workflow: TypedWorkflow;
  /** Empty, or the names of the calls that lead here, each with a `/`. */
  readonly prefix: string;
  /** Ends this workflow: an exit of the execution, the way out of a call, or the end of an item. */
  readonly end: (scope: Scope, name: string, exit: TypedExit) => Draft;
  /** In the body of a fork, however many calls lie between. */
  readonly inBody?: true;
}

/** The node on which executions end that the engine cannot go on with. */
export const ON_FAULT = "on_fault";

/** The value of a workflow's payload, which belongs to no node of it. */
export function payloadOf(prefix: string): string {
  return `payload of /${prefix}`;
}

export const CONTEXT = "context";

/** A binding with slots in place of names. */
export function numbered(scope: Scope, typed: TypedBinding, numbers: Numbers): Binding {
  return withSlots(typed, (root) => numbers.read(valueNamed(scope.prefix, root)));
}

/** The same, for roots whose slots are known otherwise. */
export function withSlots(typed: TypedBinding, slot: (root: RootName) => number): Binding {
  const slotOf = (root: number): number => {
    const name = typed.roots[root];
    invariant(name !== undefined, "a binding names each root that it reads");
    return slot(name);
  };
  const walk = (binding: Binding): Binding => {
    if ("read" in binding) {
      const [root, ...steps] = binding.read;
      return { read: [slotOf(root), ...steps] };
    }
    if ("query" in binding) return { query: [slotOf(binding.query[0]), binding.query[1]] };
    if ("object" in binding) {
      return { object: binding.object.map(([key, value]) => [key, walk(value)]) };
    }
    if ("array" in binding) return { array: binding.array.map(walk) };
    return { literal: binding.literal };
  };
  return walk(typed.binding);
}

export function valueNamed(prefix: string, root: RootName): string {
  if (root === "payload") return payloadOf(prefix);
  if (root === "context") return CONTEXT;
  return `${prefix}${root.slice("nodes.".length)}`;
}
