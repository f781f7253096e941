/**
 * What a group of changes comes to: the rows that it leaves, each once, however often the group
 * changed them. Applying it gives what applying its changes one by one gives, in any grouping. It is
 * pure and knows no database.
 */
import type { Json } from "../../protocol/language/json.ts";
import type {
  BootRow,
  Change,
  DocumentEntry,
  ExecutionRow,
  RefusalRow,
  RegistryEntry,
  SessionRow,
  StorePlace,
  WaitRow,
} from "../ports.ts";
import { ByPlace } from "./by-place.ts";

type Closed = Change & { readonly kind: "closed" };

/** What changes in one place. `revoked` and `removed` name rows that stood before the group. */
export interface PlaceGroup {
  readonly registry: Map<string, RegistryEntry>;
  readonly revoked: Set<string>;
  readonly documents: Map<string, DocumentEntry>;
  readonly removed: Set<string>;
  readonly events: Map<number, Json>;
}

export interface Group {
  readonly places: Iterable<readonly [StorePlace, PlaceGroup]>;
  /** Whole rows, by trace. */
  readonly executions: ReadonlyMap<string, ExecutionRow>;
  /** The ends of executions that stood before the group, by trace. */
  readonly closed: ReadonlyMap<string, Closed>;
  /** Whole rows, by id. */
  readonly sessions: ReadonlyMap<string, SessionRow>;
  /** When sessions ended that stood before the group, by id. */
  readonly sessionsEnded: ReadonlyMap<string, string>;
  /** By trace. */
  readonly refusals: ReadonlyMap<string, RefusalRow>;
  /** By epoch. */
  readonly boots: ReadonlyMap<number, BootRow>;
  /** By trace. */
  readonly waits: ReadonlyMap<string, WaitGroup>;
  /** The snapshots that executions go on under which stood before the group, by trace. */
  readonly migrated: ReadonlyMap<string, string>;
}

/** What an execution waits for behind the group, and what it does no more of what stood before. */
export interface WaitGroup {
  /** Null where nothing that stood before is waited for any more. */
  over: Set<string> | null;
  /** Whole rows, by node. */
  readonly rows: Map<string, WaitRow>;
}

export function groupOf(changes: readonly Change[]): Group {
  const places = new ByPlace<PlaceGroup>(nothing);
  const executions = new Map<string, ExecutionRow>();
  const closed = new Map<string, Closed>();
  const sessions = new Map<string, SessionRow>();
  const sessionsEnded = new Map<string, string>();
  const refusals = new Map<string, RefusalRow>();
  const boots = new Map<number, BootRow>();
  const waits = new Map<string, WaitGroup>();
  const migrated = new Map<string, string>();
  for (const change of changes) {
    switch (change.kind) {
      case "opened":
        closed.delete(change.row.trace);
        executions.set(change.row.trace, change.row);
        break;
      case "closed": {
        const row = executions.get(change.trace);
        if (row === undefined) closed.set(change.trace, change);
        else executions.set(change.trace, closedRow(row, change));
        break;
      }
      case "session":
        sessionsEnded.delete(change.row.session);
        sessions.set(change.row.session, change.row);
        break;
      case "session-ended": {
        const { session, ended_at } = change;
        const row = sessions.get(session);
        if (row !== undefined) sessions.set(session, endedSession(row, ended_at));
        else if (!sessionsEnded.has(session)) sessionsEnded.set(session, ended_at);
        break;
      }
      case "refused":
        refusals.set(change.row.trace, change.row);
        break;
      case "boot":
        boots.set(change.row.epoch, change.row);
        break;
      case "waits":
      case "woken":
        takeWait(waits, change);
        break;
      case "migrated": {
        const row = executions.get(change.trace);
        if (row === undefined) migrated.set(change.trace, change.snapshot);
        else executions.set(change.trace, migratedRow(row, change.snapshot));
        break;
      }
      default:
        take(places.at(change), change);
    }
  }
  const known = { executions, closed, sessions, sessionsEnded, refusals, boots };
  return { places: places.entries(), ...known, waits, migrated };
}

function takeWait(
  waits: Map<string, WaitGroup>,
  change: Change & { readonly kind: "waits" | "woken" },
): void {
  const trace = change.kind === "waits" ? change.row.trace : change.trace;
  let group = waits.get(trace);
  if (group === undefined) {
    group = { over: new Set(), rows: new Map() };
    waits.set(trace, group);
  }
  if (change.kind === "waits") {
    group.rows.set(change.row.node, change.row);
  } else if (change.node === null) {
    group.over = null;
    group.rows.clear();
  } else {
    group.over?.add(change.node);
    group.rows.delete(change.node);
  }
}

/** The row of an execution that goes on under another snapshot. */
export function migratedRow(row: ExecutionRow, snapshot: string): ExecutionRow {
  return { ...row, snapshot };
}

/** The row of a session that has ended: its first end is the one that holds. */
export function endedSession(row: SessionRow, ended_at: string): SessionRow {
  return row.ended_at === null ? { ...row, ended_at } : row;
}

/** The row of an execution that has ended. */
export function closedRow(row: ExecutionRow, change: Closed): ExecutionRow {
  // Member by member: to spread or assign a row of this width costs ten times as much.
  return {
    trace: row.trace,
    tenant: row.tenant,
    session: row.session,
    principal: row.principal,
    workflow: row.workflow,
    intent: row.intent,
    snapshot: row.snapshot,
    idempotency_key: row.idempotency_key,
    started_at: row.started_at,
    closed_at: change.closed_at,
    exit: change.exit,
    outcome: change.outcome,
    fault: change.fault,
    fingerprint: change.fingerprint,
    first: row.first,
    last: change.last,
  };
}

function nothing(): PlaceGroup {
  return {
    registry: new Map(),
    revoked: new Set(),
    documents: new Map(),
    removed: new Set(),
    events: new Map(),
  };
}

function take(group: PlaceGroup, change: Extract<Change, StorePlace>): void {
  switch (change.kind) {
    case "register":
      group.revoked.delete(change.key);
      group.registry.set(change.key, { value: change.value, revoked: false });
      return;
    case "revoke": {
      const entry = group.registry.get(change.key);
      if (entry === undefined) group.revoked.add(change.key);
      else group.registry.set(change.key, { value: entry.value, revoked: true });
      return;
    }
    case "append":
      group.events.set(change.position, change.event);
      return;
    case "put":
      group.removed.delete(change.key);
      group.documents.set(change.key, { value: change.value, version: change.version });
      return;
    case "remove": {
      const entry = group.documents.get(change.key);
      if (entry === undefined) group.removed.add(change.key);
      else group.documents.set(change.key, { value: undefined, version: entry.version });
    }
  }
}
