/**
 * The calls to the outside of one trace, each with its attempts and its answer, as the records tell
 * them. It never says of a call without an answer whether it arrived: nobody knows.
 */
import type { Json } from "../../protocol/language/json.ts";
import type {
  AttemptedBody,
  ExternalBody,
  LedgerRecord,
  RetryBody,
} from "../../protocol/language/records.ts";

export interface Call {
  readonly node: string;
  readonly effect: string;
  readonly operation: string;
  /** What the outside was given to know the call by; null where no attempt is recorded. */
  readonly idempotencyKey: string | null;
  /** How often the call was begun. */
  readonly attempts: number;
  readonly input: Json;
  /** What came of earlier attempts after which the call was made again by design. */
  readonly retries: readonly (LedgerRecord & RetryBody)[];
  /** The last record about it: its answer, or the attempt that has none, or the wait for the next. */
  readonly last: LedgerRecord & (AttemptedBody | ExternalBody | RetryBody);
}

/** In the order in which they were begun. Only calls of an open trace, or of a cancelled one, have no answer. */
export function callsOf(records: readonly LedgerRecord[]): readonly Call[] {
  const calls: Call[] = [];
  const underway = new Map<string, number>();
  for (const record of records) {
    if (record.type !== "attempted" && record.type !== "external" && record.type !== "retry") {
      continue;
    }
    const { node, attempt: attempts } = record;
    const at = underway.get(node);
    const known = at === undefined ? undefined : calls[at];
    const call = known === undefined ? begun(record) : { ...known, attempts, last: record };
    const retries = record.type === "retry" ? [...call.retries, record] : call.retries;
    if (known === undefined) underway.set(node, calls.length);
    calls[at ?? calls.length] = { ...call, retries };
    if (record.type === "external") underway.delete(node);
  }
  return calls;
}

/** Of an answer whose attempt was lost: a chain that does not hold is shown as far as it goes. */
function begun(last: Call["last"]): Call {
  const { node, effect, operation, attempt: attempts } = last;
  const asked = last.type === "attempted" ? last : undefined;
  const idempotencyKey = asked?.idempotency_key ?? null;
  const input = asked?.input ?? null;
  return { node, effect, operation, idempotencyKey, attempts, input, retries: [], last };
}
