/**
 * The plain layout for graphs that are too large for a layout to be worth its time: ranks from top
 * to bottom, boxes in the order of the graph, curves between them. Linear in nodes and edges.
 */
import type { Layout, LayoutRequest, Point } from "../../layout.ts";

const RANK_STEP = 110;
const BOX_GAP = 24;

/** Lays out a request whose edges lead from lower to higher indices. */
export function layers(request: LayoutRequest): Layout {
  const ranks = ranksOf(request);
  const filled: number[] = [];
  const nodes = request.nodes.map(({ w, h }, index): Point => {
    const rank = ranks[index] ?? 0;
    const left = filled[rank] ?? 0;
    filled[rank] = left + w + BOX_GAP;
    return [left + w / 2, rank * RANK_STEP + h / 2];
  });
  const half = (index: number): number => (request.nodes[index]?.h ?? 0) / 2;
  const at = (index: number): Point => nodes[index] ?? [0, 0];
  return {
    width: filled.reduce((widest, end) => Math.max(widest, end - BOX_GAP), 0),
    height: filled.length * RANK_STEP,
    nodes,
    edges: request.edges.map(({ from, to }) => {
      const [x1, y1] = [at(from)[0], at(from)[1] + half(from)];
      const [x2, y2] = [at(to)[0], at(to)[1] - half(to)];
      const middle = (y1 + y2) / 2;
      return {
        points: [
          [x1, y1],
          [x1, middle],
          [x2, middle],
          [x2, y2],
        ],
        label: [(x1 + x2) / 2, middle],
      };
    }),
  };
}

/** How many ranks the lines cross together: what `dot` needs time and memory for. */
export function spansOf(request: LayoutRequest): number {
  const ranks = ranksOf(request);
  return request.edges.reduce(
    (sum, { from, to }) => sum + (ranks[to] ?? 0) - (ranks[from] ?? 0),
    0,
  );
}

/** Each node one rank below the lowest that leads to it. */
function ranksOf({ nodes, edges }: LayoutRequest): number[] {
  const ranks = nodes.map(() => 0);
  for (const { from, to } of [...edges].sort((a, b) => a.from - b.from)) {
    ranks[to] = Math.max(ranks[to] ?? 0, (ranks[from] ?? 0) + 1);
  }
  return ranks;
}
