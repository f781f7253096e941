/** Diagnostics of the pass `prove`. */
import { entry } from "./entry.ts";

export const PROVE = {
  "prove/example": entry<{ name: string }>((p) => `to be replaced: \`${p.name}\``),
} as const;
