/** Diagnostics of the pass `shape`. */
import { entry } from "./entry.ts";

export const SHAPE = {
  "shape/example": entry<{ name: string }>((p) => `to be replaced: \`${p.name}\``),
} as const;
