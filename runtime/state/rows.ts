/**
 * Rows as values and values as rows: what SQLite takes and gives, and what the runtime means by it.
 * It knows columns and their order; it knows no database.
 */
import type {
  Change,
  ExecutionRow,
  LedgerPosition,
  OpenTrace,
  RecordPlace,
  Watermark,
} from "../ports.ts";

/** A row as SQLite gives it: integers as numbers, JSON as text. */
export type Row = Readonly<Record<string, Value>>;
export type Value = string | number | null;

/** A row of the table `execution` as a value. */
export function executionOf(row: Row): ExecutionRow {
  const { _metadata: _, ...members } = row as Row & { _metadata?: unknown };
  const fault = members.fault === null ? null : members.fault === 1;
  return { ...members, fault } as unknown as ExecutionRow;
}

/** In the order of the statement's parameters. SQLite takes no booleans. */
export function valuesOf(change: Change): readonly Value[] {
  switch (change.kind) {
    case "register":
      return [change.tenant, change.store, change.key, JSON.stringify(change.value)];
    case "revoke":
    case "remove":
      return [change.tenant, change.store, change.key];
    case "append":
      return [change.tenant, change.store, change.position, JSON.stringify(change.event)];
    case "put": {
      const value = JSON.stringify(change.value);
      return [change.tenant, change.store, change.key, value, change.version];
    }
    case "opened":
      return openedValues(change.row);
    case "closed": {
      const { closed_at, exit, outcome, fault, fingerprint, last, trace } = change;
      return [closed_at, exit, outcome, Number(fault), fingerprint, last, trace];
    }
  }
}

function openedValues(row: ExecutionRow): readonly Value[] {
  const { trace, tenant, session, principal, workflow, intent, snapshot } = row;
  const asked = [trace, tenant, session, principal, workflow, intent, snapshot];
  const began = [row.idempotency_key, row.started_at];
  return [...asked, ...began, null, null, null, null, null, row.first, null];
}

export function watermarkValues({ applied, epoch, durable }: Watermark): readonly Value[] {
  return [applied, epoch, ...positionValues(durable)];
}

export function positionValues({ n, segment, offset }: LedgerPosition): readonly Value[] {
  return [n, segment, offset];
}

/** `n` is the record's own position: one more than that of what stands before it. */
export function placeValues(trace: string, { start, bytes }: RecordPlace): readonly Value[] {
  return [trace, start.n + 1, start.segment, start.offset, bytes];
}

export function positionOf({ n, segment, offset }: Row): LedgerPosition {
  return { n: Number(n), segment: Number(segment), offset: Number(offset) };
}

export function watermarkOf(row: Row): Watermark {
  return { applied: Number(row.applied), epoch: Number(row.epoch), durable: positionOf(row) };
}

/** Rows of `open_record`, each trace's in order, as traces in the order of their first records. */
export function openTracesOf(rows: Iterable<Row>): readonly OpenTrace[] {
  const traces = new Map<string, RecordPlace[]>();
  for (const row of rows) {
    const { n, segment, offset } = positionOf(row);
    const place = { start: { n: n - 1, segment, offset }, bytes: Number(row.bytes) };
    const places = traces.get(String(row.trace));
    if (places === undefined) traces.set(String(row.trace), [place]);
    else places.push(place);
  }
  const first = ({ places }: OpenTrace): number => places[0]?.start.n ?? 0;
  return [...traces]
    .map(([trace, places]) => ({ trace, places }))
    .sort((a, b) => first(a) - first(b));
}
