/**
 * What the compiler, which lays a graph out, and the traces, which paint it, agree on: the two lines
 * of text in a node's box and the sizes they are set in. Sizes are in the drawing's units and hold
 * for a fixed-width font; no font is ever measured.
 */
import type { GraphNode } from "./graph.ts";
import { unreachable } from "./invariant.ts";
import { type FullName, splitName } from "./names.ts";

/** Width of a character, in parts of the font's size. DejaVu Sans Mono has 0.602. */
export const CHARACTER_WIDTH = 0.602;

/** Font sizes: a node's name, the line below it, an edge's outcomes. */
export const TITLE_SIZE = 12;
export const SUBTITLE_SIZE = 9;
export const OUTCOME_SIZE = 10;

export const NODE_HEIGHT = 40;
/** From the longer line to the box's side. */
export const NODE_PADDING = 12;

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
