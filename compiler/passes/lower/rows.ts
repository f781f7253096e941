/**
 * What undoes effects has no edges, and so no place in a layout: it stands in rows below the rest, in
 * the order of the graph. No row is wider than what it stands below, unless one box is.
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

interface Area {
  readonly width: number;
  readonly height: number;
}

/**
 * Places boxes in rows: below the layout, beside what is led past it, where each box is no wider
 * than the layout is; else below the whole drawing.
 */
export function rowsBelow(layout: Area, drawn: Area, added: ReadonlyMap<number, Size>): Rows {
  const widest = Math.max(0, ...[...added.values()].map(({ w }) => w));
  return rowsIn(widest <= layout.width ? layout : drawn, added);
}

function rowsIn(area: Area, added: ReadonlyMap<number, Size>): Rows {
  const boxes = new Map<number, Box>();
  let { width, height } = area;
  let left = 0;
  for (const [index, { w, h }] of added) {
    if (boxes.size === 0 || left + w > width) {
      left = 0;
      height += ROW_STEP;
    }
    boxes.set(index, { x: left + w / 2, y: height - h / 2, w, h });
    left += w + BOX_GAP;
    width = Math.max(width, left - BOX_GAP);
  }
  return { width, height, boxes };
}
