/**
 * What the compiler, which lays a graph out, and the traces, which paint it, agree on: the two lines
 * of text in a node's box, and the sizes that boxes and outcomes are given room for. No font is ever
 * measured: whoever paints makes a text fit its box.
 */
import type { AwaitNode, GraphNode } from "./graph.ts";
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
    case "join":
    case "exit":
      return node.outcome;
    case "await":
      return awaited(node);
    case "map":
      return `map, at most ${node.max}${node.concurrency === 1 ? "" : `, ${node.concurrency} at a time`}`;
    case "parallel":
      return `parallel ${namesOf(node.branches)}`;
    case "undo":
      return node.within === "" ? "undo what was done" : `undo ${node.within}`;
    default:
      return unreachable(node);
  }
}

/** So many names stand in a box; the rest are counted. */
const NAMES_MAX = 3;

function awaited({ signals, limit }: AwaitNode): string {
  const time = "afterMs" in limit ? durationText(limit.afterMs) : "a time in the data";
  if (signals.length === 0) return `wait ${"afterMs" in limit ? time : `until ${time}`}`;
  return `await ${namesOf(signals.map(([name]) => ({ name })))}, ${time}`;
}

function namesOf(named: readonly { readonly name: string }[]): string {
  const names = named.slice(0, NAMES_MAX).map(({ name }) => name);
  const more = named.length - names.length;
  return `${names.join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;

/** A length of time for a person: `30 d`, `1 d 2 h`, `1 min 30 s`. */
export function durationText(durationMs: number): string {
  let restMs = durationMs;
  const parts = UNITS.flatMap(([unit, unitMs]) => {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    return count === 0 ? [] : [`${count} ${unit}`];
  });
  return parts.length === 0 ? "0 s" : parts.join(" ");
}

function codeOf(name: FullName): string {
  return splitName(name)?.code ?? name;
}
