/**
 * Tenants are a wall: whatever one of them does, the other gets the answers, refusals, lists and
 * examinations that it would have got alone. The same is done twice on fresh data roots, once by both
 * and once by each alone, and nothing that is told may differ but ids, times and places in the ledger.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../../protocol/language/json.ts";
import type { Work } from "../../runtime/index.ts";
import { freshRoot } from "../runtime/on-disk.ts";
import type { LONG } from "../simulator/long-graphs.ts";
import {
  type Deed,
  INTENTS,
  type Process,
  type Ref,
  SIDES,
  type Side,
  type Step,
  seenBy,
  WORKFLOW,
} from "./two-tenants.ts";

const side = fc.constantFrom(...SIDES);
const name = fc.constantFrom("Ada", "Bob");
const ref: fc.Arbitrary<Ref> = fc.record({ of: side, at: fc.nat(5) });
const as = fc.option(fc.nat(2), { freq: 2 });

/** What takes its time is simulated; a wall has no doors there that it has not here. */
type Kind = Exclude<
  keyof typeof WORKFLOW,
  keyof typeof LONG | "revoke" | "stumble" | "callUnsafe" | "tell"
>;

const PAYLOAD: Readonly<Record<Kind, fc.Arbitrary<Json>>> = {
  register: fc.record({ name }),
  write: fc.record({ key: name, value: fc.nat(3), version: fc.nat(3) }),
  remove: fc.record({ key: name }),
  log: fc.record({ event: fc.nat(3), from: fc.integer({ min: 1, max: 4 }) }),
  keep: fc.record({ key: name, seed: fc.constantFrom("a seed", "another") }),
  fetch: fc.record({ key: name }),
  callSafe: fc.record({ event: fc.nat(3), seed: fc.constant("a seed") }),
};

function workOf(kind: Kind): fc.Arbitrary<Work> {
  const workflow = { workflow: WORKFLOW[kind] };
  const intent = kind === "remove" ? workflow : { intent: INTENTS[kind] };
  return fc
    .record({
      asked: fc.constantFrom<Work>({ ...workflow, payload: null }, { ...intent, payload: null }),
      payload: PAYLOAD[kind],
      key: fc.option(fc.constantFrom("key-1", "key-2")),
      mine: fc.option(fc.constantFrom("left.mine", "right.mine", "mine"), { freq: 5 }),
    })
    .map(({ asked, payload, key, mine }) => ({
      ...asked,
      payload,
      ...(key === null ? {} : { idempotencyKey: key }),
      ...(mine === null ? {} : { traceId: mine }),
    }));
}

const inside = fc.constantFrom<Kind>("register", "write", "remove", "log", "keep", "fetch");
const ran: fc.Arbitrary<Deed> = fc.record({
  do: fc.constant("run" as const),
  as,
  work: inside.chain(workOf),
});
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 8, arbitrary: ran },
  { weight: 3, arbitrary: fc.constant<Deed>({ do: "open" }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("begin" as const), as, work: workOf("callSafe") }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("end" as const), as, session: ref }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cancel" as const), as, trace: ref }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("take" as const), as, trace: ref }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("list" as const),
      what: fc.constantFrom("executions" as const, "refusals" as const, "sessions" as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("examine" as const), trace: ref }) },
);

const step: fc.Arbitrary<Step> = fc.record({ by: side, deed });
/** One at a time, or one of each side at once. */
const together = fc.oneof(
  step.map((one) => [one]),
  fc.tuple(deed, deed).map(([left, right]): readonly Step[] => [
    { by: "left", deed: left },
    { by: "right", deed: right },
  ]),
);
const processes: fc.Arbitrary<readonly Process[]> = fc.array(
  fc.record({ operator: side, steps: fc.array(together, { minLength: 2, maxLength: 14 }) }),
  { minLength: 2, maxLength: 4 },
);

/** The same, without what the other does. */
function alone(all: readonly Process[], side: Side): readonly Process[] {
  return all.map(({ operator, steps }) => ({
    operator,
    steps: steps.map((some) => some.filter(({ by }) => by === side)),
  }));
}

test("whatever one tenant does, another sees and gets what it would alone", async () => {
  await fc.assert(
    fc.asyncProperty(processes, async (all) => {
      const both = await seenBy(freshRoot(), all);
      for (const one of SIDES) {
        const own = await seenBy(freshRoot(), alone(all, one));
        expect(both[one]).toEqual(own[one]);
      }
    }),
    { numRuns: 60 },
  );
});
