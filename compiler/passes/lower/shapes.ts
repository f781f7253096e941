/** What a drawing is made of: boxes, lines, and the routes that lines are drawn for. */
import type { Drawing } from "../../../protocol/language/graph.ts";

/** A node's place and size. */
export type Box = Drawing["nodes"][number];
export type Size = Pick<Box, "w" | "h">;

export type Line = Drawing["edges"][number];
/** All outcomes that lead from one node to another, or what a fork begins: one line of the drawing. */
export type Route = Pick<Line, "from" | "to" | "outcomes" | "says">;
