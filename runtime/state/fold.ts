/**
 * The state as a fold of the ledger: what one record changes. A record that does not say SUCCESS
 * changes nothing, nor does a call to the outside; nothing but records changes the state.
 */
import { unreachable } from "../../protocol/language/invariant.ts";
import { member } from "../../protocol/language/json.ts";
import type {
  ClosedBody,
  EffectBody,
  LedgerRecord,
  OpenedBody,
} from "../../protocol/language/records.ts";
import type { Change, ExecutionRow } from "../ports.ts";

/** The change that a record makes, if it makes one. */
export function fold(record: LedgerRecord): Change | undefined {
  switch (record.type) {
    case "opened":
      return { kind: "opened", row: opened(record) };
    case "closed":
      return closed(record);
    case "effect":
      return record.outcome === "SUCCESS" ? effect(record) : undefined;
    case "node":
    case "attempted":
    case "external":
    case "cut":
      return undefined;
    default:
      return unreachable(record);
  }
}

function opened(record: LedgerRecord & OpenedBody): ExecutionRow {
  const { trace, tenant, session, principal, workflow, intent, snapshot } = record;
  return {
    trace,
    tenant,
    session,
    principal,
    workflow,
    intent,
    snapshot,
    idempotency_key: record.idempotency_key,
    started_at: record.started_at,
    closed_at: null,
    exit: null,
    outcome: null,
    fault: null,
    fingerprint: null,
    first: record.n,
    last: null,
  };
}

function closed(record: LedgerRecord & ClosedBody): Change {
  const { trace, at, exit, outcome, fault, fingerprint, n } = record;
  return { kind: "closed", trace, closed_at: at, exit, outcome, fault, fingerprint, last: n };
}

function effect(record: EffectBody): Change | undefined {
  const place = { tenant: record.tenant, store: record.store };
  const { key = "", value = null } = record;
  switch (record.operation) {
    case "REGISTER":
      return { kind: "register", ...place, key, value };
    case "REVOKE":
      return { kind: "revoke", ...place, key };
    case "APPEND":
      return { kind: "append", ...place, position: counted(record, "position"), event: value };
    case "PUT":
    case "REPLACE":
      return { kind: "put", ...place, key, value, version: counted(record, "version") };
    case "REMOVE":
      return { kind: "remove", ...place, key };
    default:
      return undefined;
  }
}

function counted({ output }: EffectBody, name: string): number {
  const number = member(output, name);
  return typeof number === "number" && Number.isSafeInteger(number) && number > 0 ? number : 0;
}

/** What the record of a change must hold, by operation. */
const NEEDS: ReadonlyMap<string, readonly ("key" | "value" | "position" | "version")[]> = new Map([
  ["REGISTER", ["key", "value"]],
  ["REVOKE", ["key"]],
  ["APPEND", ["value", "position"]],
  ["PUT", ["key", "value", "version"]],
  ["REPLACE", ["key", "value", "version"]],
  ["REMOVE", ["key"]],
]);

/**
 * The member without which a record cannot be folded; undefined where it can. Whoever reads records
 * from a disk asks this first: `fold` itself believes what it is given.
 */
export function unfoldable(record: LedgerRecord): string | undefined {
  if (record.type !== "effect" || record.outcome !== "SUCCESS") return undefined;
  return NEEDS.get(record.operation)?.find((need) =>
    need === "key" || need === "value" ? record[need] === undefined : counted(record, need) === 0,
  );
}
