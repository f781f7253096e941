/** What a sealed policy says is held against what it decides, by lowering its text again. */
import { expect, test } from "vitest";
import { type Misstated, misstatedPolicies } from "../../../compiler/index.ts";
import type { PolicyTable, SealedStatement } from "../../../protocol/language/governance.ts";
import { compileDomains, DOMAINS } from "../../domains/compiled.ts";
import { governanceOf } from "./protocol.ts";

const GUARD = `permit(principal, action, resource)
  when { principal has gate && principal.gate like "n*" && context.payload.age >= 18 } // adults
  unless { context.payload has home.town || context.payload.name == "x" };
forbid(principal in Role::"guest", action == Action::"club.join", resource == Tenant::"town");`;

const { policies: TABLE } = await governanceOf({
  intent: "requires: { roles: [guest], attributes: { gate: { type: string } } }",
  guard: GUARD,
});

const [FIRST, SECOND] = ["example::PO_GUARD_V0#1", "example::PO_GUARD_V0#2"] as const;

/** The table with another first statement of the guard. */
function changed(change: Partial<SealedStatement>): PolicyTable {
  const policies = TABLE.policies.map((policy) => ({
    ...policy,
    statements: policy.statements.map((one) => (one.id === FIRST ? { ...one, ...change } : one)),
  }));
  return { ...TABLE, policies };
}

const named = (found: readonly Misstated[]) => found.map(({ statement }) => statement);

test("what was compiled says what it decides", async () => {
  expect(TABLE.policies.flatMap(({ statements }) => statements.map(({ id }) => id))).toEqual(
    expect.arrayContaining([FIRST, SECOND]),
  );
  expect(await misstatedPolicies(TABLE)).toEqual([]);
});

test("so do the policies of the committed domains", async () => {
  const { snapshot } = await compileDomains(DOMAINS);
  const table = JSON.parse(snapshot?.files.get("policies.json") ?? "null") as PolicyTable;
  expect(table.policies.length).toBeGreaterThan(10);
  expect(await misstatedPolicies(table)).toEqual([]);
});

const OTHER: readonly (readonly [what: string, change: Partial<SealedStatement>, why: string])[] = [
  ["another text", { cedar: 'permit(principal == Principal::"ada", action, resource);' }, "permit"],
  ["the same text with one number changed", { cedar: first().replace("18", "81") }, "permit"],
  ["another effect", { effect: "forbid" }, "permit"],
  ["conditions that were left out", { conditions: [] }, "permit"],
  ["a text that is no Cedar", { cedar: "let everybody in" }, "no Cedar"],
  ["no text", { cedar: "" }, "0 statements"],
  ["two statements in one", { cedar: `${first()}\n${first()}` }, "2 statements"],
  [
    "entities that are not there",
    { cedar: 'permit(principal in Group::"x", action, resource);' },
    "cannot be evaluated",
  ],
  [
    "what no payload holds",
    { cedar: 'permit(principal, action, resource) when { ip("::1").isLoopback() };' },
    "permit",
  ],
  [
    "brackets without end",
    { cedar: `permit(principal, action, resource) when { ${"(".repeat(5_000)}` },
    "brackets",
  ],
];

function first(): string {
  return GUARD.slice(0, GUARD.indexOf("forbid"));
}

test.each(OTHER)("%s is found", async (_, change, why) => {
  const found = await misstatedPolicies(changed(change));
  expect(named(found)).toEqual([FIRST]);
  expect(found[0]?.problem).toContain(why);
});

test("spaces and comments say nothing", async () => {
  const cedar = first().replace("// adults", "// grown-ups").replaceAll(" && ", "\n    && ");
  expect(await misstatedPolicies(changed({ cedar }))).toEqual([]);
});
