/** Diagnostics of the pass `routing`. */
import { entry } from "./entry.ts";

export const ROUTING = {
  "routing/example": entry<{ name: string }>((p) => `to be replaced: \`${p.name}\``),
} as const;
