/**
 * Where boxes and lines stand: Graphviz's `dot`, the only file that knows it. It is told every size
 * as a number, so that no font can change a drawing, and gives the same layout everywhere. Graphs
 * beyond its reach are not its business (see `passes/lower/layers.ts`).
 */
import { Graphviz } from "@hpcc-js/wasm-graphviz";
import { invariant } from "../protocol/language/invariant.ts";

export type Point = readonly [x: number, y: number];

/** Sizes in points; edges by node index. No edge leads back to its own node. */
export interface LayoutRequest {
  readonly nodes: readonly { readonly w: number; readonly h: number }[];
  readonly edges: readonly {
    readonly from: number;
    readonly to: number;
    readonly label: { readonly w: number; readonly lines: number };
  }[];
}

/** In points, the origin at the top left, in the order of the request. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Centres. */
  readonly nodes: readonly Point[];
  readonly edges: readonly {
    /** Bézier control points: 1 + 3n of them, from the one box to the other. */
    readonly points: readonly Point[];
    readonly label: Point;
  }[];
}

export type LayOut = (request: LayoutRequest) => Layout;

const POINTS_PER_INCH = 72;
const LABEL_SIZE = 10;
/** Graphviz takes this width for a letter of Courier. */
const LABEL_LETTER = 0.6 * LABEL_SIZE;

/** Graphviz's JSON without drawing operations, at half the time; its types leave the name out. */
const FORMAT = "json0" as string as NonNullable<Parameters<Graphviz["layout"]>[1]>;

let loading: Promise<LayOut> | undefined;

/** Loads Graphviz, once a process. */
export function loadLayout(): Promise<LayOut> {
  loading ??= Graphviz.load().then((graphviz) => (request) => {
    if (request.nodes.length === 0) return { width: 0, height: 0, nodes: [], edges: [] };
    return layoutOf(graphviz.layout(dotOf(request), FORMAT, "dot", { yInvert: true }), request);
  });
  return loading;
}

/** The request as `dot` text. Labels are placeholders of the wanted size. */
function dotOf(request: LayoutRequest): string {
  const nodes = request.nodes.map(
    ({ w, h }, index) => `${index}[width=${w / POINTS_PER_INCH} height=${h / POINTS_PER_INCH}]`,
  );
  const edges = request.edges.map(({ from, to, label }) => {
    const line = "X".repeat(Math.ceil(label.w / LABEL_LETTER));
    return `${from}->${to}[label="${Array(label.lines).fill(line).join("\\n")}"]`;
  });
  return [
    "digraph{graph[nodesep=0.35 ranksep=0.42]",
    'node[shape=box fixedsize=true label=""]',
    `edge[fontname=Courier fontsize=${LABEL_SIZE} arrowhead=none]`,
    ...nodes,
    ...edges,
    "}",
  ].join("\n");
}

/** What is read of Graphviz's JSON: places are text, in points. */
interface Answer {
  readonly bb: string;
  readonly objects: readonly { readonly name: string; readonly pos: string }[];
  readonly edges?: readonly {
    readonly tail: number;
    readonly head: number;
    readonly pos: string;
    readonly lp: string;
  }[];
}

function layoutOf(text: string, request: LayoutRequest): Layout {
  const answer = JSON.parse(text) as Answer;
  const [, height = 0, width = 0] = numbers(answer.bb);
  const places = new Map(answer.objects.map(({ name, pos }) => [name, pointsOf(pos)[0]]));
  const lines = new Map(answer.edges?.map((line) => [`${line.tail} ${line.head}`, line]));
  return {
    width,
    height,
    nodes: request.nodes.map((_, index) => given(places.get(String(index)))),
    edges: request.edges.map(({ from, to }) => {
      const line = given(lines.get(`${from} ${to}`));
      return { points: pointsOf(line.pos), label: given(pointsOf(line.lp)[0]) };
    }),
  };
}

function pointsOf(text: string): Point[] {
  return text.split(" ").map((pair) => {
    const [x = Number.NaN, y = Number.NaN] = numbers(pair);
    invariant(Number.isFinite(x + y), "a layout gives numbers");
    return [x, y];
  });
}

function numbers(text: string): number[] {
  return text.split(",").map(Number);
}

function given<T>(value: T | undefined): T {
  invariant(value !== undefined, "a layout has a place for everything");
  return value;
}
