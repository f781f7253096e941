/**
 * One edge of a picture: its curve, its arrow head and the outcomes that take it. An arrow always
 * ends at the border of the node that it leads to, whatever the layout left between them.
 */
import { OUTCOME_LINE, OUTCOME_SIZE } from "../../protocol/language/drawing.ts";
import type { Drawing } from "../../protocol/language/graph.ts";
import { isEngineOutcome } from "../../protocol/language/names.ts";
import type { Box } from "./svg-node.ts";
import { FAINT, FAULT, MUTED, PAPER, PATH, RULE } from "./svg-palette.ts";
import { escapeXml, number } from "./svg-text.ts";

export type DrawnEdge = Drawing["edges"][number];

/** What an edge is to the path: taken with an outcome, merely possible, or a fault route. */
export interface EdgeLook {
  readonly taken: string | undefined;
  readonly fault: boolean;
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
  const colour = lineColour(look);
  return (
    `<path d="${curve([...edge.points.slice(0, -1), neck])}" fill="none" stroke="${colour}" stroke-width="${width}"/>` +
    `<polygon points="${arrow(tip, neck, ARROW.half * scale)}" fill="${colour}"/>\n`
  );
}

/** The outcomes of an edge, one a line, the one taken in the path's colour. */
export function drawLabel(edge: DrawnEdge, look: EdgeLook): string {
  if (edge.aside === true && look.taken === undefined) return "";
  const [x, y] = edge.label;
  const first = y - ((edge.outcomes.length - 1) * OUTCOME_LINE) / 2 + OUTCOME_SIZE * 0.36;
  const lines = edge.outcomes.map((outcome, index) => {
    const colour = outcome === look.taken ? lineColour(look) : look.fault ? FAINT : MUTED;
    const at = `x="${number(x)}" y="${number(first + index * OUTCOME_LINE)}"`;
    return `<text ${at} fill="${colour}">${escapeXml(outcome)}</text>`;
  });
  return `<g text-anchor="middle" font-size="${OUTCOME_SIZE}" stroke="${PAPER}" stroke-width="3" stroke-linejoin="round" paint-order="stroke">${lines.join("")}</g>\n`;
}

/** What the engine said of a node is no answer of it, wherever its author led it. */
function lineColour({ taken, fault }: EdgeLook): string {
  if (taken === undefined) return fault ? RULE : FAINT;
  return fault || isEngineOutcome(taken) ? FAULT : PATH;
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
