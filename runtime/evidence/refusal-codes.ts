/**
 * For what somebody is refused before any policy is asked: a closed set, each code with what it needs,
 * so that nobody can be said to have been turned away for a reason that there is not. Whether the
 * session was over, or the event could not be delivered, is found where those are at hand.
 */
import {
  CANCEL_ACT,
  MIGRATE_ACT,
  OPEN_SESSION_ACT,
  SAGA_RETRY_ACT,
  SIGNAL_ACT,
} from "../../protocol/language/acts.ts";
import { isTraceId } from "../../protocol/language/names.ts";
import type { RefusedBody } from "../../protocol/language/records.ts";

/** A policy that was asked and denies is all that this is told of. */
const DENIED = "policy/denied";

const OF_SESSIONS: ReadonlySet<string> = new Set(["session/ended", "session/expired"]);
const OF_TOKENS: ReadonlySet<string> = new Set(["token/replayed"]);
const OF_DELIVERIES: ReadonlySet<string> = new Set([
  "delivery/erased",
  "delivery/missing-value",
  "delivery/too-many-visits",
  "delivery/unfit-event",
  "delivery/unfit-key",
  "delivery/unmarked-label",
  "payload/not-json",
  "payload/too-large",
  "payload/unfit",
]);

/** What an execution is told and does not take: late, twice, by somebody who may not, or not awaited. */
const OF_SIGNALS: ReadonlySet<string> = new Set([
  "signal/ambiguous",
  "signal/ended",
  "signal/late",
  "signal/not-awaited",
  "signal/not-json",
  "signal/not-there",
  "signal/not-waiting",
  "signal/requester",
  "signal/said-already",
  "signal/too-large",
  "signal/unfit-payload",
  "signal/unknown",
]);

/** Whether a refusal's code is one that there is for what was asked, by whom, and what was decided. */
export function isCodeOf({ code, policy, session, cause, intent, caller }: RefusedBody): boolean {
  if (policy !== null) return code === DENIED;
  if (cause !== undefined) return OF_DELIVERIES.has(code);
  if (intent === SIGNAL_ACT.type && OF_SIGNALS.has(code)) return true;
  if (session !== null) return OF_SESSIONS.has(code);
  const shows = intent === OPEN_SESSION_ACT.type && caller.identity === "token";
  return shows && OF_TOKENS.has(code);
}

/** Acts on an execution: a denial says behind its words, of which. */
const ABOUT_EXECUTIONS: ReadonlySet<string> = new Set(
  [CANCEL_ACT, MIGRATE_ACT, SAGA_RETRY_ACT, SIGNAL_ACT].map(({ type }) => type),
);

/** Whether a denial is told in these words; of an act on an execution it says behind them, of which. */
export function isToldAs(message: string, told: string, intent: string): boolean {
  if (message === told) return true;
  if (!ABOUT_EXECUTIONS.has(intent)) return false;
  const [begin, end] = [`${told} (of \``, "`)"];
  const isAbout = message.startsWith(begin) && message.endsWith(end);
  return isAbout && isTraceId(message.slice(begin.length, -end.length));
}
