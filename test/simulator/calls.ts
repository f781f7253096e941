/**
 * What may have arrived outside, held against the records: each call was announced before it was made,
 * what must not be repeated was not, and no record tells of an answer that nobody gave.
 */
import type { ExternalBody, LedgerRecord } from "../../protocol/language/records.ts";
import { Failure } from "./failure.ts";
import type { Outside } from "./outside.ts";

type Seen = Pick<Outside, "arrivals" | "givenUp">;

export function checkCalls(records: readonly LedgerRecord[], { arrivals, givenUp }: Seen): void {
  if (arrivals.length === 0) return;
  const attempted = new Map<string, string>();
  const keys = new Map<string, string>();
  for (const record of records) {
    if (record.type !== "attempted") continue;
    const first = keys.get(`${record.trace}/${record.node}`) ?? record.idempotency_key;
    if (first !== record.idempotency_key) {
      throw new Failure(`record ${record.n} has another idempotency key than the attempt before`);
    }
    keys.set(`${record.trace}/${record.node}`, first);
    attempted.set(`${record.idempotency_key}#${record.attempt}`, record.trace);
  }
  const counts = new Map<string, number>();
  for (const { key, trace, repeat, attempt } of arrivals) {
    if (attempted.get(`${key}#${attempt}`) !== trace) {
      throw new Failure(`a call of trace ${trace} arrived that no record announced`);
    }
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (repeat === "unsafe" && counts.get(key) !== 1) {
      throw new Failure(`a call of trace ${trace} that must not be repeated arrived again`);
    }
  }
  const cancelled = new Set<string>();
  for (const record of records) {
    if (record.type === "external") checkCall(record, keys, arrivals);
    else if (record.type === "cancelled") cancelled.add(record.trace);
  }
  for (const trace of givenUp) {
    if (!cancelled.has(trace)) throw new Failure(`a call of ${trace} was given up for nothing`);
  }
}

function checkCall(
  record: LedgerRecord & ExternalBody,
  keys: ReadonlyMap<string, string>,
  arrivals: Seen["arrivals"],
): void {
  const key = keys.get(`${record.trace}/${record.node}`);
  const answers = arrivals
    .filter((arrival) => arrival.key === key)
    .flatMap(({ answer }) => (answer !== undefined && "outcome" in answer ? [answer] : []));
  const said = record.outcome === "SUCCESS" || record.outcome === "DECLINED";
  const given = answers.some(
    ({ outcome, output }) => outcome === record.outcome && output === record.output,
  );
  if (said && !given) {
    throw new Failure(`record ${record.n} tells of an answer that nobody gave`);
  }
}
