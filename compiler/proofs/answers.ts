/**
 * Which ways out of a node answer what it was given, so that whoever sees which one was taken learns
 * something of that. All that a contract declares or an author routes; a violation, where values may
 * not fit or be missing; whatever a call to the outside ends with. Not: a defect (a transform or a
 * store that breaks its contract), a value that no record can hold, a cancel; and none of these is
 * taken to depend on anything but where it happens.
 */
import {
  type Binding,
  CONTEXT_SLOT,
  type Edge,
  type Graph,
  type GraphNode,
  isCancelEdge,
  PAYLOAD_SLOT,
  type Step,
} from "../../protocol/language/graph.ts";
import { placeAt } from "../types/place.ts";
import { type Type, typeOf } from "../types/type.ts";
import { nodeOf } from "./part.ts";
import { type Calls, sourceOf, stepInto, writtenByCalls } from "./source.ts";

/** Where everything leads of which the author says nothing. */
const ON_FAULT = "on_fault";
/** In larger graphs any outcome of a node is taken to lead to whoever reads its output. */
const NODES_MAX = 1_000;

export class Answers {
  readonly #graph: Graph;
  readonly #calls: Calls;
  readonly #writers = new Map<number, number[]>();
  readonly #reached = new Map<number, ReadonlySet<number>>();
  readonly #known = new Map<Edge, boolean>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#calls = writtenByCalls(graph);
    for (const [index, node] of graph.nodes.entries()) {
      if (!("slot" in node)) continue;
      this.#writers.set(node.slot, [...(this.#writers.get(node.slot) ?? []), index]);
    }
  }

  has(index: number, edge: Edge): boolean {
    const known = this.#known.get(edge) ?? this.#isAnswer(index, edge);
    this.#known.set(edge, known);
    return known;
  }

  #isAnswer(index: number, edge: Edge): boolean {
    if (isCancelEdge(edge)) return false;
    const node = nodeOf(this.#graph, index);
    if (edge.engine !== true || (node.kind === "leave" && edge.outcome === node.outcome))
      return true;
    if (!isOnFault(nodeOf(this.#graph, edge.to))) return true;
    return edge.outcome === "VIOLATION" ? this.#violates(index, node) : node.kind === "external";
  }

  /** Whether there is a violation for what values are, and not for how much of them. */
  #violates(index: number, node: GraphNode): boolean {
    switch (node.kind) {
      case "effect":
      case "external":
      case "enter":
        return node.check !== null || this.#mayLack(index, node.input);
      case "exit":
      case "join":
      case "leave":
        return this.#mayLack(index, node.result);
      default:
        // Its branches give whatever they give; all others have this edge only where values may be wrong.
        return node.kind !== "parallel";
    }
  }

  /** Whether something that a binding reads may not be there; where it cannot be told, it may. */
  #mayLack(index: number, binding: Binding): boolean {
    const lacks = (inner: Binding): boolean => {
      if ("object" in inner) return inner.object.some(([, one]) => lacks(one));
      if ("array" in inner) return inner.array.some(lacks);
      return "read" in inner && this.#isMissing(index, inner.read);
    };
    return lacks(sourceOf(binding, this.#calls));
  }

  #isMissing(index: number, [slot, ...steps]: readonly [slot: number, ...steps: Step[]]): boolean {
    if (steps.length === 0 || slot === CONTEXT_SLOT) return false;
    const at = (schema: number) => typeOf(this.#graph.schemas[schema] ?? true);
    if (slot === PAYLOAD_SLOT) return !isThere(at(this.#graph.payload), steps);
    const writers = this.#writers.get(slot) ?? [];
    if (writers.length === 0) return true;
    return writers.some((writer) => {
      const node = nodeOf(this.#graph, writer);
      const leading = node.edges.filter(({ to }) => this.#leads(to, index));
      if (node.kind === "leave" || node.kind === "enter") {
        const inner = stepInto(node.kind === "leave" ? node.result : node.input, steps);
        return leading.length > 0 && (inner === undefined || this.#mayLack(writer, inner));
      }
      if (!("outcomes" in node)) return true;
      return leading.some(({ outcome }) => {
        const schema = node.outcomes[outcome];
        return schema !== undefined && !isThere(at(schema), steps);
      });
    });
  }

  #leads(from: number, to: number): boolean {
    if (this.#graph.nodes.length > NODES_MAX) return true;
    const known = this.#reached.get(from);
    if (known !== undefined) return known.has(to);
    const reached = new Set([from]);
    for (const one of reached) {
      const node = nodeOf(this.#graph, one);
      for (const { to } of node.edges) reached.add(to);
      if (node.kind === "map") reached.add(node.body);
      if (node.kind === "parallel") for (const { body } of node.branches) reached.add(body);
    }
    this.#reached.set(from, reached);
    return reached.has(to);
  }
}

function isOnFault({ name }: GraphNode): boolean {
  return name === ON_FAULT || name.endsWith(`/${ON_FAULT}`);
}

function isThere(type: Type, steps: readonly Step[]): boolean {
  let here = type;
  for (const step of steps) {
    const place = placeAt(here, step);
    if (place.presence !== "always") return false;
    here = place.type;
  }
  return true;
}
