/**
 * What is asked of the runtime beside work: a session for a token, the end of a session, the end of
 * an execution. There are few tokens, so that some are shown again, by two at once too. What came of
 * an errand is heard only by somebody who is still there.
 */
import { sha256 } from "../../protocol/language/digest.ts";
import type { IdentitySettings } from "../../runtime/identity/settings.ts";
import type { Verified } from "../../runtime/identity/verify-token.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Told } from "./audit.ts";
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
  /** Gives what is to be noted by who hears of it. */
  readonly go: (runtime: Runtime) => Promise<() => void>;
  /** Told of a refusal that is about what was asked for, and not about who asked; notes what it says. */
  readonly refused?: (code: string) => void;
  state: "waiting" | "answered" | "refused" | "unheard";
}

const TOKENS = 9;
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
}

export function errandOf(errands: Errands): Errand {
  const { random, told, holders, traces } = errands;
  const make = random.weighed({
    opens: holders.length < 3 ? 6 : 2,
    ends: holders.length > 0 ? 2 : 0,
    cancels: traces.length > 0 ? 6 : 1,
    tells: told.waiting.size > 0 ? 20 : 1,
  });
  if (make === "opens") return opening(errands);
  if (make === "tells") return telling(errands);
  return make === "ends" ? ending(errands) : cancelling(errands);
}

/** Tells an execution what it may wait for; mostly one that was told to wait. */
function telling({ random, told, holders, traces }: Errands): Errand {
  const waiting = [...told.waiting.keys()].slice(-4);
  const trace = random.pick(random.chance(0.9) ? waiting : traces) ?? `mine-${random.below(8)}`;
  const holder = random.chance(0.6) ? random.pick(holders) : undefined;
  const name = random.chance(0.95) ? TELL : "TOLD";
  return {
    what: `tells ${trace} ${name}`,
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
  const trace = random.pick(traces) ?? `mine-${random.below(8)}`;
  const session = random.chance(0.5) ? random.pick(holders)?.session : undefined;
  return {
    what: `cancels ${trace}`,
    state: "unheard",
    async go(runtime) {
      await runtime.cancel({ trace, ...(session === undefined ? {} : { session }) });
      return () => void told.cancelled.add(trace);
    },
  };
}
