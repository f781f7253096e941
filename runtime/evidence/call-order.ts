/**
 * The order of the records about calls to the outside: an attempt is followed by its answer, or by
 * the next attempt at the same call under the same key, or a cancellation that leaves it in doubt,
 * and by nothing else. What a call may be
 * attempted for, and what may come of it, is the sealed graph's business.
 */
import type { Json } from "../../protocol/language/json.ts";
import type {
  AttemptedBody,
  CancelledBody,
  ExternalBody,
  RecordType,
} from "../../protocol/language/records.ts";
import { equal } from "../machine/compare.ts";

/** A record as far as the order of calls is concerned. */
type Ordered = AttemptedBody | ExternalBody | CancelledBody | { readonly type: Other };
type Other = Exclude<RecordType, "attempted" | "external" | "cancelled">;

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
  if (record.type === "cancelled") return cancellation(calling, record);
  return calling === undefined ? undefined : unanswered(calling, `\`${record.type}\``);
}

/** Who cancels between an attempt and its answer leaves that in doubt, and says so. */
function cancellation(
  calling: AttemptedBody | undefined,
  { node, in_doubt }: CancelledBody,
): string | undefined {
  if (calling === undefined) {
    return in_doubt ? `\`${node}\` is left in doubt, and no call was begun there` : undefined;
  }
  if (in_doubt && node === calling.node) return undefined;
  return unanswered(calling, `a cancellation at \`${node}\` that leaves no doubt`);
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
