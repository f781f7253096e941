/** What is sealed of a statement beside its text: the same, as data, and nothing that Cedar has not said. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { writeSnapshot } from "../../../compiler/index.ts";
import type { CedarExpression } from "../../../protocol/language/cedar-expression.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { type Asked, governorOf, openSnapshot, SYSTEM_PORTS } from "../../../runtime/index.ts";
import { freshFolder } from "../../capabilities/built.ts";
import { compiledOf, governanceOf } from "./protocol.ts";

const INTENT = "requires: { roles: [porter, clerk], attributes: { gate: { type: string } } }";

async function lowered(
  ...texts: readonly string[]
): Promise<readonly (readonly CedarExpression[])[]> {
  const { policies } = await governanceOf({ intent: INTENT, guard: texts.join("\n") });
  const [guard] = policies.policies.filter(({ role }) => role === "security_guard");
  return guard?.statements.map(({ conditions }) => conditions) ?? [];
}

const PRINCIPAL = { op: "principal" };
const PORTER = { op: "entity", type: "Role", id: "porter" };
const JOIN = { op: "entity", type: "Action", id: "club.join" };
const TOWN = { op: "entity", type: "Tenant", id: "town" };
const AGE = { op: "get", of: { op: "get", of: { op: "context" }, name: "payload" }, name: "age" };
const value = (one: string | number | boolean) => ({ op: "value", value: one });

const ASKED: Asked = {
  tenant: "town",
  principal: "ada",
  caller: { identity: "token", roles: [], attributes: {} },
  intent: "club.join",
  payload: {},
};

const SCOPES: readonly [scope: string, conditions: readonly object[]][] = [
  ["principal, action, resource", []],
  [
    'principal == Principal::"e.v@x", action, resource',
    [{ op: "==", left: PRINCIPAL, right: { op: "entity", type: "Principal", id: "e.v@x" } }],
  ],
  ['principal in Role::"porter", action, resource', [{ op: "in", left: PRINCIPAL, right: PORTER }]],
  ["principal is Principal, action, resource", [{ op: "is", of: PRINCIPAL, type: "Principal" }]],
  [
    'principal is Principal in Role::"porter", action, resource',
    [{ op: "is", of: PRINCIPAL, type: "Principal", in: PORTER }],
  ],
  [
    'principal, action == Action::"club.join", resource',
    [{ op: "==", left: { op: "action" }, right: JOIN }],
  ],
  [
    'principal, action in [Action::"club.join"], resource',
    [{ op: "in", left: { op: "action" }, right: JOIN }],
  ],
  [
    'principal, action, resource == Tenant::"town"',
    [{ op: "==", left: { op: "resource" }, right: TOWN }],
  ],
];

const CONDITIONS: readonly [written: string, conditions: readonly object[]][] = [
  ["when { context.payload.age > 3 }", [not({ op: "<=", left: AGE, right: value(3) })]],
  ["when { context.payload.age >= 3 }", [not({ op: "<", left: AGE, right: value(3) })]],
  ["when { context.payload.age != -3 }", [not({ op: "==", left: AGE, right: value(-3) })]],
  [
    'unless { context["payload"]["age"] == -0 } when { true }',
    [not({ op: "==", left: AGE, right: value(0) }), value(true)],
  ],
  [
    "when { principal has gate && context.payload.age < 1 && true }",
    [
      {
        op: "&&",
        all: [
          { op: "has", of: PRINCIPAL, names: ["gate"] },
          { op: "<", left: AGE, right: value(1) },
          value(true),
        ],
      },
    ],
  ],
  [
    "when { context has payload.home.town }",
    [{ op: "has", of: { op: "context" }, names: ["payload", "home", "town"] }],
  ],
  ['when { "a*b" like "**a\\**" }', [{ op: "like", of: value("a*b"), texts: ["", "a*", ""] }]],
];

function not(of: object): object {
  return { op: "!", of };
}

test("each scope is a condition, or none", async () => {
  const all = await lowered(...SCOPES.map(([scope]) => `permit(${scope});`));
  expect(all).toEqual(SCOPES.map(([, conditions]) => conditions));
});

test("a scope of several actions is one condition, that holds for each", async () => {
  const more = `---
kind: policy
code: PO_BOTH_V0
summary: Rules.
role: security_guard
intents: [club.join, pgs.open_session]
cedar: |
  forbid(principal, action in [Action::"club.join", Action::"pgs.open_session"], resource)
  when { principal.identity == "token" };
`;
  const governance = await governanceOf({ more });
  const [both] = governance.policies.policies.filter(({ policy }) => policy.endsWith("BOTH_V0"));
  const open = { op: "entity", type: "Action", id: "pgs.open_session" };
  expect(both?.statements[0]?.conditions[0]).toEqual({
    op: "in",
    left: { op: "action" },
    right: { op: "set", items: [JOIN, open] },
  });
  for (const [intent, payload] of [
    ["club.join", { name: "n", age: 20 }],
    ["pgs.open_session", { seconds: 60 }],
  ] as const) {
    const { decision } = governorOf(governance).decide({ ...ASKED, intent, payload });
    expect(decision.rulings[0]?.determining).toEqual(["example::PO_BOTH_V0#1"]);
  }
});

test("each condition is said with the operators that differ", async () => {
  const all = await lowered(
    ...CONDITIONS.map(([written]) => `permit(principal, action, resource) ${written};`),
  );
  expect(all).toEqual(CONDITIONS.map(([, conditions]) => conditions));
});

test("texts and names are sealed as they are, whatever they hold", async () => {
  const odd = fc.sample(fc.string({ unit: "grapheme", maxLength: 12 }), { numRuns: 60 });
  const texts = odd.map((text) => {
    const written = text.replaceAll(
      /["\\\p{C}]/gu,
      (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`,
    );
    return `permit(principal, action, resource) when { context.payload.name == "${written}" };`;
  });
  const sealed = await lowered(...texts);
  expect(sealed.map(([condition]) => condition)).toMatchObject(
    odd.map((text) => ({ op: "==", right: { op: "value", value: text } })),
  );
});

const { policyOperatorsMax, policyNestingMax } = LIMITS;
const sum = (terms: number) => Array.from({ length: terms }, () => "1").join(" + ");
const choices = (count: number): string =>
  count === 0 ? "true" : `if context.payload.sure then false else ${choices(count - 1)}`;
const sets = (depth: number): string => (depth === 0 ? "1" : `[${sets(depth - 1)}]`);

test.each([
  ["sums", `${sum(policyOperatorsMax - 20)} > context.payload.age`],
  ["brackets", `${sets(policyNestingMax - 1)} == ${sets(policyNestingMax - 1)}`],
  ["choices", `(context.payload has sure) && (${choices((policyOperatorsMax - 20) / 3)})`],
  [
    "both",
    `[${sum(policyOperatorsMax - 60)}].contains(context.payload.age) || ${sets(20)} != ${sets(20)}`,
  ],
])(
  "a statement of as many %s as there may be is sealed, opened and decided",
  async (_, expression) => {
    const payload = `{ type: object, required: [age], properties: { age: { type: integer }, sure: { type: boolean } } }`;
    const guard = `permit(principal, action, resource) when { ${expression} };`;
    const { snapshot, diagnostics } = await compiledOf({ payload, guard });
    expect(diagnostics).toEqual([]);
    if (snapshot === null) throw new Error("it compiles");
    const { folder } = writeSnapshot(snapshot, freshFolder());
    const governor = governorOf(openSnapshot(SYSTEM_PORTS.files, folder).governance());
    const { decision } = governor.decide({
      tenant: "town",
      principal: "ada",
      caller: { identity: "token", roles: [], attributes: {} },
      intent: "club.join",
      payload: { age: 140, sure: false },
    });
    expect(decision.decision).toBe("allow");
  },
);
