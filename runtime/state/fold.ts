/**
 * The state as a fold of the ledger: what one record changes. A record that does not say SUCCESS
 * changes nothing, nor does a call to the outside; nothing but records changes the state.
 */
import { unreachable } from "../../protocol/language/invariant.ts";
import { member } from "../../protocol/language/json.ts";
import type {
  BootBody,
  ClosedBody,
  EffectBody,
  LedgerRecord,
  OpenedBody,
  RefusedBody,
  RetryBody,
  SessionBody,
  TimerBody,
} from "../../protocol/language/records.ts";
import type { BootRow, Change, ExecutionRow, RefusalRow, SessionRow, WaitRow } from "../ports.ts";

/**
 * The change that a record makes, if it makes one; but for the end of what a node waited for, which
 * `foldWith` knows.
 */
export function fold(record: LedgerRecord): Change | undefined {
  switch (record.type) {
    case "opened":
      return { kind: "opened", row: opened(record) };
    case "closed":
      return closed(record);
    case "effect":
      return record.outcome === "SUCCESS" ? effect(record) : undefined;
    case "session":
      return { kind: "session", row: session(record) };
    case "session-ended":
      return { kind: "session-ended", session: record.ended, ended_at: record.at };
    case "refused":
      return { kind: "refused", row: refused(record) };
    case "boot":
      return { kind: "boot", row: boot(record) };
    case "timer":
      return { kind: "waits", row: waits(record, record.signals) };
    case "retry":
      return { kind: "waits", row: waits(record, NO_SIGNALS) };
    case "cancelled":
      return { kind: "woken", trace: record.trace, node: null };
    case "migrated":
      return { kind: "migrated", trace: record.trace, snapshot: record.to_snapshot };
    case "node":
    case "attempted":
    case "external":
    case "signal":
    case "cut":
      return undefined;
    default:
      return unreachable(record);
  }
}

/**
 * The same, for those who know which nodes wait: what came of one, or another attempt, is the end of
 * its waiting.
 */
export function foldWith(
  record: LedgerRecord,
  isWaiting: (trace: string, node: string) => boolean,
): Change | undefined {
  if (record.type !== "node" && record.type !== "attempted") return fold(record);
  const { trace, node } = record;
  return isWaiting(trace, node) ? { kind: "woken", trace, node } : undefined;
}

const NO_SIGNALS: readonly string[] = Object.freeze([]);

/** The start of a writer that a record names; 0 where it names none. */
export function epochIn(record: LedgerRecord): number {
  return "epoch" in record ? record.epoch : 0;
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

function waits(
  { trace, node, since, until, n }: LedgerRecord & (TimerBody | RetryBody),
  signals: readonly string[],
): WaitRow {
  return { trace, node, since, until, signals, first: n };
}

function session(record: LedgerRecord & SessionBody): SessionRow {
  const { trace, tenant, principal, caller, at, expires_at, token, secret_sha256, n } = record;
  return {
    session: trace,
    tenant,
    principal,
    identity: caller.identity,
    roles: caller.roles,
    attributes: caller.attributes,
    opened_at: at,
    expires_at,
    ended_at: null,
    token_sha256: token === null ? null : token.sha256,
    secret_sha256,
    first: n,
  };
}

function refused(record: LedgerRecord & RefusedBody): RefusalRow {
  const { trace, tenant, session, principal, intent, workflow, snapshot, n } = record;
  const { idempotency_key, code, at } = record;
  const asked = { trace, tenant, session, principal, intent, workflow, snapshot };
  return { ...asked, idempotency_key, code, at, first: n };
}

function boot({ epoch, snapshot, configuration, like, at }: LedgerRecord & BootBody): BootRow {
  return { epoch, snapshot, configuration, like, at };
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
