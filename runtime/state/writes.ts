/**
 * A group of changes as statements: many rows in one, and what they have in common bound once, since
 * handing a value to SQLite costs more than storing it. It says what to run and runs nothing.
 */
import type { Change, Delivered, ExecutionRow, WaitRow } from "../ports.ts";
import { type Group, groupOf } from "./group.ts";
import {
  bootValues,
  closedValues,
  executionOwn,
  executionShared,
  placeValues,
  positionValues,
  refusalValues,
  sessionValues,
  type Value,
  waitValues,
} from "./rows.ts";
import type { PlaceChanges } from "./stored-places.ts";
import { INSERTS, type Insert, insertion, WRITES } from "./tables.ts";

/** One call of one statement. */
export interface Write {
  readonly sql: string;
  readonly values: Value[];
}

/** A statement for a thousand rows would be parsed for ever; one a row is called for ever. */
const ROWS_AT_ONCE = Object.freeze([64, 8, 1]);

/** What brings the rows of the state to where these changes, in order, lead. */
export function* writesOf(changes: readonly Change[]): Iterable<Write> {
  const { places, executions, closed, waits, migrated, ...lone } = groupOf(changes);
  for (const [{ tenant, store }, group] of places) {
    const place = [tenant, store];
    const registry = [...group.registry].sort(byKey);
    yield* rowsInto(INSERTS.registry, place, registry, ([key, { value, revoked }]) => [
      key,
      JSON.stringify(value),
      Number(revoked),
    ]);
    const documents = [...group.documents].sort(byKey);
    yield* rowsInto(INSERTS.document, place, documents, ([key, { value, version }]) => [
      key,
      value === undefined ? null : JSON.stringify(value),
      version,
    ]);
    yield* rowsInto(INSERTS.stream, place, [...group.events], ([position, event]) => [
      position,
      JSON.stringify(event),
    ]);
    for (const key of group.revoked) yield { sql: WRITES.revoke, values: [...place, key] };
    for (const key of group.removed) yield { sql: WRITES.remove, values: [...place, key] };
  }
  for (const rows of alike(executions.values())) {
    const shared = executionShared(rows[0] as ExecutionRow);
    yield* rowsInto(INSERTS.execution, shared, rows, executionOwn);
  }
  for (const [trace, snapshot] of migrated) {
    yield { sql: WRITES.migrated, values: [snapshot, trace] };
  }
  for (const end of closed.values()) {
    yield { sql: WRITES.closed, values: closedValues(end) };
    // It may have slept at the last checkpoint, and not be open at this one.
    yield { sql: WRITES.awake, values: [end.trace] };
  }
  yield* waitWritesOf(waits);
  yield* loneWritesOf(lone);
}

/** What stood before and is over goes first: a node may wait again. */
function* waitWritesOf(waits: Group["waits"]): Iterable<Write> {
  const rows: WaitRow[] = [];
  for (const [trace, group] of waits) {
    if (group.over === null) yield { sql: WRITES.wokenAll, values: [trace] };
    for (const node of group.over ?? []) yield { sql: WRITES.woken, values: [trace, node] };
    rows.push(...group.rows.values());
  }
  yield* rowsInto(INSERTS.wait, [], rows, waitValues);
}

/** What becomes of records that are a whole trace. */
function* loneWritesOf(
  lone: Pick<Group, "sessions" | "sessionsEnded" | "refusals" | "boots">,
): Iterable<Write> {
  const { sessions, sessionsEnded, refusals, boots } = lone;
  yield* rowsInto(INSERTS.session, [], [...sessions.values()], sessionValues);
  for (const [session, at] of sessionsEnded) {
    yield { sql: WRITES.sessionEnded, values: [at, session] };
  }
  yield* rowsInto(INSERTS.refusal, [], [...refusals.values()], refusalValues);
  yield* rowsInto(INSERTS.boot, [], [...boots.values()], bootValues);
}

/** What brings the tables of places to a checkpoint. */
export function* placeWritesOf(changes: PlaceChanges): Iterable<Write> {
  const { added, ended, asleep, woken, marks } = changes;
  for (const trace of ended) yield { sql: WRITES.ended, values: [trace] };
  for (const trace of woken) yield { sql: WRITES.awake, values: [trace] };
  for (const { trace } of asleep) yield { sql: WRITES.ended, values: [trace] };
  const slept = asleep.flatMap(({ trace, places }) => places.map((place) => ({ trace, place })));
  yield* rowsInto(INSERTS.asleep_record, [], slept, ({ trace, place }) =>
    placeValues(trace, place),
  );
  yield* rowsInto(INSERTS.open_record, [], added, ({ trace, place }) => placeValues(trace, place));
  yield* rowsInto(INSERTS.mark, [], marks, positionValues);
}

/** How far subscriptions were delivered, by what is told of them with a checkpoint. */
export function deliveredWritesOf(delivered: readonly Delivered[]): Iterable<Write> {
  return rowsInto(INSERTS.delivered, [], delivered, ({ tenant, subscription, position }) => [
    tenant,
    subscription,
    position,
  ]);
}

/** Neighbours in the table are written one after the other: a page is then touched once. */
function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function* rowsInto<T>(
  into: Insert,
  shared: readonly Value[],
  rows: readonly T[],
  own: (row: T) => readonly Value[],
): Iterable<Write> {
  let at = 0;
  for (const count of ROWS_AT_ONCE) {
    for (; at + count <= rows.length; at += count) {
      const values = [...shared];
      for (let row = at; row < at + count; row += 1) values.push(...own(rows[row] as T));
      yield { sql: insertion(into, count), values };
    }
  }
}

/** Executions of one workflow that ended alike have most of their columns in common. */
function alike(rows: Iterable<ExecutionRow>): Iterable<readonly ExecutionRow[]> {
  const groups: ExecutionRow[][] = [];
  const byName = new Map<string, ExecutionRow[]>();
  for (const row of rows) {
    const { tenant, session, principal, workflow, exit, outcome } = row;
    const name = `${workflow} ${exit} ${outcome} ${tenant} ${principal} ${session}`;
    const group = byName.get(name);
    // The name only finds a likely group: what is written for all must be true of each.
    if (group !== undefined && haveInCommon(group[0] as ExecutionRow, row)) {
      group.push(row);
      continue;
    }
    const begun = [row];
    groups.push(begun);
    byName.set(name, begun);
  }
  return groups;
}

function haveInCommon(a: ExecutionRow, b: ExecutionRow): boolean {
  return INSERTS.execution.shared.every((column) => a[column] === b[column]);
}
