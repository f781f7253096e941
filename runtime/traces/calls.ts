/**
 * The calls to the outside of one trace, each with its attempts and its answer, as the records tell
 * them. It never says of a call without an answer whether it arrived: nobody knows.
 */
import type { Json } from "../../protocol/language/json.ts";
import type { AttemptedBody, ExternalBody, LedgerRecord } from "../../protocol/language/records.ts";

export interface Call {
  readonly node: string;
  readonly effect: string;
  readonly operation: string;
  /** What the outside was given to know the call by; null where no attempt is recorded. */
  readonly idempotencyKey: string | null;
  /** How often the call was begun. */
  readonly attempts: number;
  readonly input: Json;
  /** The last record about it: its answer, or the attempt that has none. */
  readonly last: LedgerRecord & (AttemptedBody | ExternalBody);
}

/** In the order in which they were begun. Only the last call of an open trace has no answer. */
export function callsOf(records: readonly LedgerRecord[]): readonly Call[] {
  const calls: Call[] = [];
  let asked: Call | undefined;
  for (const record of records) {
    if (record.type === "attempted") {
      const { node, effect, operation, input, attempt: attempts } = record;
      if (asked !== undefined && asked.node !== node) calls.push(asked);
      const idempotencyKey = record.idempotency_key;
      asked = { node, effect, operation, idempotencyKey, attempts, input, last: record };
    } else if (record.type === "external") {
      calls.push({ ...(asked ?? unasked(record)), last: record });
      asked = undefined;
    }
  }
  return asked === undefined ? calls : [...calls, asked];
}

/** Of an answer whose attempt was lost: a chain that does not hold is shown as far as it goes. */
function unasked(record: LedgerRecord & ExternalBody): Call {
  const { node, effect, operation, attempt: attempts } = record;
  return { node, effect, operation, idempotencyKey: null, attempts, input: null, last: record };
}
