/**
 * Draws a lowered graph: what the author routed is laid out from top to bottom, the engine's ways to
 * `on_fault` and `on_cancel` are led past it (`aside.ts`). It gives places, never colours, and the same ones for the
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
import type { LayOut, LayoutRequest, Point } from "../../layout.ts";
import { asideNodes, besides } from "./aside.ts";
import { layers, spansOf } from "./layers.ts";
import { compensations, rowsBelow } from "./rows.ts";
import type { Route, Size } from "./shapes.ts";

/** What `dot` lays out in well under a second; ten times as many ranks crossed exhaust it. */
const DOT_SPANS_MAX = 600;
const DOT_NODES_MAX = 150;

const NODE_GRID = 48;
const LABEL_GRID = 24;

/** Makes drawings; what has the same boxes and outcomes is drawn once. */
export function drawer(layOut: LayOut): (nodes: readonly GraphNode[]) => Drawing {
  const known = new Map<string, Drawing>();
  return (nodes) => {
    const aside = asideNodes(nodes);
    const below = compensations(nodes);
    const picture = { sizes: nodes.map(sizeOf), routes: nodes.flatMap(routesOf), aside, below };
    const shape = JSON.stringify([picture.sizes, picture.routes, [...aside], [...below]]);
    const drawing = known.get(shape) ?? drawingOf(picture, layOut);
    known.set(shape, drawing);
    return drawing;
  };
}

/** All that a drawing depends on. */
interface Picture {
  readonly sizes: readonly Size[];
  readonly routes: readonly Route[];
  readonly aside: ReadonlySet<number>;
  /** What undoes effects. */
  readonly below: ReadonlySet<number>;
}

function drawingOf({ sizes, routes, aside, below }: Picture, layOut: LayOut): Drawing {
  const inside = [...sizes.keys()].filter((index) => !aside.has(index) && !below.has(index));
  const routed = routes.filter((route) => !aside.has(route.to));
  const request = requestOf(sizes, inside, routed);
  const layout = methodFor(request, layOut)(request);
  const boxes = new Map(
    inside.map((index, at) => [index, { ...pointAt(layout.nodes[at]), ...given(sizes[index]) }]),
  );
  const extra = besides({
    width: layout.width,
    boxes,
    added: new Map([...aside].map((index) => [index, given(sizes[index])])),
    routes: routes.filter((route) => aside.has(route.to)),
  });
  const drawn = {
    width: Math.max(layout.width, extra.width),
    height: Math.max(layout.height, extra.height),
  };
  const added = new Map([...below].map((index) => [index, given(sizes[index])]));
  const last = rowsBelow(layout, drawn, added);
  const places = new Map([...boxes, ...extra.boxes, ...last.boxes]);
  return rounded({
    width: Math.max(drawn.width, last.width),
    height: Math.max(drawn.height, last.height),
    nodes: sizes.map((_, index) => given(places.get(index))),
    edges: [
      ...routed.map((route, at) => ({ ...route, ...given(layout.edges[at]) })),
      ...extra.lines,
    ],
  });
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
  return [
    ...[...outcomes].map(([to, names]) => ({ from, to, outcomes: names })),
    ...beginningsOf(node).map(({ to, says }) => ({ from, to, outcomes: [], says })),
  ];
}

/** The bodies of a fork, to which no edge leads. */
function beginningsOf(node: GraphNode): readonly { readonly to: number; readonly says: string }[] {
  if (node.kind === "map") return [{ to: node.body, says: "each" }];
  if (node.kind !== "parallel") return [];
  return node.branches.map(({ name, body }) => ({ to: body, says: name }));
}

/**
 * How large a node's box is. Widths stand on a grid, as do those of labels: what is built alike is
 * then drawn alike, and laid out once.
 */
function sizeOf(node: GraphNode): Size {
  const { title, subtitle } = captionOf(node);
  const letters = Math.max(
    title.length * TITLE_SIZE * LETTER_WIDTH,
    subtitle.length * SUBTITLE_SIZE * CAPITAL_WIDTH,
  );
  return { w: onGrid(letters + 2 * NODE_PADDING, NODE_GRID), h: NODE_HEIGHT };
}

function requestOf(
  sizes: readonly Size[],
  inside: readonly number[],
  routed: readonly Route[],
): LayoutRequest {
  const local = new Map(inside.map((index, at) => [index, at]));
  return {
    nodes: inside.map((index) => given(sizes[index])),
    edges: routed.map(({ from, to, outcomes, says }) => {
      const lines = says === undefined ? outcomes : [says];
      return {
        from: given(local.get(from)),
        to: given(local.get(to)),
        label: { w: widthOf(lines), lines: lines.length },
      };
    }),
  };
}

function widthOf(outcomes: readonly string[]): number {
  const longest = Math.max(...outcomes.map((outcome) => outcome.length));
  return onGrid(longest * OUTCOME_SIZE * CAPITAL_WIDTH, LABEL_GRID);
}

function onGrid(width: number, grid: number): number {
  return Math.ceil(width / grid) * grid;
}

function pointAt(point: Point | undefined): { x: number; y: number } {
  const [x, y] = given(point);
  return { x, y };
}

function given<T>(value: T | undefined): T {
  invariant(value !== undefined, "a drawing has a place for everything");
  return value;
}

/** Places to a point: what no eye sees is not sealed. */
function rounded(drawing: Drawing): Drawing {
  const point = ([x, y]: Point): Point => [Math.round(x), Math.round(y)];
  return {
    width: Math.round(drawing.width),
    height: Math.round(drawing.height),
    nodes: drawing.nodes.map(({ x, y, w, h }) => ({ x: Math.round(x), y: Math.round(y), w, h })),
    edges: drawing.edges.map((line) => ({
      ...line,
      points: line.points.map(point),
      label: point(line.label),
    })),
  };
}
