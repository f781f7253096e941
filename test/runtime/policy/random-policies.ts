/**
 * Policies and requests by chance, for laws that hold of all of them: Cedar's text, of the types of
 * one small protocol, so that all of it compiles.
 */
import fc from "fast-check";
import type { SealedGovernance } from "../../../protocol/language/governance.ts";
import type { JsonObject } from "../../../protocol/language/json.ts";
import { IDENTITIES } from "../../../protocol/language/records.ts";
import type { Asked } from "../../../runtime/index.ts";
import { governanceOf } from "../../compiler/policy/protocol.ts";

const PAYLOAD = `{ type: object, required: [name, age, sure, tags, nums, home], properties: {
  name: { type: string }, age: { type: integer }, note: { type: string }, sure: { type: boolean },
  email: { type: string, x-label: [pii] }, tags: { type: array, items: { type: string } },
  nums: { type: array, items: { type: integer } },
  home: { type: object, required: [floor], properties: { floor: { type: integer }, town: { type: string } } } } }`;

/** An intent that requires what policies may then name: roles, and attributes. */
const OTHER = `---
kind: intent
code: IN_OTHER_V0
summary: Another one.
type: club.other
workflow: WF_JOIN_V0
requires: { roles: [porter, clerk], attributes: { gate: { type: string }, level: { type: integer } } }
${["security_guard", "city_manager", "data_steward"]
  .map(
    (role) =>
      `---\nkind: policy\ncode: PO_OTHER_${role.toUpperCase()}_V0\nsummary: Rules.\nrole: ${role}\nintents: [club.other]\ncedar: permit(principal, action, resource);\n`,
  )
  .join("")}`;

const TEXTS = ["", "a", "b", "aba", "é🎈", "a*", "north"];
const NAMES = ["ada", "bob", "eve@x"];
const TENANTS = ["town", "other"];
const ROLES = ["porter", "clerk"];
const EDGE = Number.MAX_SAFE_INTEGER;

const wholeNumber = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(20, 21, EDGE, -EDGE, 2 ** 52, -(2 ** 32)),
);

type Written = fc.Arbitrary<string>;

const of = (template: (...parts: string[]) => string, ...parts: Written[]): Written =>
  fc.tuple(...parts).map((written) => template(...written));

/** Expressions by their type, as deep as told; each can be evaluated, but for what is too large. */
interface Typed {
  readonly truth: Written;
  readonly whole: Written;
  readonly text: Written;
  readonly texts: Written;
  readonly wholes: Written;
  readonly who: Written;
}

const quoted = (values: readonly string[]): Written =>
  fc.constantFrom(...values).map((value) => JSON.stringify(value));
const named = (type: string, values: readonly string[]): Written =>
  quoted(values).map((name) => `${type}::${name}`);
const pattern = quoted(["*", "a*", "*a", "*b*", "a\\*", "\\*", "", "**", "é*", "a*a"]).map((text) =>
  text.replaceAll("\\\\", "\\"),
);

/** What has words of its own is refused beside others, where it can be told; here it cannot. */
function anyText(place: string): string {
  return `(if context.payload.sure then context.payload.name else ${place})`;
}

function anyTexts(place: string): string {
  return `(if context.payload.sure then context.payload.tags else ${place})`;
}

const LEAVES: Typed = {
  truth: fc.constantFrom(
    "context.payload.sure",
    "context.payload has note",
    "principal has gate",
    "context.payload has home.town",
    "context.reach.outside",
    'context.labels.contains("pii")',
    'context.labels.containsAny(["pii", "secret"])',
    'principal.identity == "token"',
    "context.reach.effects.isEmpty()",
    "true",
    "false",
  ),
  whole: fc.oneof(
    wholeNumber.map(String),
    fc.constantFrom("context.payload.age", "context.payload.home.floor", "context.solution.floor"),
  ),
  text: fc.oneof(
    quoted(TEXTS),
    fc.constantFrom("context.payload.name", anyText("principal.identity"), "context.solution.desk"),
  ),
  texts: fc.constantFrom(
    "context.payload.tags",
    anyTexts("context.labels"),
    anyTexts("context.reach.effects"),
  ),
  wholes: fc.constant("context.payload.nums"),
  who: fc.oneof(fc.constant("principal"), named("Principal", NAMES)),
};

const GUARDED = [
  ["context.payload has note", "context.payload.note", "text"],
  ["context.payload.home has town", "context.payload.home.town", "text"],
  ["principal has gate", "principal.gate", "text"],
  ["principal has level", "principal.level", "whole"],
] as const;

function typed(depth: number): Typed {
  if (depth === 0) return LEAVES;
  const inner = typed(depth - 1);
  const { truth, whole, text, texts, wholes, who } = inner;
  const either = (leaf: Written, ...more: Written[]) =>
    fc.oneof(
      { weight: 1, arbitrary: leaf },
      ...more.map((arbitrary) => ({ weight: 1, arbitrary })),
    );
  const choice = (one: Written) =>
    of((t, a, b) => `(if ${t} then ${a} else ${b})`, truth, one, one);
  const role = named("Role", ROLES);
  const group = fc.oneof(
    role,
    named("Tenant", TENANTS),
    named("Principal", NAMES),
    of((a, b) => `[${a}, ${b}]`, role, role),
    fc.constant("resource"),
  );
  const guarded = fc.constantFrom(...GUARDED).chain(([has, get, kind]) => {
    const other = kind === "text" ? text : whole;
    return fc.oneof(
      of((a) => `(${has} && ${get} == ${a})`, other),
      of((a, b) => `(if ${has} then ${get} != ${a} else ${b})`, other, truth),
    );
  });
  const compared = fc.constantFrom("==", "!=", "<", "<=", ">", ">=");
  const equals = fc.constantFrom("==", "!=");
  const sets = fc.constantFrom("containsAll", "containsAny");
  return {
    truth: either(
      LEAVES.truth,
      of((a, b) => `(${a} && ${b})`, truth, truth),
      of((a, b) => `(${a} || ${b})`, truth, truth),
      of((a) => `!(${a})`, truth),
      of((a, op, b) => `(${a} ${op} ${b})`, whole, compared, whole),
      of((a, op, b) => `(${a} ${op} ${b})`, text, equals, text),
      of((a, op, b) => `(${a} ${op} ${b})`, texts, equals, texts),
      of((a, op, b) => `(${a} ${op} ${b})`, wholes, equals, wholes),
      of((a, op, b) => `(${a} ${op} ${b})`, who, equals, who),
      of((a, b) => `(${a} like ${b})`, text, pattern),
      of((a, b) => `${a}.contains(${b})`, texts, text),
      of((a, b) => `${a}.contains(${b})`, wholes, whole),
      of((a, op, b) => `${a}.${op}(${b})`, texts, sets, texts),
      of((a, op, b) => `${a}.${op}(${b})`, wholes, sets, wholes),
      of((a) => `${a}.isEmpty()`, texts),
      of((a, b) => `(${a} in ${b})`, who, group),
      of((a, b) => `(${a} is Principal in ${b})`, who, role),
      guarded,
      choice(truth),
    ),
    whole: either(
      LEAVES.whole,
      of((a, op, b) => `(${a} ${op} ${b})`, whole, fc.constantFrom("+", "-", "*"), whole),
      of((a) => `-(${a})`, whole),
      of((a, b) => `{a: ${a}, "b c": ${b}}.a`, whole, whole),
      choice(whole),
    ),
    text: either(LEAVES.text, choice(text)),
    texts: either(
      LEAVES.texts,
      of((a, b) => `[${a}, ${b}]`, text, text),
    ),
    wholes: either(
      LEAVES.wholes,
      of((a, b) => `[${a}, ${b}]`, whole, whole),
    ),
    who: either(LEAVES.who, choice(who)),
  };
}

const DEEP = typed(4);

const scope = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant("principal") },
      { weight: 1, arbitrary: named("principal == Principal", NAMES) },
      { weight: 2, arbitrary: named("principal in Role", ROLES) },
      { weight: 1, arbitrary: fc.constant("principal is Principal") },
      { weight: 1, arbitrary: named("principal is Principal in Role", ROLES) },
    ),
    fc.constantFrom("action", 'action == Action::"club.join"', 'action in [Action::"club.join"]'),
    fc.constantFrom("resource", 'resource == Tenant::"town"', 'resource in Tenant::"town"'),
  )
  .map((parts) => parts.join(", "));

/** A condition that can hold whatever it is: one that never can is refused. */
const condition = fc.tuple(fc.constantFrom("when", "unless"), DEEP.truth).map(([word, truth]) => {
  const age = "context.payload.age";
  return `${word} { if ${truth} then ${age} != 21 else ${age} == 21 }`;
});

const statement = (effects: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(...effects), scope, fc.array(condition, { maxLength: 2 }))
    .map(([effect, where, conditions]) => `${effect}(${where}) ${conditions.join(" ")};`);

/** At least one `permit`, and no `forbid` that always holds. */
const rules: Written = fc
  .tuple(
    statement(["permit"]),
    fc.array(fc.oneof(statement(["permit"]), fc.tuple(scope, condition).map(forbid)), {
      maxLength: 4,
    }),
  )
  .map(([first, rest]) => [first, ...rest].join("\n"));

function forbid([where, when]: readonly [string, string]): string {
  return `forbid(${where}) ${when};`;
}

export const randomRules = fc.record({ guard: rules, manager: rules, steward: rules });
export type Rules = typeof randomRules extends fc.Arbitrary<infer R> ? R : never;

export function governanceUnder(written: Rules): Promise<SealedGovernance> {
  const intent = "context: { desk: front, floor: 2 }";
  return governanceOf({ payload: PAYLOAD, intent, more: OTHER, ...written });
}

export const randomPayload: fc.Arbitrary<JsonObject> = fc.record(
  {
    name: fc.constantFrom(...TEXTS),
    age: wholeNumber,
    sure: fc.boolean(),
    tags: fc.array(fc.constantFrom(...TEXTS), { maxLength: 4 }),
    nums: fc.oneof(
      fc.array(wholeNumber, { maxLength: 4 }),
      fc.array(wholeNumber, { minLength: 18, maxLength: 24 }),
    ),
    note: fc.constantFrom(...TEXTS),
    email: fc.constantFrom(...TEXTS),
    home: fc.record(
      { floor: wholeNumber, town: fc.constantFrom(...TEXTS) },
      { requiredKeys: ["floor"] },
    ),
  },
  { requiredKeys: ["name", "age", "sure", "tags", "nums", "home"] },
);

export const randomCaller = fc.record({
  identity: fc.constantFrom(...IDENTITIES),
  roles: fc.subarray([...ROLES, "guest"].sort()),
  attributes: fc.record(
    { gate: fc.constantFrom(...TEXTS), level: wholeNumber, other: fc.constant("seen by nobody") },
    { requiredKeys: [] },
  ),
});

export const randomAsked: fc.Arbitrary<Asked> = fc.record({
  tenant: fc.constantFrom(...TENANTS),
  principal: fc.constantFrom(...NAMES),
  caller: randomCaller,
  intent: fc.constant("club.join"),
  payload: randomPayload,
});
