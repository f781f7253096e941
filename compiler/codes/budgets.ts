/** Diagnostics of budgets, found by the pass `proofs`. */
import { entry } from "./entry.ts";
import { quote } from "./quote.ts";

export const BUDGETS = {
  "proofs/over-budget": entry<{
    workflow: string;
    measure: string;
    allowed: string;
    found: string;
    path: string;
  }>(
    (p) =>
      `${quote(p.workflow)} may exceed the budget of ${p.measure}: expected at most ${p.allowed}, found ${p.found}: ${p.path}`,
    { hint: "Take a step out of that path, bound it more tightly, or allow for more." },
  ),
} as const;
