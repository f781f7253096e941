/**
 * Rows as values and values as rows: what SQLite takes and gives, and what the runtime means by it.
 * It knows columns and their order; it knows no database.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import type { Digest } from "../../protocol/language/digest.ts";
import type {
  BootRow,
  Change,
  ExecutionRow,
  LedgerPosition,
  OpenTrace,
  RecordPlace,
  RefusalRow,
  SessionRow,
  WaitRow,
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
export function closedValues(end: Change & { readonly kind: "closed" }): Value[] {
  const { closed_at, exit, outcome, fault, fingerprint, last, trace } = end;
  return [closed_at, exit, outcome, Number(fault), fingerprint, last, trace];
}

/** What many executions have in common, as `INSERTS.execution` names it. */
export function executionShared(row: ExecutionRow): Value[] {
  const { tenant, session, principal, workflow, intent, snapshot, exit, outcome, fault } = row;
  const flag = fault === null ? null : Number(fault);
  return [tenant, session, principal, workflow, intent, snapshot, exit, outcome, flag];
}

/** What each has for itself. */
export function executionOwn(row: ExecutionRow): Value[] {
  const { trace, idempotency_key, started_at, closed_at, fingerprint, first, last } = row;
  return [trace, idempotency_key, started_at, closed_at, fingerprint, first, last];
}

/** A row of the table `session` as a value; `parsed` reads what it holds as JSON. */
export function sessionOf(row: Row, parsed: (text: Value | undefined) => unknown): SessionRow {
  const { _metadata: _, ...members } = row as Row & { _metadata?: unknown };
  const roles = parsed(members.roles);
  const attributes = parsed(members.attributes);
  return { ...members, roles, attributes } as unknown as SessionRow;
}

/** As `INSERTS.session` names it. Equal attributes are the same text. */
export function sessionValues(row: SessionRow): Value[] {
  const { session, tenant, principal, identity, roles, attributes } = row;
  const { opened_at, expires_at, ended_at, token_sha256, secret_sha256, first } = row;
  const who = [session, tenant, principal, identity, canonical([...roles]), canonical(attributes)];
  return [...who, opened_at, expires_at, ended_at, token_sha256, secret_sha256, first];
}

/** As `INSERTS.refusal` names it. */
export function refusalValues(row: RefusalRow): Value[] {
  const { trace, tenant, session, principal, intent, workflow, snapshot } = row;
  const { idempotency_key, code, at, first } = row;
  const asked = [trace, tenant, session, principal, intent, workflow, snapshot];
  return [...asked, idempotency_key, code, at, first];
}

/** A row of the table `refusal` as a value. */
export function refusalOf(row: Row): RefusalRow {
  const { _metadata: _, ...members } = row as Row & { _metadata?: unknown };
  return members as unknown as RefusalRow;
}

/** As `INSERTS.boot` names it. */
export function bootValues({ epoch, snapshot, configuration, like, at }: BootRow): Value[] {
  return [epoch, snapshot, configuration, like, at];
}

export function bootOf(row: Row): BootRow {
  const { _metadata: _, ...members } = row as Row & { _metadata?: unknown };
  return members as unknown as BootRow;
}

/** As `INSERTS.wait` names it. */
export function waitValues({ trace, node, since, until, signals, first }: WaitRow): Value[] {
  return [trace, node, since, until, canonical([...signals]), first];
}

/** A row of the table `wait` as a value; `parsed` reads what it holds as JSON. */
export function waitOf(row: Row, parsed: (text: Value | undefined) => unknown): WaitRow {
  const { trace, node, since, until, first } = row;
  const signals = parsed(row.signals) as readonly string[];
  // Named one by one: what a driver adds to a row must not be held for every one that waits.
  return { trace, node, since, until, signals, first } as WaitRow;
}

export function watermarkValues({ applied, epoch, durable, hash }: Watermark): Value[] {
  return [applied, epoch, ...positionValues(durable), hash];
}

export function positionValues({ n, segment, offset }: LedgerPosition): Value[] {
  return [n, segment, offset];
}

/** `n` is the record's own position: one more than that of what stands before it. */
export function placeValues(trace: string, { start, bytes }: RecordPlace): Value[] {
  return [trace, start.n + 1, start.segment, start.offset, bytes];
}

export function positionOf({ n, segment, offset }: Row): LedgerPosition {
  return { n: Number(n), segment: Number(segment), offset: Number(offset) };
}

export function watermarkOf(row: Row): Watermark {
  const hash = row.hash === null ? null : (String(row.hash) as Digest);
  return { applied: Number(row.applied), epoch: Number(row.epoch), durable: positionOf(row), hash };
}

/** A row of `open_record` or `asleep_record`. */
export function placeOf(row: Row): RecordPlace {
  const { n, segment, offset } = positionOf(row);
  return { start: { n: n - 1, segment, offset }, bytes: Number(row.bytes) };
}

/** Rows of `open_record`, each trace's in order, as traces in the order of their first records. */
export function openTracesOf(rows: Iterable<Row>): readonly OpenTrace[] {
  const traces = new Map<string, RecordPlace[]>();
  for (const row of rows) {
    const place = placeOf(row);
    const places = traces.get(String(row.trace));
    if (places === undefined) traces.set(String(row.trace), [place]);
    else places.push(place);
  }
  const first = ({ places }: OpenTrace): number => places[0]?.start.n ?? 0;
  return [...traces]
    .map(([trace, places]) => ({ trace, places }))
    .sort((a, b) => first(a) - first(b));
}
