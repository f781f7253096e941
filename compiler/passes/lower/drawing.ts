/**
 * Draws a lowered graph: what the author routed is laid out from top to bottom, the engine's way to
 * `on_fault` is led past it (`aside.ts`). It gives places, never colours, and the same ones for the
 * same shape everywhere.
 */
import {
  CAPITAL_WIDTH,
  captionOf,
  LETTER_WIDTH,
  NODE_HEIGHT,
  NODE_PADDING,
  OUTCOME_SIZE,
  SUBTITLE_SIZE,
  TITLE_SIZE,
} from "../../../protocol/language/drawing.ts";
import type { Drawing, GraphNode } from "../../../protocol/language/graph.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import type { LayOut, Layout, LayoutRequest, Point } from "../../layout.ts";
import { asideNodes, besides } from "./aside.ts";
import { layers, spansOf } from "./layers.ts";

export type Box = Drawing["nodes"][number];
export type Line = Drawing["edges"][number];

/** All outcomes that lead from one node to another: one line of the drawing. */
export type Route = Pick<Line, "from" | "to" | "outcomes">;

/** What `dot` lays out in well under a second; ten times as many ranks crossed exhaust it. */
const DOT_SPANS_MAX = 600;
const DOT_NODES_MAX = 150;

/** Makes drawings; one shape is laid out once. */
export function drawer(layOut: LayOut): (nodes: readonly GraphNode[]) => Drawing {
  const known = new Map<string, Layout>();
  return (nodes) => {
    const aside = asideNodes(nodes);
    const inside = [...nodes.keys()].filter((index) => !aside.has(index));
    const routes = nodes.flatMap(routesOf);
    const routed = routes.filter((route) => !aside.has(route.to));
    const request = requestOf(nodes, inside, routed);
    const shape = JSON.stringify(request);
    const layout = known.get(shape) ?? methodFor(request, layOut)(request);
    known.set(shape, layout);
    const boxes = new Map(
      inside.map((index, at) => [index, boxOf(nodes, index, layout.nodes[at])]),
    );
    const lines = routed.map((route, at) => lineOf(route, layout.edges[at]));
    const extra = besides({
      width: layout.width,
      boxes,
      added: new Map([...aside].map((index) => [index, sizeOf(given(nodes[index]))])),
      routes: routes.filter((route) => aside.has(route.to)),
    });
    return rounded({
      width: Math.max(layout.width, extra.width),
      height: Math.max(layout.height, extra.height),
      nodes: nodes.map((_, index) => given(boxes.get(index) ?? extra.boxes.get(index))),
      edges: [...lines, ...extra.lines],
    });
  };
}

function methodFor(request: LayoutRequest, layOut: LayOut): LayOut {
  const large = request.nodes.length > DOT_NODES_MAX || spansOf(request) > DOT_SPANS_MAX;
  return large ? layers : layOut;
}

function routesOf(node: GraphNode, from: number): Route[] {
  const outcomes = new Map<number, string[]>();
  for (const edge of node.edges) {
    outcomes.set(edge.to, [...(outcomes.get(edge.to) ?? []), edge.outcome]);
  }
  return [...outcomes].map(([to, names]) => ({ from, to, outcomes: names }));
}

/** How large a node's box is. */
function sizeOf(node: GraphNode): { w: number; h: number } {
  const { title, subtitle } = captionOf(node);
  const letters = Math.max(
    title.length * TITLE_SIZE * LETTER_WIDTH,
    subtitle.length * SUBTITLE_SIZE * CAPITAL_WIDTH,
  );
  return { w: Math.ceil(letters) + 2 * NODE_PADDING, h: NODE_HEIGHT };
}

function requestOf(
  nodes: readonly GraphNode[],
  inside: readonly number[],
  routed: readonly Route[],
): LayoutRequest {
  const local = new Map(inside.map((index, at) => [index, at]));
  return {
    nodes: inside.map((index) => sizeOf(given(nodes[index]))),
    edges: routed.map(({ from, to, outcomes }) => ({
      from: given(local.get(from)),
      to: given(local.get(to)),
      label: { w: widthOf(outcomes), lines: outcomes.length },
    })),
  };
}

function widthOf(outcomes: readonly string[]): number {
  const longest = Math.max(...outcomes.map((outcome) => outcome.length));
  return Math.ceil(longest * OUTCOME_SIZE * CAPITAL_WIDTH);
}

function boxOf(nodes: readonly GraphNode[], index: number, at: Point | undefined): Box {
  const [x, y] = given(at);
  return { x, y, ...sizeOf(given(nodes[index])) };
}

function lineOf(route: Route, placed: Layout["edges"][number] | undefined): Line {
  return { ...route, ...given(placed) };
}

function given<T>(value: T | undefined): T {
  invariant(value !== undefined, "a drawing has a place for everything");
  return value;
}

/** Places to a tenth of a point: what no eye sees is not sealed. */
function rounded(drawing: Drawing): Drawing {
  const tenth = (value: number): number => Math.round(value * 10) / 10;
  const point = ([x, y]: Point): Point => [tenth(x), tenth(y)];
  return {
    width: tenth(drawing.width),
    height: tenth(drawing.height),
    nodes: drawing.nodes.map(({ x, y, w, h }) => ({ x: tenth(x), y: tenth(y), w, h })),
    edges: drawing.edges.map((line) => ({
      ...line,
      points: line.points.map(point),
      label: point(line.label),
    })),
  };
}
