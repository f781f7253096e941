/**
 * The order of the records about calls to the outside: an attempt is followed by its answer, or by
 * the next attempt at the same call under the same key, and by nothing else. What a call may be
 * attempted for, and what may come of it, is the sealed graph's business.
 */
import type { Json } from "../../protocol/language/json.ts";
import type { AttemptedBody, ExternalBody } from "../../protocol/language/records.ts";
import { equal } from "../machine/compare.ts";

/** A record as far as the order of calls is concerned. */
type Ordered = AttemptedBody | ExternalBody | { readonly type: Other };
type Other = "opened" | "node" | "effect" | "closed" | "cut";

/** Why a record cannot stand behind the attempt before it, or behind none; undefined when it can. */
export function misplacedCall(
  calling: AttemptedBody | undefined,
  record: Ordered,
): string | undefined {
  if (record.type === "attempted") {
    return calling === undefined ? firstAttempt(record) : nextAttempt(calling, record);
  }
  if (record.type === "external") {
    return calling === undefined ? `\`${record.node}\` ${UNATTEMPTED}` : answer(calling, record);
  }
  return calling === undefined ? undefined : unanswered(calling, `\`${record.type}\``);
}

const UNATTEMPTED = "has an answer to a call that was never attempted";

function unanswered({ node, attempt }: AttemptedBody, found: string): string {
  return `attempt ${attempt} at \`${node}\` has no answer, and ${found} stands behind it`;
}

function firstAttempt({ node, attempt }: AttemptedBody): string | undefined {
  return attempt === 1 ? undefined : `\`${node}\` is attempted first, and says attempt ${attempt}`;
}

function nextAttempt(before: AttemptedBody, record: AttemptedBody): string | undefined {
  const { node, attempt } = record;
  if (node !== before.node) return unanswered(before, `an attempt at \`${node}\``);
  if (attempt !== before.attempt + 1) {
    return `attempt ${attempt} at \`${node}\` stands behind attempt ${before.attempt}`;
  }
  const other = SAME.find((name) => !equal(before[name] as Json, record[name] as Json));
  if (other === undefined) return undefined;
  return `attempt ${attempt} at \`${node}\` has another \`${other}\` than the one before`;
}

/** What every attempt at one call has in common. */
const SAME = ["effect", "operation", "idempotency_key", "input"] as const;

function answer(attempted: AttemptedBody, record: ExternalBody): string | undefined {
  const { node, attempt } = record;
  if (node !== attempted.node) return unanswered(attempted, `an answer of \`${node}\``);
  if (attempt !== attempted.attempt) {
    return `\`${node}\` answers attempt ${attempt}, and attempt ${attempted.attempt} was made last`;
  }
  const other = (["effect", "operation"] as const).find((name) => attempted[name] !== record[name]);
  if (other === undefined) return undefined;
  return `the answer of \`${node}\` has another \`${other}\` than its attempt`;
}
