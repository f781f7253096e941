/**
 * What is asked of the runtime: a random mix of submissions, few keys and many collisions, some of
 * them given more than once under an idempotency key, some under an id of the caller's own; by the
 * operator and by holders of sessions, who may, and who may not.
 */
import type { Json } from "../../protocol/language/json.ts";
import type { FullName } from "../../protocol/language/names.ts";
import type { Work } from "../../runtime/runtime-options.ts";
import { INTENTS } from "./governance.ts";
import { eventFor } from "./mail.ts";
import { actorOf, WORKFLOW } from "./protocol.ts";
import type { Random } from "./random.ts";

const NAMES = ["Ada", "Bob", "Cy", "Dee"];

export interface Mix {
  readonly keys: boolean;
  readonly external: boolean;
  /** Waits, fan-out, calls that are made again, and undoing. */
  readonly long: boolean;
  /** Events that somebody subscribes to. */
  readonly mail: boolean;
  readonly large: boolean;
  /** Many at once. */
  readonly burst: boolean;
  /** How many of all requests are about sessions and cancelling; the more, the more use sessions. */
  readonly errands: number;
}

export function mixOf(random: Random): Mix {
  return {
    keys: random.chance(0.6),
    external: random.chance(0.5),
    long: random.chance(0.4),
    mail: random.chance(0.3),
    large: random.chance(0.3),
    burst: random.chance(0.5),
    errands: random.pick([0, 0.3, 0.5]),
  };
}

/** So much text; now and then a lot. */
function text(random: Random, mix: Mix): string {
  const size = mix.large && random.chance(0.2) ? random.below(6_000) : random.below(40);
  return "text ".repeat(Math.ceil(size / 5)).slice(0, size);
}

const MAKE = {
  register: (random) => ({ name: random.pick(NAMES) }),
  revoke: (random) => ({ key: actorOf(random.pick(NAMES)) }),
  write: (random, mix) => ({
    key: random.pick(NAMES),
    value: { text: text(random, mix) },
    version: random.between(1, 4),
  }),
  remove: (random) => ({ key: random.pick(NAMES) }),
  log: (random, mix) => ({ event: { text: text(random, mix) }, from: random.between(1, 9) }),
  keep: (random) => ({ key: random.pick(NAMES), seed: `canary ${random.next()}` }),
  fetch: (random) => ({ key: random.pick(NAMES) }),
  stumble: (random) => ({ event: random.below(100) }),
  callSafe: (random) => ({ event: random.below(100), seed: `canary ${random.next()}` }),
  callUnsafe: (random) => ({ event: random.below(100), seed: `canary ${random.next()}` }),
  wait: (random) => ({ event: random.below(100) }),
  fan: (random) => ({ items: Array.from({ length: random.below(6) }, () => random.below(9)) }),
  both: (random) => ({ event: random.below(100) }),
  retry: (random) => ({ event: random.below(100) }),
  saga: (random) => ({ event: random.below(100) }),
  tell: (random) => eventFor(random),
} satisfies Record<keyof typeof WORKFLOW, (random: Random, mix: Mix) => Json>;

const INSIDE = {
  register: 5,
  revoke: 1,
  write: 4,
  remove: 1,
  log: 3,
  keep: 2,
  fetch: 2,
  stumble: 1,
};
const OUTSIDE = { ...INSIDE, callSafe: 3, callUnsafe: 3 };
const NONE = { callSafe: 0, callUnsafe: 0, wait: 0, fan: 0, both: 0, retry: 0, saga: 0, tell: 0 };
const LONG_ONES = { wait: 5, fan: 4, both: 3, retry: 3, saga: 5 };

/** Somebody who holds a session. */
export interface Holder {
  readonly tenant: string;
  readonly principal: string;
  /** `<id>.<secret>`. */
  readonly session: string;
}

/** Work, on whose behalf it is asked for, and what runs where that is allowed. */
export interface Asking {
  readonly work: Work;
  readonly workflow: FullName;
  readonly tenant: string;
  /** With a secret that is another session's: nobody is to answer. */
  readonly forged?: boolean;
}

/** By the operator, or by one of those who hold a session. */
export function askingOf(random: Random, mix: Mix, holders: readonly Holder[]): Asking {
  const weights: Record<keyof typeof WORKFLOW, number> = {
    ...NONE,
    ...(mix.external ? OUTSIDE : INSIDE),
    ...(mix.long ? LONG_ONES : {}),
    ...(mix.mail ? { tell: 20 } : {}),
  };
  const name = random.weighed(weights);
  const payload = MAKE[name](random, mix) as Json;
  const key = mix.keys && random.chance(0.6) ? `key-${random.below(12)}` : undefined;
  const seals = "seed" in (payload as object);
  const mine = random.chance(seals ? 0.4 : 0.1) ? `mine-${random.below(8)}` : undefined;
  const holder = random.chance(mix.errands + 0.3) ? random.pick(holders) : undefined;
  const forged = holder !== undefined && random.chance(0.05);
  const session = forged ? `${holder.session.split(".")[0]}.${OTHER_SECRET}` : holder?.session;
  const tenant = holder?.tenant ?? "default";
  const traceId = mine && (tenant === "default" ? mine : `${tenant}.${mine}`);
  const workflow = WORKFLOW[name];
  const intent = random.chance(holder === undefined ? 0.3 : 0.9) ? intentFor(name) : undefined;
  const work = {
    ...(intent === undefined ? { workflow } : { intent }),
    payload,
    ...(session === undefined ? {} : { session }),
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(traceId === undefined ? {} : { traceId }),
  };
  return { work, workflow, tenant, forged };
}

/** Of no session. */
const OTHER_SECRET = "A".repeat(43);

function intentFor(name: string): string | undefined {
  return (INTENTS as Readonly<Record<string, string>>)[name];
}
