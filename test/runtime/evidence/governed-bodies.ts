/** Bodies of governed records for tests, each as a writer would have written it. */
import { GENESIS_PRINCIPAL, GENESIS_TENANT } from "../../../protocol/language/acts.ts";
import { sha256 } from "../../../protocol/language/digest.ts";
import type {
  BootBody,
  Caller,
  CancelledBody,
  OpenedBody,
  RecordBody,
  RefusedBody,
  SessionBody,
  SessionEndedBody,
} from "../../../protocol/language/records.ts";
import { ALLOWED, DENIED, OPERATOR } from "../governed.ts";
import { SNAPSHOT, writtenLines } from "../traces/written-trace.ts";

export const HOLDER: Caller = { identity: "token", roles: ["clerk"], attributes: { level: 2 } };
export const RUNTIME: Caller = { identity: "runtime", roles: [], attributes: {} };

/** Times of written lines begin there. */
export const HOUR_LATER = "2026-11-21T11:00:00.000Z";

const begun = { format: 1, epoch: 1, flushed: 0, snapshot: SNAPSHOT, engine: "0.1.0" } as const;
const operator = { tenant: "local", principal: "tester", caller: OPERATOR } as const;

export function refusedBody(more: Partial<RefusedBody> = {}): RefusedBody {
  return {
    type: "refused",
    ...begun,
    code: "policy/denied",
    message: "no policy permits it",
    intent: "pgs.run",
    workflow: "example::WF_EXAMPLE_V0",
    ...operator,
    session: null,
    idempotency_key: null,
    policy: DENIED,
    context: { workflow: "example::WF_EXAMPLE_V0" },
    ...more,
  };
}

/** Of a token, which says who its holder is. */
export function sessionBody(more: Partial<SessionBody> = {}): SessionBody {
  return {
    type: "session",
    ...begun,
    tenant: "acme",
    principal: "ada",
    caller: HOLDER,
    policy: ALLOWED,
    expires_at: HOUR_LATER,
    token: { issuer: "https://issuer.example", sha256: sha256("a token") },
    secret_sha256: sha256("a secret"),
    ...more,
  };
}

/** Of the session `s1`, by its holder. */
export function endedBody(more: Partial<SessionEndedBody> = {}): SessionEndedBody {
  const who = { tenant: "acme", session: "s1", principal: "ada", caller: HOLDER };
  return { type: "session-ended", ...begun, ...who, policy: ALLOWED, ended: "s1", ...more };
}

export function bootBody(more: Partial<BootBody> = {}): BootBody {
  const configuration = sha256("a configuration");
  return { type: "boot", ...begun, configuration, like: "first", ...more };
}

/** How the execution begins that goes through the gates. */
export function startOpened(epoch = 1): Partial<OpenedBody> {
  const { snapshot, engine } = begun;
  const start = { boot: `boot-${epoch}`, epoch, snapshot, engine };
  return {
    epoch,
    intent: "pgs.boot",
    tenant: GENESIS_TENANT,
    principal: GENESIS_PRINCIPAL,
    caller: RUNTIME,
    payload: { start: { ...start, configuration: sha256("a configuration") }, gates: [] },
  };
}

export function cancelledBody(node: string, more: Partial<CancelledBody> = {}): CancelledBody {
  return {
    type: "cancelled",
    snapshot: begun.snapshot,
    ...operator,
    session: null,
    policy: ALLOWED,
    reason: "asked by mistake",
    node,
    in_doubt: false,
    to: "on_cancel",
    ...more,
  };
}

/** A record that is a trace of its own, as a line. */
export function loneLine(body: RecordBody, trace: string, n = 1): string {
  return writtenLines([body], { trace, n }).join("");
}
