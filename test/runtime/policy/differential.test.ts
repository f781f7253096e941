/**
 * Policies by chance, compiled, and requests by chance: the governor decides as Cedar's own engine
 * does, by the same statements. A decision depends on what it says was seen, and on nothing else.
 */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Asked, governorOf } from "../../../runtime/index.ts";
import { inEngineWords, rulingsOfCedar } from "./cedar-engine.ts";
import { governanceUnder, randomAsked, randomRules } from "./random-policies.ts";

test("the governor decides as Cedar does, by the same statements, with the same errors", async () => {
  const met = { allow: 0, deny: 0, forbidden: 0, failed: 0 };
  await fc.assert(
    fc.asyncProperty(
      randomRules,
      fc.array(randomAsked, { minLength: 8, maxLength: 16 }),
      async (rules, requests) => {
        const governance = await governanceUnder(rules);
        const governor = governorOf(governance);
        for (const asked of requests) {
          const { decision } = governor.decide(asked);
          const rulings = inEngineWords(decision.rulings);
          expect(rulings).toEqual(rulingsOfCedar(governance, asked));
          expect(decision.decision).toBe(rulings.at(-1)?.decision);
          const last = rulings.at(-1);
          met[decision.decision] += 1;
          if (last?.decision === "deny" && last.determining.length > 0) met.forbidden += 1;
          if ((last?.failed.length ?? 0) > 0) met.failed += 1;
        }
      },
    ),
    { numRuns: 60 },
  );
  for (const [what, times] of Object.entries(met)) expect(times, what).toBeGreaterThan(5);
}, 120_000);

/** What stands at a path that `seen` names, in another request; `undefined` where nothing does. */
function at(path: string, { tenant, principal, caller, payload }: Asked): unknown {
  const [place = "", asks] = path.split(" has ");
  const everything = {
    resource: tenant,
    principal: {
      name: principal,
      ...caller.attributes,
      roles: caller.roles,
      identity: caller.identity,
    },
    context: { payload },
  };
  let found: unknown = everything;
  for (const step of place.split(".")) {
    found = typeof found === "object" && found !== null ? Reflect.get(found, step) : undefined;
  }
  if (asks === undefined) return found;
  return typeof found === "object" && found !== null && Object.hasOwn(found, asks);
}

test("what was not seen makes no difference, and what was seen is what stood there", async () => {
  let alike = 0;
  await fc.assert(
    fc.asyncProperty(
      randomRules,
      fc.array(randomAsked, { minLength: 30, maxLength: 40 }),
      async (rules, requests) => {
        const governor = governorOf(await governanceUnder(rules));
        const decided = requests.map((asked) => ({ asked, ...governor.decide(asked) }));
        for (const { asked, decision } of decided) {
          const seen = Object.entries(decision.seen).filter(([path]) => !IS_SEALED.test(path));
          expect(Object.keys(decision.seen)).toEqual(Object.keys(decision.seen).toSorted());
          expect(seen.map(([path]) => at(path, asked))).toEqual(seen.map(([, value]) => value));
          for (const other of decided) {
            if (!seen.every(([path, value]) => isDeepStrictEqual(at(path, other.asked), value)))
              continue;
            expect(other.decision).toEqual(decision);
            alike += other.asked === asked ? 0 : 1;
          }
        }
      },
    ),
    { numRuns: 25 },
  );
  expect(alike).toBeGreaterThan(100);
}, 120_000);

/** What the snapshot itself says of the intent. */
const IS_SEALED = /^context( |\.(labels|solution|reach))/;
