/**
 * What the compiler, which lays a graph out, and the traces, which paint it, agree on: the two lines
 * of text in a node's box, and the sizes that boxes and outcomes are given room for. No font is ever
 * measured: whoever paints makes a text fit its box.
 */
import type { GraphNode } from "./graph.ts";
import { unreachable } from "./invariant.ts";
import { type FullName, splitName } from "./names.ts";

/** Estimated width of a character of a name, of capitals, in parts of the font's size. */
export const LETTER_WIDTH = 0.62;
export const CAPITAL_WIDTH = 0.7;

/** Font sizes: a node's name, the line below it, an edge's outcomes. */
export const TITLE_SIZE = 12;
export const SUBTITLE_SIZE = 8.5;
export const OUTCOME_SIZE = 9;

/** From one of an edge's outcomes to the next below it. */
export const OUTCOME_LINE = 11;

export const NODE_HEIGHT = 40;
/** From the longer line to the box's side. */
export const NODE_PADDING = 14;

export interface Caption {
  /** The node's name. */
  readonly title: string;
  /** What it does: a contract, an operation, an outcome. */
  readonly subtitle: string;
}

/** The two lines in a node's box. */
export function captionOf(node: GraphNode): Caption {
  return { title: node.name, subtitle: subtitleOf(node) };
}

function subtitleOf(node: GraphNode): string {
  switch (node.kind) {
    case "transform":
      return codeOf(node.capability);
    case "effect":
      return `${node.operation} ${node.store}`;
    case "external":
      return `${node.operation} ${codeOf(node.effect)}`;
    case "decide":
      return "decide";
    case "enter":
      return `call ${codeOf(node.workflow)}`;
    case "leave":
    case "exit":
      return node.outcome;
    default:
      return unreachable(node);
  }
}

function codeOf(name: FullName): string {
  return splitName(name)?.code ?? name;
}
