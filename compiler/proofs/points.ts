/**
 * What a path may come to, as invariants name it: which events of a graph are meant. An event is a
 * node that is passed, with the outcome that it is passed with. Nothing here says what is wrong.
 */
import type {
  EffectNode,
  ExternalNode,
  Graph,
  GraphNode,
  SealedPlace,
} from "../../protocol/language/graph.ts";
import { CANCELLED } from "../../protocol/language/graph.ts";
import type { Label } from "../../protocol/language/names.ts";
import type { ResolvedPoint } from "../model.ts";
import { isEnd, nodeOf } from "./part.ts";

/** Whether a node that is passed with an outcome is meant. */
export type Meant = (node: GraphNode, outcome: string) => boolean;

const VIOLATION = "VIOLATION";

export function meantBy(point: ResolvedPoint, graph: Graph): Meant {
  const { text } = point;
  const isSaid = (outcome: string) => text.outcome === undefined || text.outcome === outcome;
  if (text.node !== undefined) return nodeMeant(text.node, text.outcome, graph);
  if (point.effect !== null) {
    return (node, outcome) =>
      isAsked(node, outcome) &&
      node.effect === point.effect &&
      (text.op === undefined || text.op === node.operation) &&
      isSaid(outcome);
  }
  const label = text.label as Label;
  return (node, outcome) => {
    if (!isSaid(outcome)) return false;
    if (node.kind === "exit") return isEndOf(node, outcome) && carries(node.seal, label);
    return isAsked(node, outcome) && carries(node.sealInput, label);
  };
}

/**
 * A node by its name; of one that runs a workflow, with an outcome of it. An end without an outcome
 * is meant where it ends there, and not where its result could not be given.
 */
function nodeMeant(name: string, said: string | undefined, graph: Graph): Meant {
  const runs = said !== undefined && graph.nodes.some((node) => isEnter(node, name));
  const within = `${name.endsWith("/on_item") ? name.slice(0, -"/on_item".length) : name}/`;
  return (node, outcome) => {
    if (said !== undefined && said !== outcome) return false;
    if (node.name === name) {
      const mayFail = node.kind === "leave" || isEnd(node);
      return said !== undefined || !mayFail || outcome !== VIOLATION;
    }
    const isEndOfRun = node.kind === "leave" || node.kind === "join";
    return runs && isEndOfRun && parentOf(node.name) === within && outcome !== VIOLATION;
  };
}

function isEnter(node: GraphNode, name: string): boolean {
  return node.kind === "enter" && node.name === name;
}

function parentOf(name: string): string {
  return name.slice(0, name.lastIndexOf("/") + 1);
}

/** Whether an execution, an item or a branch is at its end with this outcome. */
function isEndOf(node: GraphNode, outcome: string): boolean {
  return isEnd(node) && outcome === node.outcome;
}

/**
 * Whether a store or the outside was asked, or may have been: not where the input could not be made,
 * and not where it was cancelled instead; a call that is cancelled may have been begun.
 */
function isAsked(node: GraphNode, outcome: string): node is EffectNode | ExternalNode {
  if (node.kind === "effect") return outcome !== VIOLATION && outcome !== CANCELLED;
  return node.kind === "external" && outcome !== VIOLATION;
}

function carries(places: readonly SealedPlace[], label: Label): boolean {
  return places.some(({ labels }) => labels.includes(label));
}

/** The outcomes with which a node may be passed; of an end, that with which it ends as well. */
export function outcomesOfNode(node: GraphNode): readonly string[] {
  const ways = node.edges.map(({ outcome }) => outcome);
  if (isEnd(node)) return [...new Set([node.outcome, ...ways])];
  // What undoes a node has no edges.
  if (ways.length > 0 || (node.kind !== "effect" && node.kind !== "external")) return ways;
  const unanswered =
    node.kind === "effect" ? [] : [node.repeat === "safe" ? "TIMEOUT" : "IN_DOUBT"];
  return [...Object.keys(node.outcomes), VIOLATION, "FAULT", ...unanswered];
}

/** The nodes of a graph at which something is meant. */
export function nodesMeant(graph: Graph, meant: Meant): readonly number[] {
  return graph.nodes.flatMap((_, index) => {
    const node = nodeOf(graph, index);
    return outcomesOfNode(node).some((outcome) => meant(node, outcome)) ? [index] : [];
  });
}
