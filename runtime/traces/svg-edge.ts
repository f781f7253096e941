/**
 * One edge of a picture: its curve, its arrow head and the outcomes that take it. An arrow always
 * ends at the border of the node that it leads to, whatever the layout left between them.
 */
import { OUTCOME_LINE, OUTCOME_SIZE } from "../../protocol/language/drawing.ts";
import type { Drawing } from "../../protocol/language/graph.ts";
import { isEngineOutcome } from "../../protocol/language/names.ts";
import type { Box, Way } from "./svg-node.ts";
import { FAINT, FAULT, MUTED, PAPER, PATH, RULE, TINTS } from "./svg-palette.ts";
import { escapeXml, number, textWidth } from "./svg-text.ts";

export type DrawnEdge = Drawing["edges"][number];

/** What an edge is to the path: how often each of its outcomes was taken, or that it may be. */
export interface EdgeLook {
  /** Undefined where it was not. */
  readonly taken: ReadonlyMap<string, number> | undefined;
  readonly way: Way;
}

type Point = readonly [x: number, y: number];

const ARROW = { length: 7, half: 3 };

/** An edge's line and arrow head, without its label. */
export function drawEdge(edge: DrawnEdge, target: Box, look: EdgeLook): string {
  const last = edge.points.at(-1);
  const before = edge.points.at(-2);
  if (last === undefined || before === undefined) return "";
  const tip = borderPoint(last, before, target);
  const width = look.taken === undefined ? 1 : 2.4;
  const scale = look.taken === undefined ? 0.8 : 1.25;
  const neck = towards(tip, before, ARROW.length * scale);
  const colour = lineColour(edge, look);
  const dashes = dashesOf(edge, look);
  return (
    `<path d="${curve([...edge.points.slice(0, -1), neck])}" fill="none" stroke="${colour}" stroke-width="${edge.says === undefined ? width : width * 0.7}"${dashes}/>` +
    `<polygon points="${arrow(tip, neck, ARROW.half * scale)}" fill="${colour}"/>\n`
  );
}

/** What is no edge is dashed, the way of what is cancelled dotted. */
function dashesOf({ says }: DrawnEdge, { taken, way }: EdgeLook): string {
  if (says !== undefined) return ' stroke-dasharray="7 4"';
  return way === "cancel" && taken === undefined ? ' stroke-dasharray="2 3"' : "";
}

/** The outcomes of an edge, one a line, those taken in the path's colour and with their number. */
export function drawLabel(edge: DrawnEdge, look: EdgeLook): string {
  if (edge.aside === true && look.taken === undefined) return "";
  const [x, y] = edge.label;
  const outcomes = edge.says === undefined ? edge.outcomes : [edge.says];
  const first = y - ((outcomes.length - 1) * OUTCOME_LINE) / 2 + OUTCOME_SIZE * 0.36;
  const lines = outcomes.map((outcome, index) => {
    const times = look.taken?.get(outcome);
    const lit = times !== undefined || (edge.says !== undefined && look.taken !== undefined);
    const colour = lit ? outcomeColour(edge, look, outcome) : look.way === "routed" ? MUTED : FAINT;
    const often = (times ?? 1) > 1 ? ` ${times}\u00d7` : "";
    // The number stands behind the room that the outcome was given.
    const centre = x + textWidth(often, OUTCOME_SIZE) / 2;
    const at = `x="${number(centre)}" y="${number(first + index * OUTCOME_LINE)}"`;
    const text = outcome + often;
    return `<text ${at} fill="${colour}">${escapeXml(text)}</text>`;
  });
  return `<g text-anchor="middle" font-size="${OUTCOME_SIZE}" stroke="${PAPER}" stroke-width="3" stroke-linejoin="round" paint-order="stroke">${lines.join("")}</g>\n`;
}

function lineColour(edge: DrawnEdge, { taken, way }: EdgeLook): string {
  if (taken === undefined) return way === "routed" ? FAINT : RULE;
  if (edge.says !== undefined) return edge.says === "undo" ? TINTS.undo.line : TINTS.fork.line;
  if (way !== "routed") return TINTS[way].line;
  return [...taken.keys()].every(isEngineOutcome) ? FAULT : PATH;
}

/** What the engine said of a node is no answer of it, wherever its author led it. */
function outcomeColour(edge: DrawnEdge, look: EdgeLook, outcome: string): string {
  const isEngine = look.way === "routed" && edge.says === undefined && isEngineOutcome(outcome);
  if (isEngine) return FAULT;
  const line = lineColour(edge, look);
  return line === FAULT ? PATH : line;
}

function curve(points: readonly Point[]): string {
  const [first, ...rest] = points.map(([x, y]) => `${number(x)} ${number(y)}`);
  return `M${first}C${rest.join(" ")}`;
}

function arrow(tip: Point, neck: Point, half: number): string {
  const dx = tip[0] - neck[0];
  const dy = tip[1] - neck[1];
  const length = Math.hypot(dx, dy) || 1;
  const [nx, ny] = [(-dy / length) * half, (dx / length) * half];
  const corners: Point[] = [tip, [neck[0] + nx, neck[1] + ny], [neck[0] - nx, neck[1] - ny]];
  return corners.map(([x, y]) => `${number(x)},${number(y)}`).join(" ");
}

/** The point at a distance from `from` in the direction of `to`. */
function towards(from: Point, to: Point, distance: number): Point {
  const dx = to[0] - from[0];
  const dy = to[1] - from[1];
  const length = Math.hypot(dx, dy) || 1;
  return [from[0] + (dx / length) * distance, from[1] + (dy / length) * distance];
}

/** How far beyond a curve's end its node's border may lie to be found. */
const GAP_MAX = 24;

/** Where the line from `before` through `last` meets the box; `last` itself when it does not. */
function borderPoint(last: Point, before: Point, { x, y, w, h }: Box): Point {
  const dx = last[0] - before[0];
  const dy = last[1] - before[1];
  const length = Math.hypot(dx, dy);
  if (length === 0) return last;
  const [ux, uy] = [dx / length, dy / length];
  const enters = (from: number, along: number, low: number, high: number): [number, number] => {
    if (along === 0)
      return from >= low && from <= high ? [-Infinity, Infinity] : [Infinity, -Infinity];
    const [a, b] = [(low - from) / along, (high - from) / along];
    return [Math.min(a, b), Math.max(a, b)];
  };
  const [x1, x2] = enters(last[0], ux, x - w / 2, x + w / 2);
  const [y1, y2] = enters(last[1], uy, y - h / 2, y + h / 2);
  const [near, far] = [Math.max(x1, y1), Math.min(x2, y2)];
  if (near > far || Math.abs(near) > GAP_MAX) return last;
  return [last[0] + ux * near, last[1] + uy * near];
}
