/**
 * What sealed policies decide: the order of the roles, that nothing but a permit allows, and that
 * whatever cannot be evaluated denies.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DecisionCase, SealedGovernance } from "../../../protocol/language/governance.ts";
import type { Json } from "../../../protocol/language/json.ts";
import type { Decision } from "../../../protocol/language/records.ts";
import { decideCase, governorOf } from "../../../runtime/index.ts";
import { governanceOf, OPEN, type Parts } from "../../compiler/policy/protocol.ts";

const ADA = { name: "ada", identity: "token", roles: ["porter"], attributes: {} } as const;
const TRIED: DecisionCase = {
  principal: ADA,
  tenant: "town",
  intent: "club.join",
  payload: { name: "n", age: 20 },
};

async function decided(parts: Parts, change: Partial<DecisionCase> = {}): Promise<Decision> {
  return decideCase(governorOf(await governanceOf(parts)), { ...TRIED, ...change });
}

/** For many cases of one governance. */
function decider(
  governance: SealedGovernance,
): (change: Partial<DecisionCase>) => Promise<Decision> {
  const governor = governorOf(governance);
  return (change) => decideCase(governor, { ...TRIED, ...change });
}

test("the roles are asked in their order, up to the first that denies", async () => {
  const { decision, unmet, rulings } = await decided({});
  expect([decision, unmet]).toEqual(["allow", null]);
  expect(rulings.map(({ role, determining }) => [role, determining])).toEqual([
    ["security_guard", ["example::PO_GUARD_V0#1"]],
    ["city_manager", ["example::PO_MANAGER_V0#1"]],
    ["data_steward", ["example::PO_STEWARD_V0#1"]],
  ]);
  const manager = `${OPEN}\nforbid(principal, action, resource) when { context.payload.age > 10 };`;
  const denied = await decided({ manager });
  expect(denied.decision).toBe("deny");
  expect(denied.rulings.map(({ role }) => role)).toEqual(["security_guard", "city_manager"]);
  expect(denied.rulings.at(-1)?.determining).toEqual(["example::PO_MANAGER_V0#2"]);
});

test("what nobody permits is denied", async () => {
  const steward = "permit(principal, action, resource) when { context.payload.age < 10 };";
  const { decision, rulings } = await decided({ steward });
  expect(decision).toBe("deny");
  expect(rulings.at(-1)).toEqual({
    role: "data_steward",
    decision: "deny",
    determining: [],
  });
});

test("an error in one statement denies what another permits, though Cedar would skip it", async () => {
  const overflow = "context.payload.age * 9007199254740991 * 1024 > 0";
  for (const effect of ["permit", "forbid"]) {
    const guard = `${OPEN}\n${effect}(principal, action, resource) when { ${overflow} };`;
    const { decision, rulings } = await decided({ guard });
    expect(decision).toBe("deny");
    expect(rulings).toHaveLength(1);
    expect(rulings[0]?.errors).toEqual([
      "example::PO_GUARD_V0#2: a product is beyond the whole numbers of 64 bits",
    ]);
  }
});

test("a request that the sealed types do not know is denied", async () => {
  const governance = await governanceOf({});
  const { cedar, policies } = governance.policies;
  const actions = { "": { ...cedar[""], actions: {} } };
  const decided = decider({ ...governance, policies: { cedar: actions, policies } });
  expect(await decided({})).toMatchObject({ decision: "deny", rulings: [] });
});

test("a snapshot without policies lets nobody do anything, nor does one that knows no such act", async () => {
  const asked = { tenant: "town", principal: "ada", caller: ADA, payload: { own: true } };
  const none = governorOf(undefined);
  for (const intent of ["club.join", "pgs.end_session"]) {
    const { decision, context } = none.decide({ ...asked, intent });
    expect([decision.decision, decision.unmet, decision.rulings, context]).toEqual([
      "deny",
      "the snapshot was sealed without policies",
      [],
      null,
    ]);
  }
  expect([none.types, none.intent("club.join"), none.workflow("a::WF_B_V0")]).toEqual([
    [],
    undefined,
    undefined,
  ]);
  const governance = await governanceOf({});
  const { actions, entityTypes } = governance.policies.cedar[""];
  const { "pgs.end_session": _, ...others } = actions;
  const cedar = { "": { entityTypes, actions: others } };
  const older = governorOf({ ...governance, policies: { ...governance.policies, cedar } });
  const { decision } = older.decide({ ...asked, intent: "pgs.end_session" });
  expect(decision.unmet).toBe("the snapshot was sealed before there was `pgs.end_session`");
});

const REQUIRES =
  "requires: { roles: [porter, clerk], attributes: { gate: { type: string, maxLength: 5 } } }";
const porter = (change: object) => ({ principal: { ...ADA, ...change } });

test.each<[string, Partial<DecisionCase>, string]>([
  ["no role of those", porter({ roles: ["guest"] }), "it requires one of the roles clerk, porter"],
  ["no such attribute", porter({}), "it requires the attribute gate"],
  ["an attribute of another type", porter({ attributes: { gate: 3 } }), "the attribute gate does"],
  [
    "one that does not fit",
    porter({ attributes: { gate: "northern" } }),
    "the attribute gate does",
  ],
  ["a payload that does not fit", { payload: { name: "n" } }, "the payload does not fit"],
  ["no such intent", { intent: "club.jion" }, "there is no intent `club.jion`"],
  ["a member of every object", { intent: "constructor.to_string" }, "there is no intent"],
])("before any role is asked: %s", async (_, change, unmet) => {
  const decision = await decided({ intent: REQUIRES }, change);
  expect(decision).toMatchObject({ decision: "deny", rulings: [] });
  expect(decision.unmet).toContain(unmet);
});

test("roles and attributes that no intent requires are seen by nobody, and do no harm", async () => {
  const guard = 'permit(principal in Role::"clerk", action, resource);';
  const roles = ["guest", "clerk", 'Role::"x"'];
  const attributes = { gate: "north", __entity: { type: "Role", id: "porter" }, other: [1, null] };
  const change = porter({ roles, attributes });
  expect((await decided({ intent: REQUIRES, guard }, change)).decision).toBe("allow");
});

test("names are data: they cannot be taken for another principal, tenant or type", async () => {
  const guard = 'permit(principal == Principal::"ada", action, resource == Tenant::"town");';
  const governance = await governanceOf({ guard });
  const odd = fc.oneof(
    fc.string(),
    fc.constantFrom('ada"', 'Principal::"ada"', "ada\n", "__entity"),
  );
  const decided = decider(governance);
  await fc.assert(
    fc.asyncProperty(odd, odd, async (name, tenant) => {
      const expected = name === "ada" && tenant === "town" ? "allow" : "deny";
      const { decision } = await decided({ principal: { ...ADA, name }, tenant });
      expect(decision).toBe(expected);
    }),
    { numRuns: 200 },
  );
});

test("whatever a payload holds, policies see only what has a type, and no error comes of it", async () => {
  const payload = `{ type: object, required: [name, age], properties: {
    name: { type: string }, age: { type: integer, maximum: 100 },
    tags: { type: array, items: { type: string } }, __entity: { type: string }, any: true } }`;
  const decided = decider(await governanceOf({ payload }));
  const known = fc.record({
    name: fc.string(),
    age: fc.integer({ max: 100 }),
    tags: fc.array(fc.string(), { maxLength: 3 }),
  });
  const any = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 });
  await fc.assert(
    fc.asyncProperty(any, known, fc.string(), fc.jsonValue(), async (more, own, entity, value) => {
      const all = { ...more, ...own, __entity: entity, any: value } as unknown as Json;
      const { decision, rulings } = await decided({ payload: all });
      expect(rulings.flatMap(({ errors = [] }) => errors)).toEqual([]);
      expect(decision).toBe("allow");
    }),
    { numRuns: 200 },
  );
});

test("a number that is no exact integer is never shown as another", async () => {
  const guard = "permit(principal, action, resource) when { context.payload.age > 0 };";
  const decided = decider(await governanceOf({ guard }));
  const { decision, rulings } = await decided({ payload: { name: "n", age: 1e300 } });
  expect([decision, rulings[0]?.errors]).toEqual([
    "deny",
    ["example::PO_GUARD_V0#1: `context.payload.age` is not what its type says"],
  ]);
});

/** Cedar's own semantics, in a small table: what each pair of statements decides. */
test.each<[string, string, "allow" | "deny"]>([
  ["true", "false", "allow"],
  ["true", "true", "deny"],
  ["false", "false", "deny"],
  ["false", "true", "deny"],
])("a permit when %s and a forbid when %s: %s", async (permits, forbids, expected) => {
  const as = (word: string) => `context.payload.age ${word === "true" ? ">" : "<"} 10`;
  const guard = `permit(principal, action, resource) when { ${as(permits)} };
forbid(principal, action, resource) when { ${as(forbids)} };`;
  expect((await decided({ guard })).decision).toBe(expected);
});

test("what was read is told by its path, and a part of it no second time", async () => {
  const intent = "requires: { roles: [porter], attributes: { gate: { type: string } } }";
  const seen = async (condition: string) => {
    const guard = `permit(principal, action, resource) when { ${condition} };`;
    const principal = { ...ADA, attributes: { gate: "north" } };
    const payload = { name: "n", age: 20, home: { town: "x", street: "hidden" }, email: "hidden" };
    return (await decided({ intent, guard }, { principal, payload })).seen;
  };
  expect(await seen("context.payload.age > 3 || context.payload has note")).toEqual({
    "context.payload.age": 20,
  });
  expect(await seen('!(context.payload has note) && principal in Role::"porter"')).toEqual({
    "context.payload has note": false,
    "principal.roles": ["porter"],
  });
  expect(await seen('principal has gate && principal.gate == "north"')).toEqual({
    "principal has gate": true,
    "principal.gate": "north",
  });
  expect(await seen('resource != Tenant::"a" && principal != Principal::"a"')).toEqual({
    "principal.name": "ada",
    resource: "town",
  });
  const home = "context.payload has home";
  expect(await seen(`${home} && context.payload.home has town`)).toEqual({
    [home]: true,
    "context.payload.home has town": true,
  });
  const inner = 'context.payload.home.town != "y"';
  expect(
    await seen(
      `${home} && context.payload.home has town && ${inner} && [context.payload].isEmpty() == false`,
    ),
  ).toEqual({
    [home]: true,
    "context.payload.home has town": true,
    "context.payload": { name: "n", age: 20, home: { town: "x" } },
  });
});
