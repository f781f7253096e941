/**
 * What undoes effects has no edges, and so no place in a layout: it stands in rows below the rest, in
 * the order of the graph. No row is wider than the drawing, unless one box is.
 */
import type { GraphNode } from "../../../protocol/language/graph.ts";
import type { Box, Size } from "./shapes.ts";

/** From the drawing to the first row, and from one to the next. */
const ROW_STEP = 64;
const BOX_GAP = 24;

/** Nodes that undo others, by index. */
export function compensations(nodes: readonly GraphNode[]): ReadonlySet<number> {
  const found = nodes.flatMap((node) => {
    const by = "undone" in node ? (node.undone?.by ?? null) : null;
    return by === null ? [] : [by];
  });
  return new Set(found.sort((a, b) => a - b));
}

export interface Rows {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<number, Box>;
}

/** Places boxes in rows below a drawing. */
export function rows(
  drawn: { readonly width: number; readonly height: number },
  added: ReadonlyMap<number, Size>,
): Rows {
  const boxes = new Map<number, Box>();
  let { width, height } = drawn;
  let left = 0;
  for (const [index, { w, h }] of added) {
    const begins = boxes.size === 0 || left + w > width;
    if (begins) {
      left = 0;
      height += ROW_STEP;
    }
    boxes.set(index, { x: left + w / 2, y: height - h / 2, w, h });
    left += w + BOX_GAP;
    width = Math.max(width, left - BOX_GAP);
  }
  return { width, height, boxes };
}
