/**
 * The engine's way out: `on_fault` and its lines, which lead from nearly every node to one place and
 * would bury the rest. They keep out of the layout: from below its box a line runs in the gap
 * between two ranks to a column on the right, and down. No line crosses a box.
 */
import { OUTCOME_LINE } from "../../../protocol/language/drawing.ts";
import type { GraphNode } from "../../../protocol/language/graph.ts";
import type { Point } from "../../layout.ts";
import type { Box, Line, Route } from "./drawing.ts";

/** From the border of a box to the start of its line, below it to the gap, and a corner's radius. */
const INSET = 20;
const DROP = 8;
const RADIUS = 6;
/** Between the layout and the first column, and between columns. */
const GAP = 24;
/** From one rank to the next where the layout has no more ranks. */
const STEP = 72;
const LABEL_WIDTH = 58;

/**
 * `on_fault`, and the `on_fault` of each call that leads only there. A call whose FAULT the author
 * routed stands with the nodes.
 */
export function asideNodes(nodes: readonly GraphNode[]): ReadonlySet<number> {
  const aside = new Set<number>();
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index];
    const end = node?.kind === "exit" && node.fault;
    const fault = node?.kind === "leave" && node.name.endsWith("/on_fault");
    if (end || (fault && node.edges.every((edge) => aside.has(edge.to)))) aside.add(index);
  }
  return new Set([...aside].reverse());
}

export interface Beside {
  readonly width: number;
  /** By node index, those that the layout placed. */
  readonly boxes: ReadonlyMap<number, Box>;
  /** By node index in topological order, those to be placed. */
  readonly added: ReadonlyMap<number, Pick<Box, "w" | "h">>;
  /** All that lead to the added ones. */
  readonly routes: readonly Route[];
}

export interface Besides {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<number, Box>;
  readonly lines: readonly Line[];
}

/** Places the added boxes in columns on the right, and draws the lines to them. */
export function besides(beside: Beside): Besides {
  const standing = standOf(beside);
  const columns = Math.max(-1, ...[...standing.values()].map(({ column }) => column)) + 1;
  const centres: number[] = [];
  let width = beside.width;
  for (let column = 0; column < columns; column++) {
    const widths = [...standing.values()].filter((one) => one.column === column).map(({ w }) => w);
    const widest = Math.max(...widths);
    centres.push(width + GAP + widest / 2);
    width += GAP + widest;
  }
  const boxes = new Map(
    [...standing].map(([index, { column, y, w, h }]) => [
      index,
      { x: centres[column] ?? 0, y, w, h },
    ]),
  );
  return {
    width,
    height: Math.max(0, ...[...boxes.values()].map(({ y, h }) => y + h / 2)),
    boxes,
    lines: beside.routes.flatMap((route) => {
      const from = beside.boxes.get(route.from) ?? boxes.get(route.from);
      const to = boxes.get(route.to);
      return from === undefined || to === undefined ? [] : [lineOf(route, from, to)];
    }),
  };
}

/** A box whose column is known and whose place across is not; it takes the column from `top` on. */
interface Standing extends Omit<Box, "x"> {
  readonly column: number;
  readonly top: number;
}

/** Each box one rank below the last that leads to it, right of every box beside which it runs. */
function standOf({ boxes, added, routes }: Beside): Map<number, Standing> {
  const ranks = [...new Set([...boxes.values()].map(({ y }) => y))].sort((a, b) => a - b);
  const standing = new Map<number, Standing>();
  for (const [index, { w, h }] of added) {
    const sources = routes
      .filter((route) => route.to === index)
      .flatMap(({ from }) => (boxes.get(from) ?? standing.get(from))?.y ?? []);
    const last = Math.max(...sources);
    const y =
      sources.length === 0
        ? (ranks.at(-1) ?? h / 2)
        : (ranks.find((rank) => rank > last) ?? last + STEP);
    const top = Math.min(y, ...sources);
    const beside = [...standing.values()].filter((one) => one.top <= y && top <= one.y);
    const column = Math.max(-1, ...beside.map((one) => one.column)) + 1;
    standing.set(index, { y, w, h, top, column });
  }
  return standing;
}

function lineOf(route: Route, from: Box, to: Box): Line {
  const x = from.x + from.w / 2 - INSET;
  const y = from.y + from.h / 2;
  const middle: Point = [
    x + LABEL_WIDTH / 2 + RADIUS,
    y + DROP + (route.outcomes.length * OUTCOME_LINE) / 2,
  ];
  const corners: Point[] = [
    [x, y],
    [x, y + DROP],
    [to.x, y + DROP],
    [to.x, to.y - to.h / 2],
  ];
  return { ...route, points: withRoundCorners(corners), label: middle, aside: true };
}

/** Bézier control points of a line through corners, each rounded. */
function withRoundCorners(corners: readonly Point[]): Point[] {
  const [first = [0, 0], ...rest] = corners;
  const points: Point[] = [first];
  let at = first;
  rest.forEach((corner, index) => {
    const next = rest[index + 1];
    const end = next === undefined ? corner : towards(corner, at);
    points.push(between(at, end, 1 / 3), between(at, end, 2 / 3), end);
    if (next === undefined) return;
    at = towards(corner, next);
    points.push(between(end, corner, 0.55), between(at, corner, 0.55), at);
  });
  return points;
}

/** The point at a corner's radius from `from` towards `to`. */
function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  return length === 0 ? from : between(from, to, Math.min(0.5, RADIUS / length));
}

function between(from: Point, to: Point, part: number): Point {
  return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
}
