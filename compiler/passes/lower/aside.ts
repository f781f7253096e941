/**
 * The engine's ways out: `on_fault`, `on_cancel` and their lines, which lead from nearly every node
 * to one place and would bury the rest. They keep out of the layout: their boxes stand in a column on the right, and
 * each box has a lane on its left. A line runs from below its node in the gap between two ranks to
 * the lane, and down; from one box to another it runs on the right. No line crosses a box.
 */
import { OUTCOME_LINE } from "../../../protocol/language/drawing.ts";
import type { GraphNode } from "../../../protocol/language/graph.ts";
import type { Point } from "../../layout.ts";
import type { Box, Line, Route, Size } from "./shapes.ts";

/** From the corner of a box to the start of its line, below it to the gap, and a corner's radius. */
const INSET = 20;
const DROP = 8;
const RADIUS = 6;
/** Between the layout and the first lane, between lanes, and between a lane and the boxes. */
const GAP = 16;
const LANE = 12;
/** From one box to the next below it. */
const STEP = 72;
const LABEL_WIDTH = 58;

/**
 * `on_fault`, `on_cancel`, what undoes before them, the `on_fault` of each body of a fork, and that
 * of each call that leads only there. A call whose FAULT the author routed stands with the nodes.
 */
export function asideNodes(nodes: readonly GraphNode[]): ReadonlySet<number> {
  const aside = new Set<number>();
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index];
    const last = node?.kind === "exit" && (node.fault || node.cancel === true);
    const end = last || (node?.kind === "join" && node.fault);
    const leads = node !== undefined && (node.kind === "undo" || isFaultEnd(node));
    if (end || (leads && node.edges.every((edge) => aside.has(edge.to)))) aside.add(index);
  }
  return new Set([...aside].reverse());
}

/** The `on_fault` of a call, or what it ends in where it undoes first. */
function isFaultEnd({ kind, name }: GraphNode): boolean {
  return kind === "leave" && /(^|[/])on_fault([/](compensated|stands))?$/.test(name);
}

export interface Beside {
  readonly width: number;
  /** By node index, those that the layout placed. */
  readonly boxes: ReadonlyMap<number, Box>;
  /** By node index in topological order, those to be placed. */
  readonly added: ReadonlyMap<number, Size>;
  /** All that lead to the added ones. */
  readonly routes: readonly Route[];
}

export interface Besides {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<number, Box>;
  readonly lines: readonly Line[];
}

/** Places the added boxes in a column on the right, and draws the lines to them. */
export function besides(beside: Beside): Besides {
  const standing = standOf(beside);
  const all = [...standing.values()];
  const lanes = 1 + Math.max(-1, ...all.map(({ lane }) => lane));
  const widest = Math.max(0, ...all.map(({ w }) => w));
  const left = beside.width + GAP + (lanes + 1) * LANE;
  const boxes = new Map(
    [...standing].map(([index, { y, w, h }]) => [index, { x: left + widest / 2, y, w, h }]),
  );
  const right = left + widest + GAP;
  return {
    width: standing.size === 0 ? beside.width : right,
    height: Math.max(0, ...all.map(({ y, h }) => y + h / 2)),
    boxes,
    lines: beside.routes.flatMap((route) => {
      const { from, to } = { from: boxes.get(route.from), to: boxes.get(route.to) };
      const source = beside.boxes.get(route.from);
      if (to === undefined) return [];
      if (from !== undefined) return outerLine(route, { from, to, lane: right });
      const lane = left - LANE * ((standing.get(route.to)?.lane ?? 0) + 1);
      return source === undefined ? [] : innerLine(route, { from: source, to, lane });
    }),
  };
}

/** A box whose place across is not known yet. Its lane, counted from the boxes, is taken from `top`. */
interface Standing extends Omit<Box, "x"> {
  readonly lane: number;
  readonly top: number;
}

/** Each box below all that leads to it and below the box before, in the nearest lane that is free. */
function standOf({ boxes, added, routes }: Beside): Map<number, Standing> {
  const ranks = [...new Set([...boxes.values()].map(({ y }) => y))].sort((a, b) => a - b);
  const standing = new Map<number, Standing>();
  let lowest = Number.NEGATIVE_INFINITY;
  for (const [index, { w, h }] of added) {
    const sources = routes
      .filter((route) => route.to === index)
      .flatMap(({ from }) => (boxes.get(from) ?? standing.get(from))?.y ?? []);
    const last = Math.max(ranks.at(0) ?? h / 2, lowest, ...sources);
    const y = ranks.find((rank) => rank > last && rank >= lowest + STEP) ?? last + STEP;
    const top = Math.min(y, ...sources);
    const taken = [...standing.values()].filter((one) => one.y >= top).map(({ lane }) => lane);
    standing.set(index, { y, w, h, top, lane: Math.max(-1, ...taken) + 1 });
    lowest = y;
  }
  return standing;
}

interface Ends {
  readonly from: Box;
  readonly to: Box;
  /** Where the line runs down. */
  readonly lane: number;
}

/** From below a node to the left side of a box in the column. */
function innerLine(route: Route, { from, to, lane }: Ends): Line {
  const x = from.x + from.w / 2 - INSET;
  const y = from.y + from.h / 2;
  const gap = y + DROP;
  const label: Point = [
    x + LABEL_WIDTH / 2 + RADIUS,
    gap + (route.outcomes.length * OUTCOME_LINE) / 2,
  ];
  return {
    ...route,
    points: withRoundCorners([
      [x, y],
      [x, gap],
      [lane, gap],
      [lane, to.y],
      [to.x - to.w / 2, to.y],
    ]),
    label,
    aside: true,
  };
}

/** From the right side of a box in the column to that of one below. */
function outerLine(route: Route, { from, to, lane }: Ends): Line {
  const out: Point = [from.x + from.w / 2, from.y];
  const label: Point = [lane - LABEL_WIDTH / 2, from.y + from.h / 2 + OUTCOME_LINE];
  return {
    ...route,
    points: withRoundCorners([out, [lane, from.y], [lane, to.y], [to.x + to.w / 2, to.y]]),
    label,
    aside: true,
  };
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
