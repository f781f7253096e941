/**
 * What nodes are called in records and commands. Outside of all branches that is the name in the
 * graph; a node that runs once for each item has the item's index in it: `each[3]/check` for
 * `each/check`. The same node of the same branch is always called the same.
 */
import type { GraphNode, MapNode, ParallelNode } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { edgeOf, type Target } from "./edges.ts";
import type { Command, Scope, Walk } from "./program.ts";

/** A name of the graph as it is told in a branch. */
export function toldIn(scope: Scope | null, name: string): string {
  if (scope === null) return name;
  const { sealed, told } = scope;
  invariant(name.startsWith(`${sealed}/`), "a branch's nodes are called after its fork");
  return told + name.slice(sealed.length);
}

/** What the node is called that the walk is at; one that undoes, after that which it undoes. */
export function nameOf({ scope, undoing }: Walk, { name }: GraphNode): string {
  return undoing === null ? toldIn(scope, name) : undoing.name;
}

/** Where an outcome leads, as it is told. */
export function takenBy({ program, scope }: Walk, node: GraphNode, outcome: string): Target {
  const target = edgeOf(program.graph, node, outcome);
  return scope === null ? target : { index: target.index, name: toldIn(scope, target.name) };
}

/** The scope of a fork's item or branch. */
export function scopeWithin(
  scope: Scope | null,
  fork: MapNode | ParallelNode,
  index: number,
): Scope {
  const told = toldIn(scope, fork.name);
  return {
    branch: scope === null ? [index] : [...scope.branch, index],
    sealed: fork.name,
    fork: told,
    told: fork.kind === "map" ? `${told}[${index}]` : told,
  };
}

/** Commands that are answered: each says in which branch it is asked. */
type Ask = Extract<Command, { readonly node: number }>;

export function ask({ scope, commands }: Walk, command: Ask): void {
  commands.push(scope === null ? command : { ...command, branch: scope.branch });
}
