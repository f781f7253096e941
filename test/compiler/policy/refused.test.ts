/**
 * What bad policies get: each is refused with a code and a reason, and nothing is sealed. Beside the
 * cases in the folders of the codes, which show one fault each, these are what somebody might try.
 */
import { expect, test } from "vitest";
import { compiledOf, OPEN, type Parts } from "./protocol.ts";

const scoped = (condition: string) => `permit(principal, action, resource) when { ${condition} };`;
const forbidding = (head: string) => ({ guard: `${OPEN}\n${head}` });
const intent = (type: string) =>
  `---\nkind: intent\ncode: IN_MORE_V0\nsummary: More.\ntype: ${type}\nworkflow: WF_JOIN_V0\n`;
const policy = (about: string, cedar: string) =>
  `---\nkind: policy\ncode: PO_MORE_V0\nsummary: More.\nrole: security_guard\nintents: [${about}]\ncedar: ${JSON.stringify(cedar)}\n`;
const table = (principal: string, rest: string) =>
  `---\nkind: decisions\ncode: DT_JOIN_V0\nsummary: Who joins.\ncases:\n  - principal: { ${principal} }\n    ${rest}\n    expect: allow\n`;
const JOINS = "tenant: town\n    intent: club.join\n    payload: { name: Ada, age: 36 }";

const REFUSED: readonly (readonly [what: string, parts: Parts, code: string, why: string])[] = [
  // It does not parse.
  ["no Cedar at all", { guard: "let everybody in" }, "policy/bad-syntax", "not Cedar"],
  [
    "an empty text",
    { guard: "// permit(principal, action, resource);" },
    "policy/no-statement",
    "",
  ],
  [
    "a text that is cut off",
    { guard: "permit(principal, action" },
    "policy/bad-syntax",
    "not Cedar",
  ],
  [
    "a slot",
    { guard: "permit(principal == ?principal, action, resource);" },
    "policy/bad-syntax",
    "slot",
  ],
  ["brackets without end", { guard: scoped("(".repeat(64)) }, "policy/too-large", "brackets"],
  [
    "a script in place of a text",
    { guard: scoped("process.exit()") },
    "policy/bad-syntax",
    "not Cedar",
  ],
  // It does not type-check.
  [
    "a member that no schema names",
    { guard: scoped("context.payload.salary > 1") },
    "policy/ill-typed",
    "salary",
  ],
  [
    "what may not be there",
    { guard: scoped('context.payload.note == "x"') },
    "policy/ill-typed",
    "note",
  ],
  [
    "what carries a label",
    { guard: scoped('context.payload.email == "x"') },
    "policy/ill-typed",
    "email",
  ],
  [
    "a number held against a text",
    { guard: scoped('context.payload.age < "18"') },
    "policy/ill-typed",
    "String",
  ],
  [
    "an attribute that nothing requires",
    { guard: scoped("principal.clearance > 2") },
    "policy/ill-typed",
    "clearance",
  ],
  [
    "a role that nobody names",
    { guard: 'permit(principal in Role::"admin", action, resource);' },
    "policy/ill-typed",
    "there are no roles",
  ],
  [
    "a type of entity that is not there",
    { guard: 'permit(principal in Group::"all", action, resource);' },
    "policy/ill-typed",
    "Group",
  ],
  [
    "to ask whether there is what carries a label",
    { guard: `${scoped("context.payload.age > 17")}\n${scoped("context.payload has email")}` },
    "policy/unseen-member",
    "context.payload.email",
  ],
  [
    "an exception for what is a fraction",
    { guard: "permit(principal, action, resource) unless { context.payload has weight };" },
    "policy/unseen-member",
    "context.payload.weight",
  ],
  [
    "an exception for an attribute that nothing requires",
    { guard: "permit(principal, action, resource) unless { principal has suspended };" },
    "policy/unseen-member",
    "principal.suspended",
  ],
  [
    "a labelled part of what is seen, by a detour",
    {
      guard: `${OPEN}\nforbid(principal, action, resource) when { {a: context.payload}.a has home.street };`,
    },
    "policy/unseen-member",
    "home.street",
  ],
  [
    "an action of no intent",
    { guard: 'permit(principal, action == Action::"club.leave", resource);' },
    "policy/ill-typed",
    "club.leave",
  ],
  [
    "an act that its policy does not list",
    { guard: `${OPEN}\npermit(principal, action == Action::"pgs.run", resource);` },
    "policy/ill-typed",
    "pgs.run",
  ],
  [
    "a context that an act has not",
    { more: policy("pgs.cancel", scoped("context.reach.outside")) },
    "policy/ill-typed",
    "reach",
  ],
  [
    "the clock of the machine",
    { guard: scoped('datetime("2026-01-01") < datetime("2027-01-01")') },
    "policy/no-such-word",
    "datetime",
  ],
  [
    "an address that a payload cannot be",
    { guard: scoped('ip("10.0.0.1").isLoopback()') },
    "policy/no-such-word",
    "ip",
  ],
  [
    "a number that JSON does not hold",
    { guard: scoped("context.payload.age < 9007199254740993") },
    "policy/inexact-number",
    "9007199254740993",
  ],
  // It contradicts.
  [
    "a forbid of everything",
    { guard: `${OPEN}\nforbid(principal, action, resource);` },
    "policy/always-forbidden",
    "security_guard",
  ],
  [
    "a role that permits nothing",
    { manager: 'forbid(principal, action, resource == Tenant::"x");' },
    "policy/never-allowed",
    "city_manager",
  ],
  [
    "a permit whose condition is false",
    { steward: scoped("false") },
    "policy/idle-statement",
    "permit",
  ],
  [
    "a forbid that says both",
    forbidding("forbid(principal, action, resource) when { context.payload.age > 1 && false };"),
    "policy/idle-statement",
    "forbid",
  ],
  [
    "a forbid about a tenant as principal",
    forbidding('forbid(principal == Tenant::"a", action, resource);'),
    "policy/idle-statement",
    "forbid",
  ],
  [
    "an intent without any policy",
    { more: intent("club.leave") },
    "policy/never-allowed",
    "club.leave",
  ],
  // Names that nobody can have.
  [
    "a tenant as a path",
    forbidding('forbid(principal, action, resource == Tenant::"../other");'),
    "policy/impossible-name",
    "../other",
  ],
  [
    "a tenant as an absolute path",
    forbidding('forbid(principal, action, resource == Tenant::"/etc");'),
    "policy/impossible-name",
    "/etc",
  ],
  [
    "a tenant as a file of Windows",
    forbidding('forbid(principal, action, resource == Tenant::"con");'),
    "policy/impossible-name",
    "con",
  ],
  [
    "a tenant in capitals, in a set",
    forbidding(
      'forbid(principal, action, resource) when { [Tenant::"a", Tenant::"B"].contains(resource) };',
    ),
    "policy/impossible-name",
    '"B"',
  ],
  [
    "a tenant that is hidden in escapes",
    forbidding('forbid(principal, action, resource == Tenant::"\\u{2e}\\u{2e}");'),
    "policy/impossible-name",
    '".."',
  ],
  [
    "a principal with a null",
    forbidding('forbid(principal == Principal::"a\\0b", action, resource);'),
    "policy/impossible-name",
    "a",
  ],
  [
    "a principal without a name",
    forbidding('forbid(principal == Principal::"", action, resource);'),
    "policy/impossible-name",
    '""',
  ],
  // What belongs to the language.
  [
    "an intent of the realm `pgs`",
    { more: intent("pgs.shutdown") },
    "resolve/reserved-realm",
    "pgs.shutdown",
  ],
  [
    "an intent that passes for an act",
    { more: intent("pgs.run") },
    "resolve/reserved-realm",
    "pgs.run",
  ],
  ["a second boot", { more: intent("pgs.boot") }, "resolve/reserved-realm", "pgs.boot"],
  [
    "an act that there is not",
    { more: policy("pgs.stop", OPEN) },
    "resolve/unknown-intent-type",
    "pgs.stop",
  ],
  [
    "the boot, where `platform` is not used",
    { more: policy("pgs.boot", OPEN) },
    "resolve/undeclared-domain",
    "platform",
  ],
  [
    "an identity that callers bring along",
    { intent: "requires: { attributes: { identity: { type: string } } }" },
    "policy/reserved-attribute",
    "identity",
  ],
  // Tables of decisions.
  [
    "an identity among the attributes of a case",
    { more: table("name: ada, attributes: { identity: operator }", JOINS) },
    "policy/reserved-attribute",
    "identity",
  ],
  [
    "an identity that there is not",
    { more: table("name: ada, identity: root", JOINS) },
    "shape/bad-value",
    "root",
  ],
  [
    "a case for a tenant as a path",
    { more: table("name: ada", JOINS.replace("town", '"../town"')) },
    "shape/bad-name",
    "../town",
  ],
  [
    "a case of a principal as a path",
    { more: table('name: "../ada"', JOINS) },
    "shape/bad-name",
    "../ada",
  ],
  [
    "a principal in the payload",
    { more: table("name: ada", JOINS.replace("age: 36", "age: 36, principal: root")) },
    "policy/case-payload",
    "additional",
  ],
  [
    "an act of which too little is said",
    {
      more: table("name: ada", "tenant: town\n    intent: pgs.cancel\n    payload: { own: true }"),
    },
    "policy/case-payload",
    "workflow",
  ],
  [
    "an act of which too much is said",
    {
      more: table(
        "name: ada",
        "tenant: town\n    intent: pgs.end_session\n    payload: { own: true, tenant: other }",
      ),
    },
    "policy/case-payload",
    "additional",
  ],
];

test.each(REFUSED)("%s is refused", async (_, parts, code, why) => {
  const { ok, snapshot, diagnostics } = await compiledOf(parts);
  expect([ok, snapshot]).toEqual([false, null]);
  const found = diagnostics.filter((one) => one.code === code);
  expect(found.length, JSON.stringify(diagnostics.map((one) => one.code))).toBeGreaterThan(0);
  expect(found.map(({ message }) => message).join("\n")).toContain(why);
  expect(found[0]?.span.file).toBe("protocol/domains/example/example.yaml");
});

test("a workspace may forbid what the platform lets the local operator do", async () => {
  const { ok, expected } = await compiledOf({
    more: policy("pgs.run", "forbid(principal, action, resource);"),
  });
  expect([ok, expected]).toEqual([true, []]);
});

test("roles that a domain declares may be named, though nothing requires them", async () => {
  const guard = 'permit(principal, action, resource) unless { principal in Role::"banned" };';
  const text = (await compiledOf({ guard })).diagnostics.map(({ code }) => code);
  expect(text).toContain("policy/ill-typed");
  const declared = await compiledOf({ guard, domain: "roles: [banned]" });
  expect(declared.diagnostics).toEqual([]);
});
