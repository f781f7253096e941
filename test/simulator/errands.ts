/**
 * What is asked of the runtime beside work: a session for a token, the end of a session, the end of
 * an execution. There are few tokens, so that some are shown again, by two at once too. What came of
 * an errand is heard only by somebody who is still there.
 */
import { type Digest, sha256 } from "../../protocol/language/digest.ts";
import type { IdentitySettings } from "../../runtime/identity/settings.ts";
import type { Verified } from "../../runtime/identity/verify-token.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Told } from "./audit.ts";
import type { Matter } from "./excuses.ts";
import { PEOPLE, type Person, SESSION_SECONDS_MAX } from "./governance.ts";
import { TELL } from "./long-graphs.ts";
import type { Random } from "./random.ts";
import type { Holder } from "./workload.ts";

declare global {
  // What the bundle makes of the verifying of a token's signature, which takes real time.
  var simulatedToken: (text: string) => Verified;
}

export interface Errand {
  readonly what: string;
  readonly about: Matter;
  /** Gives what is to be noted by who hears of it. */
  readonly go: (runtime: Runtime, snapshot: Digest) => Promise<() => void>;
  /** Told of a refusal that is about what was asked for, and not about who asked; notes what it says. */
  readonly refused?: (code: string) => void;
  state: "waiting" | "answered" | "refused" | "unheard";
}

const TOKENS = 9;
const OPERATOR = { tenant: "default", principal: "operator" };
/** A session that nobody opened. */
const NOBODYS = "session-00000000-0000-0000-0000-000000000000";

globalThis.simulatedToken = (text) => {
  const person = PEOPLE[Number(text.split(" ")[1]) % PEOPLE.length] as Person;
  const claimed = { ...person, issuer: "the simulator", attributes: {} };
  return { ...claimed, expiresAtMs: Number.POSITIVE_INFINITY, sha256: sha256(text) };
};

/** Whose tokens are taken: what they say is believed here. */
export const IDENTITY: IdentitySettings = Object.freeze({
  issuer: "the simulator",
  audience: "simulated",
  keys() {
    throw new Error("no token is verified here");
  },
  clockSkewSeconds: 0,
  principalClaim: "sub",
  tenantClaim: "tenant",
  rolesClaim: "roles",
  attributesClaim: "attributes",
});

/** Where errands are thought of. */
export interface Errands {
  readonly random: Random;
  readonly told: Told;
  /** Those who were told a session. */
  readonly holders: Holder[];
  /** Executions that somebody may have heard of. */
  readonly traces: readonly string[];
  /** Whether executions are moved from one snapshot to another. */
  readonly moves: boolean;
}

export function errandOf(errands: Errands): Errand {
  const { random, told, holders, traces, moves } = errands;
  const make = random.weighed({
    moves: moves ? 6 : 0,
    delivers: 1,
    opens: holders.length < 3 ? 6 : 2,
    ends: holders.length > 0 ? 2 : 0,
    cancels: traces.length > 0 ? 6 : 1,
    tells: told.waiting.size > 0 ? 20 : 1,
  });
  if (make === "opens") return opening(errands);
  if (make === "tells") return telling(errands);
  if (make === "moves") return moving(errands);
  if (make === "delivers") {
    return delivering(random.chance(0.3) ? random.between(1, 3) : undefined);
  }
  return make === "ends" ? ending(errands) : cancelling(errands);
}

/** Who asks: whoever holds the session, or the operator. */
function holderOf(session: string | undefined, holders: readonly Holder[]): typeof OPERATOR {
  const found = holders.find((holder) => holder.session === session);
  return found === undefined ? OPERATOR : { tenant: found.tenant, principal: found.principal };
}

/** For a life in which nothing goes on. */
export function heldErrandOf(errands: Errands): Errand {
  return errands.random.chance(0.8) ? moving(errands) : cancelling(errands);
}

/** Moves what is open to the snapshot of this life: all of it, or one that was told to wait. */
function moving({ random, told, holders }: Errands): Errand {
  const session = random.chance(0.1) ? random.pick(holders)?.session : undefined;
  const trace = random.chance(0.2) ? random.pick([...told.waiting.keys()]) : undefined;
  const tenant = holderOf(session, holders).tenant;
  return {
    what: `moves ${trace ?? "what is open"}`,
    about: { tenant, ...(trace === undefined ? {} : { trace }) },
    state: "unheard",
    async go(runtime, to) {
      const by = session === undefined ? {} : { session };
      const moved = await runtime.migrate({ ...by, ...(trace === undefined ? {} : { trace }) });
      return () => {
        for (const one of moved) if (one.moved) told.moved.add(`${one.trace_id} ${to}`);
      };
    },
  };
}

/** Lets deliver what is due, or some of it. */
export function delivering(mostNow?: number): Errand {
  return {
    what: `delivers ${mostNow ?? "all"}`,
    about: OPERATOR,
    state: "unheard",
    async go({ post }) {
      await post?.deliver(mostNow === undefined ? {} : { mostNow });
      return () => undefined;
    },
  };
}

/** Tells an execution what it may wait for; mostly one that was told to wait. */
function telling({ random, told, holders, traces }: Errands): Errand {
  const waiting = [...told.waiting.keys()].slice(-4);
  const trace = random.pick(random.chance(0.9) ? waiting : traces) ?? `mine-${random.below(8)}`;
  const holder = random.chance(0.6) ? random.pick(holders) : undefined;
  const name = random.chance(0.95) ? TELL : "TOLD";
  const by = holderOf(holder?.session, holders);
  return {
    what: `tells ${trace} ${name}`,
    about: { ...by, trace, signal: name },
    state: "unheard",
    async go(runtime) {
      const session = holder === undefined ? {} : { session: holder.session };
      await runtime.signal({ trace, name, payload: { by: random.below(9) }, ...session });
      return () => void told.signals.add(`${trace} ${holder?.principal ?? "operator"}`);
    },
  };
}

function opening({ random, told, holders }: Errands): Errand {
  const token = random.chance(0.8) ? `token ${random.below(TOKENS)}` : undefined;
  const seconds = random.pick([1, 5, 60, SESSION_SECONDS_MAX, SESSION_SECONDS_MAX + 1]);
  return {
    about: OPERATOR,
    what: `opens a session of ${seconds} s for ${token ?? "the operator"}`,
    state: "unheard",
    async go(runtime) {
      const options = { seconds, ...(token === undefined ? {} : { token }) };
      const { credential, tenant, principal } = await runtime.openSession(options);
      return () => {
        told.sessions.add(credential);
        holders.push({ tenant, principal, session: credential });
      };
    },
  };
}

function ending({ random, told, holders }: Errands): Errand {
  const session = random.pick(holders)?.session.split(".")[0] ?? NOBODYS;
  const by = random.chance(0.5) ? random.pick(holders)?.session : undefined;
  return {
    what: `ends the session ${session}`,
    about: { ...holderOf(by, holders), session },
    state: "unheard",
    async go(runtime) {
      await runtime.endSession({ session, ...(by === undefined ? {} : { by }) });
      return () => void told.ended.add(session);
    },
    refused(code) {
      if (code === "session/ended") told.ended.add(session);
    },
  };
}

function cancelling({ random, told, holders, traces }: Errands): Errand {
  const open = [...traces, ...[...told.waiting.keys()].slice(-2)];
  const trace = random.pick(open) ?? `mine-${random.below(8)}`;
  const session = random.chance(0.5) ? random.pick(holders)?.session : undefined;
  return {
    what: `cancels ${trace}`,
    about: { ...holderOf(session, holders), trace },
    state: "unheard",
    async go(runtime) {
      await runtime.cancel({ trace, ...(session === undefined ? {} : { session }) });
      return () => void told.cancelled.add(trace);
    },
  };
}
