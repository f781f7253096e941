/** Diagnostics of the pass `typecheck`. */
import { entry } from "./entry.ts";

export const TYPECHECK = {
  "typecheck/example": entry<{ name: string }>((p) => `to be replaced: \`${p.name}\``),
} as const;
