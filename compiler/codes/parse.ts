/** Diagnostics of the pass `parse`. */
import { entry } from "./entry.ts";

export const PARSE = {
  "parse/example": entry<{ name: string }>((p) => `to be replaced: \`${p.name}\``),
} as const;
