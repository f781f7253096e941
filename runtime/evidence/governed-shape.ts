/**
 * What a record may say of who asked, and of what was decided. A decision is of one piece: whether
 * something was allowed follows from what the roles ruled, in their order. It never asks a policy;
 * whether these are the rulings of the sealed ones is found by deciding again.
 */
import {
  GENESIS_PRINCIPAL,
  GENESIS_TENANT,
  OPEN_SESSION_ACT,
} from "../../protocol/language/acts.ts";
import { DECIDING_ROLES } from "../../protocol/language/artifacts.ts";
import { isObject, type Json, type JsonObject } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { CALLER_PATTERN } from "../../protocol/language/names.ts";
import {
  type Caller,
  type Decision,
  IDENTITIES,
  type LedgerRecord,
  type OpenedBody,
  type RefusedBody,
  type RoleRuling,
  type SessionBody,
} from "../../protocol/language/records.ts";
import { DELIVERY_KEY, POST_PRINCIPAL } from "../../protocol/language/subscription.ts";
import { isUndoKept } from "../snapshot/undo-graph.ts";
import {
  attributes,
  type Check,
  isRising,
  only,
  optional,
  sortedTexts,
  textOrNull,
  texts,
  word,
} from "./member-checks.ts";
import { isCodeOf } from "./refusal-codes.ts";

const identity: Check = (value) => (IDENTITIES as readonly (Json | undefined)[]).includes(value);
const verdict: Check = (value) => value === "allow" || value === "deny";
const someTexts: Check = (value) => texts(value) && (value as readonly Json[]).length > 0;

export const caller: Check = (value) =>
  isObject(value) &&
  only(value, 3) &&
  identity(value.identity) &&
  sortedTexts(value.roles) &&
  (value.roles as readonly Json[]).every(word) &&
  attributes(value.attributes);

const ruling: Check = (value) =>
  isObject(value) &&
  only(value, value.errors === undefined ? 3 : 4) &&
  verdict(value.decision) &&
  sortedTexts(value.determining) &&
  optional(someTexts)(value.errors);

const decision: Check = (value) =>
  isObject(value) &&
  only(value, 4) &&
  verdict(value.decision) &&
  textOrNull(value.unmet) &&
  Array.isArray(value.rulings) &&
  value.rulings.every(ruling) &&
  isObject(value.seen) &&
  isRising(Object.keys(value.seen)) &&
  isOfOnePiece(value as unknown as Decision);

export const allowing: Check = (value) =>
  decision(value) && (value as JsonObject).decision === "allow";

export const denyingOrNone: Check = (value) =>
  value === null || (decision(value) && (value as JsonObject).decision === "deny");

function isOfOnePiece({ decision, unmet, rulings }: Decision): boolean {
  if (unmet !== null) return decision === "deny" && rulings.length === 0;
  const last = rulings.at(-1);
  return (
    last?.decision === decision &&
    (decision === "deny" || rulings.length === DECIDING_ROLES.length) &&
    rulings.every((one, at) => isRulingOf(one, at, rulings.length))
  );
}

/** Roles are asked in their order, each because all before it allowed; nothing allows by itself. */
function isRulingOf({ role, decision, determining, errors }: RoleRuling, at: number, of: number) {
  if (role !== DECIDING_ROLES[at]) return false;
  if (errors !== undefined) return decision === "deny" && determining.length === 0 && at === of - 1;
  return decision === "allow" ? determining.length > 0 : at === of - 1;
}

/** The member of a record that does not go with who asked, or with what was decided. */
export function misgoverned(record: LedgerRecord): string | undefined {
  switch (record.type) {
    case "opened":
      return wrongCause(record) ?? wrongWho(record);
    case "refused":
      return isCodeOf(record)
        ? (wrongContext(record) ?? wrongCause(record) ?? wrongWho(record))
        : "code";
    case "session":
      return wrongSession(record);
    case "session-ended":
      return record.trace === `${record.ended}.ended` ? wrongWho(record) : "trace";
    case "cancelled":
    case "signal":
    case "migrated":
      return wrongWho(record);
    case "boot":
      return record.trace === `boot-${record.epoch}` ? undefined : "trace";
    case "cut":
      return record.trace === `cut-${record.n}` ? undefined : "trace";
    default:
      return undefined;
  }
}

interface Who {
  readonly tenant: string;
  readonly principal: string;
  readonly session: string | null;
  readonly caller: Caller;
  readonly intent?: string;
  readonly cause?: unknown;
}

/** A token is exchanged for a session before anything else; the runtime needs none. */
function wrongWho({ tenant, principal, session, caller, intent, cause }: Who): string | undefined {
  const { identity } = caller;
  const isGenesis = tenant === GENESIS_TENANT;
  if (identity === "runtime") {
    if (session !== null) return "session";
    if (caller.roles.length > 0 || Object.keys(caller.attributes).length > 0) return "caller";
    if (cause !== undefined) return principal === POST_PRINCIPAL ? undefined : "principal";
    if (!isGenesis) return "tenant";
    return principal === GENESIS_PRINCIPAL ? undefined : "principal";
  }
  if (isGenesis) return "tenant";
  if (!CALLER_PATTERN.test(principal)) return "principal";
  const asksForOne = intent === OPEN_SESSION_ACT.type;
  return identity === "token" && session === null && !asksForOne ? "session" : undefined;
}

/** What a subscription begins is asked for by the runtime, once: no key of a caller's is like its. */
function wrongCause(record: OpenedBody | RefusedBody): string | undefined {
  const { cause, caller, idempotency_key: key } = record;
  if (record.type === "opened" && !isUndoKept(record)) return "idempotency_key";
  const isDelivery = cause !== undefined;
  if (isDelivery && caller.identity !== "runtime") return "cause";
  return (key?.startsWith(DELIVERY_KEY) ?? false) === isDelivery ? undefined : "idempotency_key";
}

/** It was looked at where a role was asked. */
function wrongContext({ policy, context }: RefusedBody): string | undefined {
  const asked = policy !== null && policy.rulings.length > 0;
  return asked === (context !== null) ? undefined : "context";
}

function wrongSession({
  at,
  expires_at,
  tenant,
  principal,
  caller,
  token,
}: LedgerRecord & SessionBody): string | undefined {
  const lastingMs = Date.parse(expires_at) - Date.parse(at);
  if (expires_at <= at || lastingMs > LIMITS.sessionSecondsMax * 1_000) return "expires_at";
  if (tenant === GENESIS_TENANT) return "tenant";
  if (!CALLER_PATTERN.test(principal)) return "principal";
  return caller.identity === (token === null ? "operator" : "token") ? undefined : "caller";
}
