/** Runs of the machine over random graphs, as traces: what opens and closes them, and times that go by. */
import { NO_DIGEST } from "../../../protocol/language/digest.ts";
import type { LedgerRecord, OpenedBody, RecordBody } from "../../../protocol/language/records.ts";
import { instantOf } from "../../../runtime/machine/instants.ts";
import { ALLOWED, OPERATOR } from "../governed.ts";
import { WORKFLOW } from "../machine/linked-graph.ts";
import { BEGUN_MS, type History } from "../machine/world.ts";

export const OPENED: OpenedBody = {
  type: "opened",
  format: 1,
  epoch: 1,
  flushed: 0,
  snapshot: NO_DIGEST,
  engine: "0.1.0",
  workflow: WORKFLOW,
  intent: "pgs.run",
  tenant: "default",
  session: null,
  principal: "p0",
  caller: OPERATOR,
  idempotency_key: null,
  policy: ALLOWED,
  payload: 7,
  started_at: instantOf(BEGUN_MS),
};

const DAY_MS = 86_400_000;

/** Records of a trace in this order, a day from one to the next: no wait of these graphs is longer. */
export function inOrder(bodies: readonly object[]): readonly LedgerRecord[] {
  return bodies.map((body, index) => {
    const at = instantOf(BEGUN_MS + (index + 1) * DAY_MS);
    const place = { n: index + 1, seq: index + 1, trace: "t1", at };
    return { ...body, ...place, prev: NO_DIGEST, hash: NO_DIGEST } as unknown as LedgerRecord;
  });
}

/**
 * The same with times that no law is against: runs of random graphs are answered in any order, and
 * how long their waits are is nothing to them. A wait begins with its record, and whatever is said is
 * said in time.
 */
export function timed(records: readonly LedgerRecord[]): readonly LedgerRecord[] {
  return records.map((record) => {
    if (record.type === "signal") return { ...record, at: instantOf(BEGUN_MS) };
    if (record.type !== "timer" && record.type !== "retry") return record;
    const lengthMs = Date.parse(record.until) - Date.parse(record.since);
    const until = instantOf(Date.parse(record.at) + lengthMs);
    return { ...record, since: record.at, until };
  });
}

export function traceOf({ records, finish }: History): readonly LedgerRecord[] {
  const { exit, outcome, result, fault } = finish;
  const count = records.length + 2;
  const closed: RecordBody = {
    ...{ type: "closed", exit, outcome, result, fault, records: count, fingerprint: NO_DIGEST },
  };
  return inOrder([OPENED, ...records, closed]);
}
