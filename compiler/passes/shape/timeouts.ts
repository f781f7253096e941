/** A call to the outside is given some time, and not for ever: each timeout lies within its bounds. */
import { isObject, member } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { durationMs } from "../../duration.ts";
import type { ParsedDocument } from "../../model.ts";

const LONGEST = `PT${LIMITS.externalTimeoutMsMax / 3_600_000}H`;

/** What is no duration at all was found by the kind's schema. */
export function checkTimeouts(document: ParsedDocument): readonly Diagnostic[] {
  const operations = member(document.value, "operations");
  if (!isObject(operations)) return [];
  return Object.entries(operations).flatMap(([name, operation]) => {
    const found = member(operation, "timeout");
    const ms = typeof found === "string" ? durationMs(found) : undefined;
    if (ms === undefined || (ms > 0 && ms <= LIMITS.externalTimeoutMsMax)) return [];
    const at = document.spanOf(["operations", name, "timeout"]);
    const parameters = { found: String(found), limit: LONGEST };
    return [diagnose("shape/timeout-out-of-bounds", at, parameters)];
  });
}
