/** Artifacts that lead back to themselves, said as a circle with the place of every step. */
import { invariant } from "../../../protocol/language/invariant.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import { type Diagnostic, diagnose, type Related } from "../../diagnostic.ts";

/** A diagnostic at the circle's first step; the others are related. */
export function cycleDiagnostic(
  code: "resolve/schema-cycle" | "resolve/call-cycle" | "policy/subscription-cycle",
  cycle: readonly FullName[],
  step: (from: FullName, to: FullName) => Related,
): Diagnostic {
  const start = cycle[0];
  invariant(start !== undefined, "a circle has at least one member");
  const steps = cycle.map((name, at) => step(name, cycle[at + 1] ?? start));
  const circle = [...cycle, start].map((name) => `\`${name}\``).join(" → ");
  const [first, ...related] = steps;
  invariant(first !== undefined, "a circle has at least one step");
  return diagnose(code, first.span, { circle }, { related });
}
