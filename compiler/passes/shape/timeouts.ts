/**
 * A call to the outside is given some time, and not for ever: each timeout lies within its bounds,
 * and so does the time of a budget.
 */
import { isObject, type Json, member } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { durationMs, durationText } from "../../duration.ts";
import type { ParsedDocument, PathStep } from "../../model.ts";

/** Of every operation of a contract. What is no duration at all was found by the kind's schema. */
export function checkTimeouts(document: ParsedDocument): readonly Diagnostic[] {
  const operations = member(document.value, "operations");
  if (!isObject(operations)) return [];
  return Object.entries(operations).flatMap(([name, operation]) =>
    checkBounds(member(operation, "timeout"), ["operations", name, "timeout"], {
      document,
      msMax: LIMITS.externalTimeoutMsMax,
    }),
  );
}

/** Of an intent: a path of a thousand waits may take a thousand times as long as one. */
export function checkBudget(document: ParsedDocument): readonly Diagnostic[] {
  const time = member(member(document.value, "budget"), "time");
  return checkBounds(time, ["budget", "time"], { document, msMax: LIMITS.budgetMsMax });
}

export interface Bounds {
  readonly document: ParsedDocument;
  readonly msMax: number;
}

/** A duration is longer than nothing and not above its limit; what is none is let by. */
export function checkBounds(
  found: Json | undefined,
  at: readonly PathStep[],
  { document, msMax }: Bounds,
): readonly Diagnostic[] {
  const ms = typeof found === "string" ? durationMs(found) : undefined;
  if (ms === undefined || (ms > 0 && ms <= msMax)) return [];
  const words = { found: String(found), limit: durationText(msMax) };
  return [diagnose("shape/timeout-out-of-bounds", document.spanOf(at), words)];
}
