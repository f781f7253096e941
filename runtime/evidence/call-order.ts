/**
 * The order of the records about one call to the outside: an attempt is followed by its answer, by
 * the next attempt at the same call under the same key, by a wait before that one, or by a
 * cancellation that leaves it in doubt. What a call may be attempted for, what may come of it and how
 * long is waited is the sealed graph's business; what other calls do meanwhile, the chain's.
 */
import type { Json } from "../../protocol/language/json.ts";
import type {
  AttemptedBody,
  CancelledBody,
  ExternalBody,
  RecordType,
  RetryBody,
} from "../../protocol/language/records.ts";
import { equal } from "../machine/compare.ts";

/** A record about a call; of the time it says, attempts need theirs. */
export type CallRecord = (AttemptedBody & { readonly at: string }) | ExternalBody | RetryBody;

/** Why a record cannot stand behind what the call has come to; undefined when it can. */
export function misplacedCall(
  calling: AttemptedBody | RetryBody | undefined,
  record: CallRecord,
  first?: AttemptedBody,
): string | undefined {
  if (record.type === "attempted") {
    return calling === undefined ? firstAttempt(record) : nextAttempt(calling, record, first);
  }
  if (calling === undefined) return `\`${record.node}\` ${UNATTEMPTED}`;
  if (calling.type === "retry") {
    return `\`${record.node}\` waits to be tried again, and has an answer before that`;
  }
  return answer(calling, record);
}

const UNATTEMPTED = "has an answer to a call that was never attempted";

function firstAttempt({ node, attempt }: AttemptedBody): string | undefined {
  return attempt === 1 ? undefined : `\`${node}\` is attempted first, and says attempt ${attempt}`;
}

function nextAttempt(
  before: AttemptedBody | RetryBody,
  record: AttemptedBody & { readonly at: string },
  first: AttemptedBody | undefined,
): string | undefined {
  const { node, attempt, at } = record;
  if (attempt !== before.attempt + 1) {
    return `attempt ${attempt} at \`${node}\` stands behind attempt ${before.attempt}`;
  }
  if (before.type === "retry" && at < before.until) {
    return `attempt ${attempt} at \`${node}\` is due at ${before.until}, and was made at ${at}`;
  }
  const same = before.type === "attempted" ? before : first;
  const other = same && SAME.find((name) => !equal(same[name] as Json, record[name] as Json));
  if (other === undefined) return undefined;
  return `attempt ${attempt} at \`${node}\` has another \`${other}\` than the one before`;
}

/** What every attempt at one call has in common. */
const SAME = ["effect", "operation", "idempotency_key", "input"] as const;

function answer(attempted: AttemptedBody, record: ExternalBody | RetryBody): string | undefined {
  const { node, attempt } = record;
  if (attempt !== attempted.attempt) {
    return `\`${node}\` answers attempt ${attempt}, and attempt ${attempted.attempt} was made last`;
  }
  const other = (["effect", "operation"] as const).find((name) => attempted[name] !== record[name]);
  if (other === undefined) return undefined;
  return `the answer of \`${node}\` has another \`${other}\` than its attempt`;
}

/** The calls of one trace that are under way, by node: the last record, and the first attempt. */
export type Calls = ReadonlyMap<string, Underway>;

interface Underway {
  readonly last: AttemptedBody | RetryBody;
  readonly first: AttemptedBody;
}

export const NO_CALLS: Calls = new Map();

/** A record as far as calls are concerned. */
type Ordered = { readonly at: string } & (
  | AttemptedBody
  | ExternalBody
  | RetryBody
  | CancelledBody
  | { readonly type: Other; readonly node?: string }
);
type Other = Exclude<RecordType, "attempted" | "external" | "retry" | "cancelled">;

/** Why a record cannot stand behind the calls that are under way; undefined when it can. */
export function misplacedAmong(calls: Calls, record: Ordered): string | undefined {
  const { type } = record;
  if (type === "cancelled") return cancellation(calls, record);
  // Of most records no more is asked: not even their node.
  if (calls.size === 0 && type !== "attempted" && type !== "external" && type !== "retry") {
    return undefined;
  }
  const own = record.node === undefined ? undefined : calls.get(record.node);
  if (type === "attempted" || type === "external" || type === "retry") {
    const found =
      type === "attempted" ? `an attempt at \`${record.node}\`` : `an answer of \`${record.node}\``;
    return besides(calls, record.node, found) ?? misplacedCall(own?.last, record, own?.first);
  }
  if (own !== undefined) return unanswered(own.last, `\`${type}\``);
  return type === "migrated" ? undefined : besides(calls, record.node, `\`${type}\``);
}

/** The first call that cannot be under way while a node has its turn. */
function besides(calls: Calls, node: string | undefined, found: string): string | undefined {
  if (calls.size === 0) return undefined;
  for (const [name, { last }] of calls) {
    if (name !== node && !areBeside(name, node)) return unanswered(last, found);
  }
  return undefined;
}

/**
 * Whether two nodes may be of branches that run side by side: by their names alone, which begin with
 * that of the fork. Whether there is one is the sealed graph's business.
 */
function areBeside(a: string, b: string | undefined): boolean {
  const [one, other] = [firstPart(a), b === undefined ? undefined : firstPart(b)];
  return one !== undefined && one === other;
}

/** What stands before the first `/`, without the number of an item; undefined where there is none. */
function firstPart(name: string): string | undefined {
  const end = name.indexOf("/");
  if (end < 0) return undefined;
  const part = name.slice(0, end);
  const number = part.indexOf("[");
  return number < 0 ? part : part.slice(0, number);
}

/** Who cancels between an attempt and its answer leaves that in doubt, and says so. */
function cancellation(calls: Calls, { node, in_doubt }: CancelledBody): string | undefined {
  const open = [...calls.values()].find(({ last }) => isDoubtful(last))?.last;
  if (open === undefined) {
    return in_doubt ? `\`${node}\` is left in doubt, and no call was begun there` : undefined;
  }
  const isOf =
    open.node === node || open.node.startsWith(`${node}/`) || open.node.startsWith(`${node}[`);
  if (in_doubt && isOf) return undefined;
  return unanswered(open, `a cancellation at \`${node}\` that leaves no doubt`);
}

/** Whether nobody knows what became of the last attempt: it has no answer, or the answer is just that. */
export function isDoubtful(last: AttemptedBody | RetryBody): boolean {
  if (last.type === "attempted") return true;
  return last.reason !== undefined && (last.outcome === "TIMEOUT" || last.outcome === "IN_DOUBT");
}

function unanswered({ type, node, attempt }: AttemptedBody | RetryBody, found: string): string {
  return type === "retry"
    ? `\`${node}\` waits for attempt ${attempt + 1}, and ${found} stands behind it`
    : `attempt ${attempt} at \`${node}\` has no answer, and ${found} stands behind it`;
}

/** The calls that are under way behind a record. Those before it are used up: the map may be the same. */
export function takeCall(calls: Calls, record: Ordered): Calls {
  const { type } = record;
  if (type === "attempted" || type === "retry") {
    const own = calls.get(record.node);
    const first = own?.first ?? (type === "attempted" ? record : undefined);
    if (first === undefined) return calls;
    const underway =
      calls === NO_CALLS ? new Map<string, Underway>() : (calls as Map<string, Underway>);
    return underway.set(record.node, { last: record, first });
  }
  if (type === "cancelled") return NO_CALLS;
  if (type === "external" && calls.size > 0) (calls as Map<string, Underway>).delete(record.node);
  return calls;
}
