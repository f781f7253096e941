/** Diagnostics of the pass `load`. */
import { entry } from "./entry.ts";

export const LOAD = {
  "load/no-protocol": entry<{ folder: string }>(
    (p) => `no protocol found: expected a folder \`${p.folder}\``,
    { hint: "Create it, with a folder for each domain, or name another workspace." },
  ),
} as const;
