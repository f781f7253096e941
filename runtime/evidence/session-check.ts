/**
 * Whether a ledger bears out what its records say of sessions: each was opened before it was used,
 * by who uses it, for as long as it stands, and with a token that opened no other. It takes records
 * in the order of the whole ledger, and remembers every session that it has seen.
 */
import type { Json } from "../../protocol/language/json.ts";
import type {
  CancelledBody,
  LedgerRecord,
  MigratedBody,
  OpenedBody,
  RefusedBody,
  SessionBody,
  SessionEndedBody,
  SignalBody,
} from "../../protocol/language/records.ts";
import { equal } from "../machine/compare.ts";
import { overWith } from "../sessions/standing.ts";
import type { Broken } from "./chain.ts";

export interface SessionCheck {
  /** Says why the record cannot stand behind those before it; undefined where it can. */
  readonly take: (record: LedgerRecord) => Broken | undefined;
  readonly session: (id: string) => KnownSession | undefined;
}

/** A session as the records say it. */
export type KnownSession = Omit<SessionBody, "type" | "policy"> & {
  readonly opened_at: string;
  readonly ended_at: string | null;
};

type User = OpenedBody | RefusedBody | SessionEndedBody | CancelledBody | SignalBody | MigratedBody;

export function sessionCheck(): SessionCheck {
  const sessions = new Map<string, KnownSession>();
  const tokens = new Map<string, string>();
  const end = ({ ended, tenant, at }: LedgerRecord & SessionEndedBody): Broken | undefined => {
    const session = sessions.get(ended);
    if (session === undefined || session.tenant !== tenant) {
      return broken("unknown", `session \`${ended}\` of \`${tenant}\` was never opened`);
    }
    if (session.ended_at !== null) return broken("ended-twice", `\`${ended}\` had ended already`);
    sessions.set(ended, { ...session, ended_at: at });
    return undefined;
  };
  return {
    take(record) {
      switch (record.type) {
        case "session":
          sessions.set(record.trace, knownOf(record));
          return tokenTwice(record, tokens);
        case "opened":
        case "refused":
        case "cancelled":
        case "signal":
        case "migrated":
          return misused(record, sessions);
        case "session-ended":
          return misused(record, sessions) ?? end(record);
        default:
          return undefined;
      }
    },
    session: (id) => sessions.get(id),
  };
}

function knownOf({
  policy: _policy,
  type: _type,
  at,
  ...session
}: LedgerRecord & SessionBody): KnownSession {
  return { ...session, opened_at: at, ended_at: null };
}

function tokenTwice(
  { trace, token }: LedgerRecord & SessionBody,
  tokens: Map<string, string>,
): Broken | undefined {
  if (token === null) return undefined;
  const other = tokens.get(token.sha256);
  if (other === undefined) {
    tokens.set(token.sha256, trace);
    return undefined;
  }
  return broken("token-twice", `\`${trace}\` was opened with the token of \`${other}\``);
}

/** What a session's holder is, the session says: nothing of it is another's, or has changed. */
const SAME = ["tenant", "principal", "caller"] as const;

function misused(
  record: LedgerRecord & User,
  sessions: ReadonlyMap<string, KnownSession>,
): Broken | undefined {
  const { session: id } = record;
  if (id === null) return undefined;
  const session = sessions.get(id);
  if (session === undefined) return broken("unknown", `session \`${id}\` was never opened`);
  const other = SAME.find((name) => !equal(record[name] as Json, session[name] as Json));
  if (other !== undefined) {
    return broken("other-holder", `session \`${id}\` has another \`${other}\` than its record`);
  }
  return isOver(record) ? stillOpen(record, session) : outlived(record, session);
}

/** What was refused because the session is over: no policy was asked. */
function isOver(record: LedgerRecord & User): record is LedgerRecord & RefusedBody {
  return record.type === "refused" && record.policy === null && record.code.startsWith("session/");
}

/** It was over when that was looked at, in just this way, and who asked was told so. */
function stillOpen(
  { at, code, message, session: id }: LedgerRecord & RefusedBody,
  { ended_at, expires_at }: KnownSession,
): Broken | undefined {
  const looked = LOOKED_AT.exec(message)?.[1] ?? at;
  const lookedMs = Date.parse(looked);
  if (id === null || Number.isNaN(lookedMs)) return broken("not-over", NO_TIME);
  const over = overWith({ session: id, ended_at, expires_at }, lookedMs);
  const isTold = over?.code === code && over.message === message;
  if (isTold && looked <= at && lookedMs >= Date.parse(at) - IN_BETWEEN_MS) return undefined;
  return broken("not-over", `session \`${id}\` was not over as this record says`);
}

const NO_TIME = "it does not say when the session was looked at";
/** As a session that is over is told. */
const LOOKED_AT = / open at ([0-9TZ:.-]{24}): /;

/** So long at most is it from knowing whose session it is to the record of what is done with it. */
const IN_BETWEEN_MS = 10_000;

function outlived(
  { at, session: id }: LedgerRecord & User,
  { expires_at, ended_at }: KnownSession,
): Broken | undefined {
  const looked = Date.parse(at) - IN_BETWEEN_MS;
  if (ended_at !== null && looked > Date.parse(ended_at)) {
    return broken("outlived", `session \`${id}\` had ended at ${ended_at}`);
  }
  if (looked < Date.parse(expires_at)) return undefined;
  return broken("outlived", `session \`${id}\` had expired at ${expires_at}`);
}

function broken(code: string, message: string): Broken {
  return { code: `session/${code}`, message };
}
