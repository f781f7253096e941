/**
 * What a group of changes comes to: the rows that it leaves, each once, however often the group
 * changed them. Applying it gives what applying its changes one by one gives, in any grouping. It is
 * pure and knows no database.
 */
import type { Json } from "../../protocol/language/json.ts";
import type { Change, DocumentEntry, ExecutionRow, RegistryEntry, StorePlace } from "../ports.ts";
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
}

export function groupOf(changes: readonly Change[]): Group {
  const places = new ByPlace<PlaceGroup>(nothing);
  const executions = new Map<string, ExecutionRow>();
  const closed = new Map<string, Closed>();
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
      default:
        take(places.at(change), change);
    }
  }
  return { places: places.entries(), executions, closed };
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

function take(group: PlaceGroup, change: Exclude<Change, { kind: "opened" | "closed" }>): void {
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
