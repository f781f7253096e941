/** Diagnostics of the pass `resolve`. */
import { entry } from "./entry.ts";

export const RESOLVE = {
  "resolve/example": entry<{ name: string }>((p) => `to be replaced: \`${p.name}\``),
} as const;
