/**
 * Which reasons the engine gives for which of its outcomes: a closed set, so that nobody can put
 * words of his own in its mouth. An outcome of the engine has a reason and no output; a declared one
 * has an output perhaps, and no reason.
 */
import { isStep, type LedgerRecord, type NodeBody } from "../../protocol/language/records.ts";

const UNKNOWN = ["unknown/elapsed", "unknown/interrupted", "unknown/no-answer", "unknown/threw"];

export const REASON_CODES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    "VIOLATION",
    new Set([
      "violation/missing-value",
      "violation/too-far",
      "violation/too-large",
      "violation/too-many-visits",
      "violation/unfit-input",
      "violation/unfit-list",
      "violation/unfit-time",
    ]),
  ],
  [
    "FAULT",
    new Set([
      "fault/asynchronous",
      "fault/erased",
      "fault/no-answer",
      "fault/not-json",
      "fault/threw",
      "fault/too-large",
      "fault/undeclared-outcome",
      "fault/unfit-output",
      "fault/unmarked-label",
    ]),
  ],
  ["TIMEOUT", new Set(UNKNOWN)],
  ["IN_DOUBT", new Set(UNKNOWN)],
]);

/** The member of a step's record, or of a retry's, that does not go with its outcome. */
export function misreasoned(record: LedgerRecord): "output" | "reason" | undefined {
  if (!isStep(record) && record.type !== "retry") return undefined;
  const { outcome, output, reason } = record;
  const codes = REASON_CODES.get(outcome);
  if (record.type === "node" && isLeft(record)) return undefined;
  // A wait that is over has neither: that time is up is reason enough.
  if (record.type === "node" && outcome === "TIMEOUT" && reason === undefined) {
    return output === undefined ? undefined : "output";
  }
  if (codes === undefined) return reason === undefined ? undefined : "reason";
  if (output !== undefined) return "output";
  return reason !== undefined && codes.has(reason.code) ? undefined : "reason";
}

/** Where a called workflow ends on its fault route, the call has that outcome, and its result. */
function isLeft({ node, outcome, output, reason }: NodeBody): boolean {
  return outcome === "FAULT" && node.includes("/") && output !== undefined && reason === undefined;
}
