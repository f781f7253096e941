/** A decision that is remembered is the one that a fresh look would make, whoever asks, and however often. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { deepFreeze } from "../../../protocol/language/json.ts";
import type { Caller } from "../../../protocol/language/records.ts";
import { governorOf } from "../../../runtime/index.ts";
import { governanceOf } from "../../compiler/policy/protocol.ts";
import { governanceUnder, randomAsked, randomCaller, randomRules } from "./random-policies.ts";

test("what is remembered of a caller is what a fresh look decides", async () => {
  const callers = fc.array(randomCaller, { minLength: 1, maxLength: 3 });
  const requests = fc.array(fc.tuple(fc.nat(2), randomAsked), { minLength: 20, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(randomRules, callers, requests, async (rules, known, asked) => {
      const governance = await governanceUnder(rules);
      const governor = governorOf(governance);
      for (const [who, one] of asked) {
        const again = { ...one, caller: deepFreeze(known[who % known.length] ?? one.caller) };
        expect(governor.decide(again)).toEqual(governorOf(governance).decide(again));
      }
    }),
    { numRuns: 20 },
  );
}, 120_000);

const CALLER: Caller = deepFreeze({ identity: "token", roles: [], attributes: {} });
const PAYLOAD = { name: "n", age: 20 };
const ASKED = {
  tenant: "town",
  principal: "ada",
  caller: CALLER,
  intent: "club.join",
  payload: PAYLOAD,
};

test("it is remembered where nothing was read that another payload could change", async () => {
  const guard =
    'permit(principal == Principal::"ada", action, resource) when { context.solution == {} };';
  const governor = governorOf(await governanceOf({ guard }));
  const first = governor.decide(ASKED);
  const again = governor.decide({ ...ASKED, payload: { name: "m", age: 3 } });
  expect(first.decision.decision).toBe("allow");
  expect(again.decision).toBe(first.decision);
  for (const change of [{ tenant: "other" }, { principal: "bob" }, { caller: { ...CALLER } }]) {
    expect(governor.decide({ ...ASKED, ...change }).decision).not.toBe(first.decision);
  }
});

test("nothing is remembered of a caller that somebody could change", async () => {
  const intent = "requires: { roles: [porter, clerk] }";
  const guard = 'permit(principal in Role::"porter", action, resource);';
  const governor = governorOf(await governanceOf({ intent, guard }));
  const roles = ["porter"];
  const caller: Caller = Object.freeze({ identity: "token", roles, attributes: Object.freeze({}) });
  expect(governor.decide({ ...ASKED, caller }).decision.decision).toBe("allow");
  roles[0] = "clerk";
  expect(governor.decide({ ...ASKED, caller }).decision.decision).toBe("deny");
});

test("it is not remembered where the payload was looked at, if only for whether it holds something", async () => {
  const guard = "permit(principal, action, resource) when { !(context.payload has note) };";
  const governor = governorOf(await governanceOf({ guard }));
  expect(governor.decide(ASKED).decision.decision).toBe("allow");
  const payload = { ...PAYLOAD, note: "" };
  expect(governor.decide({ ...ASKED, payload }).decision.decision).toBe("deny");
});

test("what a denied request held is told of that request", async () => {
  const guard = 'permit(principal == Principal::"bob", action, resource);';
  const governor = governorOf(await governanceOf({ guard }));
  const shown = [PAYLOAD, { name: "m", age: 3, email: "hidden" }].map(
    (payload) => governor.decide({ ...ASKED, payload }).context?.payload,
  );
  expect(shown).toEqual([PAYLOAD, { name: "m", age: 3 }]);
});

test("an act is looked at again whenever its policies read what is asked", async () => {
  const more = ["security_guard", "city_manager", "data_steward"]
    .map(
      (role) =>
        `---\nkind: policy\ncode: PO_END_${role.toUpperCase()}_V0\nsummary: Rules.\nrole: ${role}\nintents: [pgs.end_session]\ncedar: permit(principal, action, resource) when { context.own };\n`,
    )
    .join("");
  const governor = governorOf(await governanceOf({ more }));
  const end = (own: unknown) =>
    governor.decide({ ...ASKED, intent: "pgs.end_session", payload: { own } as never }).decision;
  expect(end(true)).toMatchObject({ decision: "allow", seen: { "context.own": true } });
  expect(end(false)).toMatchObject({ decision: "deny", seen: { "context.own": false } });
  expect(end("true")).toMatchObject({
    decision: "deny",
    unmet: "`context.own` is not what its type says",
  });
  expect(end(true).decision).toBe("allow");
});
