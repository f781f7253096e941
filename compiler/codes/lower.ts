/** Diagnostics of the pass `lower`. */
import { entry } from "./entry.ts";

export const LOWER = {
  "lower/example": entry<{ name: string }>((p) => `to be replaced: \`${p.name}\``),
} as const;
