/**
 * Which ends of a graph undo a node's effect: those of the workflow that it stands in, and those of
 * the workflows around it. A scope is what one `undo` node undoes, by the beginning of names.
 */
import type { Graph, GraphNode } from "../../protocol/language/graph.ts";
import { nodeOf } from "./part.ts";

/** By node index: the scopes that it stands in, the outermost first. */
export type Scopes = readonly (readonly string[])[];

export function scopesOf(graph: Graph): Scopes {
  const withins = [
    ...new Set(graph.nodes.flatMap((node) => (node.kind === "undo" ? [node.within] : []))),
  ].sort((a, b) => a.length - b.length);
  if (withins.length === 0) return graph.nodes.map(() => NO_SCOPES);
  return graph.nodes.map(({ name }) => withins.filter((within) => name.startsWith(within)));
}

const NO_SCOPES: readonly string[] = Object.freeze([]);

/** How many of the outermost scopes two nodes stand in alike. */
export function sharedScopes(a: readonly string[], b: readonly string[]): number {
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared += 1;
  return shared;
}

/** What a node did and what undoes it, if anything does after this outcome. */
export function undoneBy(graph: Graph, node: GraphNode, outcome: string): GraphNode | undefined {
  if (node.kind !== "effect" && node.kind !== "external") return undefined;
  const { undone } = node;
  if (undone === undefined || undone.by === null) return undefined;
  return undone.after.includes(outcome) ? nodeOf(graph, undone.by) : undefined;
}

/**
 * Whether what a node did stands, whatever is undone: nothing undoes it, or nobody knows what became
 * of it, and its author does not say that it can be undone then.
 */
export function stands(node: GraphNode, outcome: string): boolean {
  if (node.kind !== "effect" && node.kind !== "external") return false;
  const { undone } = node;
  if (undone === undefined) return false;
  if (undone.after.includes(outcome)) return undone.by === null;
  return node.kind === "external" && UNCLEAR.has(outcome);
}

const UNCLEAR: ReadonlySet<string> = new Set(["IN_DOUBT", "TIMEOUT", "FAULT"]);

/**
 * As what a call that is cancelled may be taken by whoever undoes: unanswered, where it was begun, or
 * as an attempt ended behind which another one was to come. It may also never have been begun.
 */
export function cancelledAs(node: GraphNode): readonly string[] {
  if (node.kind !== "external") return [];
  const unanswered = node.repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
  return [...new Set([unanswered, ...(node.retry?.outcomes ?? [])])];
}
