/**
 * The state as a fold of the ledger: what one record changes. A record that does not say SUCCESS
 * changes nothing; nothing but records changes the state.
 */
import { invariant, unreachable } from "../../protocol/language/invariant.ts";
import { type Json, member } from "../../protocol/language/json.ts";
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
    case "cut":
      return undefined;
    default:
      return unreachable(record);
  }
}

function opened(record: LedgerRecord & OpenedBody): ExecutionRow {
  const { trace, tenant, session, principal, workflow, intent, snapshot, started_at } = record;
  return {
    trace,
    tenant,
    session,
    principal,
    workflow,
    intent,
    snapshot,
    started_at,
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
  switch (record.operation) {
    case "REGISTER":
      return { kind: "register", ...place, key: keyOf(record), value: written(record) };
    case "REVOKE":
      return { kind: "revoke", ...place, key: keyOf(record) };
    case "APPEND": {
      const position = count(record, "position");
      return { kind: "append", ...place, position, event: written(record) };
    }
    case "PUT":
    case "REPLACE": {
      const version = count(record, "version");
      return { kind: "put", ...place, key: keyOf(record), value: written(record), version };
    }
    case "REMOVE":
      return { kind: "remove", ...place, key: keyOf(record) };
    default:
      return undefined;
  }
}

function keyOf({ key }: EffectBody): string {
  invariant(key !== undefined, "a record of this operation has a key");
  return key;
}

function written({ value }: EffectBody): Json {
  invariant(value !== undefined, "a record of this operation has a value");
  return value;
}

function count(record: EffectBody, name: string): number {
  const number = member(record.output, name);
  invariant(typeof number === "number", `a record of this operation has a ${name}`);
  return number;
}
