/**
 * Who may do what in the simulator, said twice: as sealed policies, which the runtime goes by, and in
 * a few plain lines, which it shares nothing with and by which its records are judged.
 */
import type { CedarExpression } from "../../protocol/language/cedar-expression.ts";
import type { SealedGovernance } from "../../protocol/language/governance.ts";
import type { FullName } from "../../protocol/language/names.ts";
import type { Caller } from "../../protocol/language/records.ts";
import { forbid, governanceOf, intentOf, permit } from "../runtime/governed.ts";
import { SUBSCRIBERS } from "./mail.ts";

/** Somebody who has a token. */
export interface Person {
  readonly tenant: string;
  readonly principal: string;
  readonly roles: readonly string[];
}

const CLERK = "clerk";

export const PEOPLE: readonly Person[] = Object.freeze([
  { tenant: "default", principal: "ada", roles: [CLERK] },
  { tenant: "other", principal: "bob", roles: [CLERK] },
  { tenant: "other", principal: "cy", roles: [] },
  // Called like the operator, and somebody else.
  { tenant: "default", principal: "operator", roles: [] },
]);

/** The only one who may write nothing down. */
const BANNED = "cy";
/** No session is longer. */
export const SESSION_SECONDS_MAX = 7_200;

export const INTENTS = Object.freeze({
  register: "sim.register",
  write: "sim.write",
  log: "sim.log",
  keep: "sim.keep",
  fetch: "sim.fetch",
  callSafe: "sim.call_safe",
  callUnsafe: "sim.call_unsafe",
  wait: "sim.wait",
  saga: "sim.saga",
  tell: "sim.tell",
});

const OF_CLERKS: readonly string[] = [INTENTS.write];

export function governance(workflows: Readonly<Record<string, FullName>>): SealedGovernance {
  const intents = Object.entries(INTENTS).map(([name, type]) =>
    intentOf(type, workflows[name] as FullName, {
      requires: { roles: OF_CLERKS.includes(type) ? [CLERK] : [], attributes: {} },
    }),
  );
  const boot = intentOf("pgs.boot", "platform::WF_COHERENCE_V0");
  const all = intents.map(({ type }) => type);
  const post = SUBSCRIBERS.map(({ type }) => type);
  const own = ["pgs.cancel", "pgs.end_session"];
  const ofOperator = [...own, "pgs.migrate", "pgs.run"];
  const ofRuntime = [...post, "pgs.boot"];
  const every = [...all, ...ofOperator, ...ofRuntime, "pgs.open_session", "pgs.signal"];
  return governanceOf({
    workflows: [...Object.values(workflows), ...SUBSCRIBERS.map(({ workflow }) => workflow)],
    intents: [...intents, ...SUBSCRIBERS, boot],
    statements: [
      permit("security_guard", [...all, "pgs.open_session", "pgs.signal"]),
      permit("security_guard", ofOperator, is("operator")),
      permit("security_guard", ofRuntime, is("runtime")),
      permit("security_guard", own, seen("own")),
      permit("city_manager", every),
      forbid("city_manager", [INTENTS.log, "pgs.signal"], banned()),
      permit("data_steward", every),
      forbid("data_steward", ["pgs.open_session"], longer()),
    ],
  });
}

const seen = (name: string): CedarExpression => ({ op: "get", of: { op: "context" }, name });

function is(identity: string): CedarExpression {
  const left = { op: "get", of: { op: "principal" }, name: "identity" } as const;
  return { op: "==", left, right: { op: "value", value: identity } };
}

function banned(): CedarExpression {
  const right = { op: "entity", type: "Principal", id: BANNED } as const;
  return { op: "==", left: { op: "principal" }, right };
}

function longer(): CedarExpression {
  const left = { op: "value", value: SESSION_SECONDS_MAX } as const;
  return { op: "<", left, right: seen("seconds") };
}

export interface Asks {
  readonly principal: string;
  readonly caller: Caller;
  /** The type of an intent, or of an act. */
  readonly intent: string;
  /** Of an act that ends something: whether that is one's own. */
  readonly own?: boolean;
  /** Of a session that is to be opened. */
  readonly seconds?: number;
}

/** The same in words of its own. */
export function may({ principal, caller, intent, own = false, seconds = 0 }: Asks): boolean {
  const { identity, roles } = caller;
  switch (intent) {
    case "pgs.boot":
    case "post.note":
    case "post.ring":
      return identity === "runtime";
    case "pgs.migrate":
    case "pgs.run":
      return identity === "operator";
    case "pgs.cancel":
    case "pgs.end_session":
      return identity === "operator" || own;
    case "pgs.open_session":
      return seconds <= SESSION_SECONDS_MAX;
    case INTENTS.write:
      return roles.includes(CLERK);
    case INTENTS.log:
    case "pgs.signal":
      return principal !== BANNED;
    default:
      return Object.values<string>(INTENTS).includes(intent);
  }
}
