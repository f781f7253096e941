/**
 * A path through a graph, as it is found and as it is told: node by node with outcomes, with what
 * the items of a `map` and the branches of a `parallel` went through inside of it.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import { quote } from "../codes/quote.ts";
import { isEnd, nodeOf } from "./part.ts";

export interface Step {
  readonly node: number;
  readonly outcome: string;
  readonly inside?: readonly Inside[];
  /** What undoes it and how that ends, should the path come to a node that undoes. */
  readonly undoing?: { readonly node: number; readonly outcome: string };
}

/** What an item or a branch went through; items that went alike are told together. */
export interface Inside {
  readonly times: number;
  readonly trail: Trail;
}

/** Grown at its end, so that paths share how they begin. */
export type Trail = { readonly before: Trail; readonly step: Step; readonly length: number } | null;

export function grown(before: Trail, step: Step): Trail {
  return { before, step, length: (before?.length ?? 0) + 1 };
}

export function stepsOf(trail: Trail): readonly Step[] {
  const steps: Step[] = [];
  for (let at = trail; at !== null; at = at.before) steps.push(at.step);
  return steps.reverse();
}

/** Before each node that undoes, what it undoes: the last first, as it is done. */
function withUndone(graph: Graph, steps: readonly Step[]): readonly Step[] {
  let left: Step[] = [];
  return steps.flatMap((step) => {
    const node = nodeOf(graph, step.node);
    const isUndone = (one: Step) =>
      node.kind === "undo" && nodeOf(graph, one.node).name.startsWith(node.within);
    const undone = left.filter(isUndone);
    left = [...left.filter((one) => !isUndone(one)), ...undoable(step)];
    return [...undone.reverse().flatMap(({ undoing }) => undoing ?? []), step];
  });
}

function undoable(step: Step): readonly Step[] {
  const inside = (step.inside ?? []).flatMap(({ trail }) => stepsOf(trail).flatMap(undoable));
  return step.undoing === undefined ? inside : [...inside, step];
}

/** Steps that are told of one path: the first and the last of them. */
const TOLD_MAX = 24;

export function pathText(graph: Graph, trail: Trail): string {
  const steps = withUndone(graph, stepsOf(trail));
  const tell = (step: Step) => stepText(graph, step);
  if (steps.length <= TOLD_MAX) return steps.map(tell).join(" → ");
  const half = TOLD_MAX / 2;
  const left = steps.length - TOLD_MAX;
  return [
    ...steps.slice(0, half).map(tell),
    `… ${left} more …`,
    ...steps.slice(-half).map(tell),
  ].join(" → ");
}

function stepText(graph: Graph, { node: index, outcome, inside = [] }: Step): string {
  const node = nodeOf(graph, index);
  const isLast = isEnd(node) && node.outcome === outcome;
  const own = isLast ? `${quote(node.name)} (${outcome})` : `${quote(node.name)} ${outcome}`;
  const told = inside
    .filter(({ times, trail }) => times > 0 && trail !== null)
    .map(({ times, trail }) => `${times > 1 ? `${times} times ` : ""}${pathText(graph, trail)}`);
  return told.length === 0 ? own : `${own} {${told.join("; ")}}`;
}
