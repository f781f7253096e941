/**
 * What expressions mean, row by row: the governor, Cedar's own engine and this table say the same.
 * Each row is sealed by the compiler as a statement of its own.
 */
import { expect, test } from "vitest";
import type { SealedGovernance } from "../../../protocol/language/governance.ts";
import { type Asked, governorOf } from "../../../runtime/index.ts";
import { governanceOf } from "../../compiler/policy/protocol.ts";
import { inEngineWords, rulingsOfCedar } from "./cedar-engine.ts";

const PAYLOAD = `{ type: object, required: [name, age, sure, tags, none, home, rows, "odd name"], properties: {
  name: { type: string }, age: { type: integer }, note: { type: string }, sure: { type: boolean },
  count: { type: integer }, email: { type: string, x-label: [pii] },
  tags: { type: array, items: { type: string } }, none: { type: array, items: { type: string } },
  "odd name": { type: string },
  home: { type: object, required: [floor], properties: {
    floor: { type: integer }, town: { type: string }, street: { type: string, x-label: [secret] },
    at: { type: object, required: [x], properties: { x: { type: integer }, y: { type: integer } } } } },
  rows: { type: array, items: { type: object, required: [a], properties: { a: { type: integer }, b: { type: string } } } } } }`;

const INTENT = `requires: { roles: [porter, clerk], attributes: { gate: { type: string } } }
context: { desk: front, floor: 2 }`;

/** Requires what the caller has not. */
const OTHER = `---
kind: intent
code: IN_OTHER_V0
summary: Another one.
type: club.other
workflow: WF_JOIN_V0
requires: { attributes: { level: { type: integer }, card: { type: object, required: [no], properties: { no: { type: integer } } } } }
${["security_guard", "city_manager", "data_steward"]
  .map(
    (role) =>
      `---\nkind: policy\ncode: PO_OTHER_${role.toUpperCase()}_V0\nsummary: Rules.\nrole: ${role}\nintents: [club.other]\ncedar: permit(principal, action, resource);\n`,
  )
  .join("")}`;

const ASKED: Asked = {
  tenant: "town",
  principal: "ada",
  caller: { identity: "token", roles: ["porter", "unknown"], attributes: { gate: "north" } },
  intent: "club.join",
  payload: {
    name: "Ada 🎈*",
    age: 20,
    sure: true,
    tags: ["a", "b", "a"],
    none: [],
    "odd name": "é",
    email: "ada@example.org",
    home: { floor: 3, at: { x: 1 }, street: "hidden" },
    rows: [{ a: 1 }, { a: 2, b: "x" }],
  },
};

type Meaning = "true" | "false" | "error";
type Row = readonly [expression: string, meaning: Meaning];

const MAX = "(9007199254740991 * 1024 + 1023)";
const MIN = "(-9007199254740991 * 1024 - 1024)";
/** An error, whatever is asked. */
const OVER = `(${MAX} + context.payload.age > 0)`;
const YES = "context.payload.sure";

const LOGIC: readonly Row[] = [
  [YES, "true"],
  [`!${YES}`, "false"],
  [`!!${YES}`, "true"],
  [`${YES} && !${YES}`, "false"],
  [`${YES} || ${OVER}`, "true"],
  [`!${YES} && ${OVER}`, "false"],
  [`${OVER} || ${YES}`, "error"],
  [`${OVER} && !${YES}`, "error"],
  [`!${OVER}`, "error"],
  [`${YES} && ${YES} && !${YES} && ${OVER}`, "false"],
  [`!${YES} || !${YES} || ${YES} || ${OVER}`, "true"],
  [`!${YES} || (${YES} && ${OVER})`, "error"],
  [`(${YES} || ${OVER}) && (!${YES} || ${YES})`, "true"],
  [`if ${YES} then ${YES} else ${OVER}`, "true"],
  [`if !${YES} then ${OVER} else !${YES}`, "false"],
  [`if ${OVER} then ${YES} else ${YES}`, "error"],
  [`(if ${YES} then 1 else 2) == 1`, "true"],
  [`if context.payload has note then context.payload.note == "" else ${YES}`, "true"],
  [`false || ${YES}`, "true"],
  [`true && ${YES}`, "true"],
];

const NUMBERS: readonly Row[] = [
  ["context.payload.age == 20", "true"],
  ["context.payload.age + 1 == 21", "true"],
  ["context.payload.age - 21 == -1", "true"],
  ["context.payload.age * -3 == -60", "true"],
  ["-context.payload.age < 0", "true"],
  ["--context.payload.age == 20", "true"],
  ["20 < context.payload.age", "false"],
  ["20 <= context.payload.age", "true"],
  ["20 > context.payload.age", "false"],
  ["20 >= context.payload.age", "true"],
  ["context.payload.age != 20", "false"],
  ["0 * -5 == 0", "true"],
  ["[0].contains(0 * -context.payload.age)", "true"],
  ["9007199254740991 + 1 == 9007199254740991", "false"],
  ["9007199254740991 + 2 == 9007199254740991 + 1", "false"],
  ["9007199254740991 + 2 - 2 == 9007199254740991", "true"],
  [`${MAX} > 9007199254740991`, "true"],
  [`${MAX} - 1 < ${MAX}`, "true"],
  [`${MAX} == ${MAX} - 1 + 1`, "true"],
  [`${MAX} + 1 > 0`, "error"],
  [`${MAX} * 2 > 0`, "error"],
  [`${MAX} - -1 > 0`, "error"],
  [`-${MAX} - 1 == ${MIN}`, "true"],
  [`${MIN} < ${MAX}`, "true"],
  [`${MIN} - 1 < 0`, "error"],
  [`-${MIN} > 0`, "error"],
  [`${MIN} * -1 > 0`, "error"],
  [`${MIN} * 1 == ${MIN}`, "true"],
  [`${MIN} + ${MAX} == -1`, "true"],
  [`[${MAX}, 1].contains(${MAX} - 1 + 1)`, "true"],
  [`[${MAX}] == [${MAX} - 1]`, "false"],
];

const TEXTS: readonly Row[] = [
  ['context.payload.name == "Ada 🎈*"', "true"],
  ['context.payload.name == "ada 🎈*"', "false"],
  ['context.payload["odd name"] == "\\u{e9}"', "true"],
  ['context.payload["odd name"] == "e\\u{301}"', "false"],
  ['context.payload.name like "*"', "true"],
  ['context.payload.name like "Ada*"', "true"],
  ['context.payload.name like "*🎈*"', "true"],
  ['context.payload.name like "*\\u{1F388}\\*"', "true"],
  ['context.payload.name like "Ada \\*"', "false"],
  ['context.payload.name like "*d*a*\\*"', "true"],
  ['context.payload.name like "*a*a*a*"', "false"],
  ['context.payload.name like "Ada 🎈\\*"', "true"],
  ['context.payload.name like ""', "false"],
  ['"" like ""', "true"],
  ['"" like "*"', "true"],
  ['"" like "**"', "true"],
  ['"a" like "a*a"', "false"],
  ['"aa" like "a*a"', "true"],
  ['"aba" like "a**a"', "true"],
  ['"a\\nb" like "a*b"', "true"],
  ['"a\\\\b" like "a\\\\b"', "true"],
  ['"\\0" == ""', "false"],
  ['"abcabc" like "*abc"', "true"],
  ['"abab" like "ab*ab*ab"', "false"],
];

const SETS: readonly Row[] = [
  ["[1, 2] == [2, 1, 1]", "true"],
  ["[1, 2] == [1]", "false"],
  ["[[1], [2]] == [[2], [1, 1]]", "true"],
  ['context.payload.tags == ["b", "a"]', "true"],
  ['context.payload.tags != ["b", "a"]', "false"],
  ['context.payload.tags.contains("a")', "true"],
  ['context.payload.tags.contains("A")', "false"],
  ['context.payload.tags.containsAll(["a", "b"])', "true"],
  ['context.payload.tags.containsAll(["a", "c"])', "false"],
  ["context.payload.tags.containsAll(context.payload.none)", "true"],
  ["context.payload.none.containsAll(context.payload.tags)", "false"],
  ['context.payload.tags.containsAny(["c", "b"])', "true"],
  ['context.payload.tags.containsAny(["c"])', "false"],
  ["context.payload.tags.containsAny(context.payload.none)", "false"],
  ["context.payload.none.containsAny(context.payload.none)", "false"],
  ["context.payload.none.isEmpty()", "true"],
  ["context.payload.tags.isEmpty()", "false"],
  ["context.payload.none == context.payload.none", "true"],
  ["context.payload.rows.isEmpty()", "false"],
  [`[${YES}, !${YES}] == [true, false]`, "true"],
  [`[${OVER}].contains(true)`, "error"],
  ['context.labels.contains("pii")', "true"],
  ['context.labels == ["secret", "pii"]', "true"],
  ["context.reach.outside", "false"],
  ["context.reach.effects.isEmpty()", "true"],
];

const RECORDS: readonly Row[] = [
  ["context.payload has note", "false"],
  ["context.payload has age", "true"],
  ['context.payload has "odd name"', "true"],
  ["context.payload has home.at.x", "true"],
  ["context.payload has home.at.y", "false"],
  ["context.payload has home.town", "false"],
  ["context.payload.home has at && context.payload.home.at.x == 1", "true"],
  ["context.payload has count && context.payload.count > 1", "false"],
  ["context.payload.home.floor == context.solution.floor + 1", "true"],
  ['context.solution == {desk: "front", floor: 2}', "true"],
  ["context.solution has desk", "true"],
  ['{a: 1, "b c": 2}["b c"] == 2', "true"],
  ["{a: 1} == {a: 1}", "true"],
  ["{a: [1, 2]} == {a: [2, 1]}", "true"],
  ["{a: context.payload.age}.a == 20", "true"],
  ['{"__proto__": 1}["__proto__"] == 1', "true"],
  ['{"constructor": 1, "toString": 2} has "constructor"', "true"],
  [
    "(if context.payload.sure then context.payload.home else context.payload.home).floor == 3",
    "true",
  ],
  [
    "(if context.payload.sure then context.payload.home else context.payload.home) has town",
    "false",
  ],
  [`{a: ${OVER}, b: 1}.b == 1`, "error"],
];

const ENTITIES: readonly Row[] = [
  ['principal == Principal::"ada"', "true"],
  ['principal == Principal::"Ada"', "false"],
  ['principal != Principal::"bob"', "true"],
  ['principal in Principal::"ada"', "true"],
  ['principal in Role::"porter"', "true"],
  ['principal in Role::"clerk"', "false"],
  ['principal in [Role::"clerk", Role::"porter"]', "true"],
  ['principal in Tenant::"town"', "true"],
  ['principal in Tenant::"other"', "false"],
  ["principal in resource", "true"],
  ['resource == Tenant::"town"', "true"],
  ['resource in Tenant::"town"', "true"],
  ['resource in [Tenant::"a", Tenant::"town"]', "true"],
  ['Principal::"bob" in Role::"porter"', "false"],
  ['Principal::"ada" in Role::"porter"', "true"],
  ['Principal::"bob" in Principal::"bob"', "true"],
  ['Role::"porter" in [Role::"porter"]', "true"],
  ['action == Action::"club.join"', "true"],
  ['action in [Action::"club.join"]', "true"],
  ["principal is Principal", "true"],
  ['principal is Principal in Role::"porter"', "true"],
  ['principal is Principal in Role::"clerk"', "false"],
  ['[principal, Principal::"bob"].contains(Principal::"ada")', "true"],
  ['[Principal::"bob"].contains(principal)', "false"],
  ['principal has gate && principal.gate == "north"', "true"],
  ["principal has level", "false"],
  ["principal has card.no", "false"],
  ['principal.identity == "token"', "true"],
  ['principal.identity == "operator"', "false"],
  ['Principal::"ada".identity == "token"', "true"],
  ['Principal::"bob".identity == "token"', "error"],
  ['Principal::"bob" has identity', "false"],
  ['Principal::"bob" has gate && Principal::"bob".gate == "x"', "false"],
  ['Principal::"ada" has gate && Principal::"ada".gate == "north"', "true"],
  ['(if context.payload.sure then principal else Principal::"x").identity == "token"', "true"],
  ['(if context.payload.sure then Principal::"x" else principal) in Role::"porter"', "false"],
  [
    '(if context.payload.sure then principal else Principal::"x") is Principal in Role::"porter"',
    "true",
  ],
  [
    '(if context.payload.sure then Principal::"x" else principal) is Principal in Role::"porter"',
    "false",
  ],
];

const ROWS = [...LOGIC, ...NUMBERS, ...TEXTS, ...SETS, ...RECORDS, ...ENTITIES];

/** True where the expression is; whatever it is, the statement can apply. */
function statement([expression]: Row): string {
  return `permit(principal, action, resource) when { if (${expression}) then context.payload.age == 20 else context.payload.age == 21 };`;
}

function meaning(rulings: readonly { decision: string; failed: readonly string[] }[]): Meaning {
  const [first] = rulings;
  if (first === undefined) throw new Error("the first role is asked");
  if (first.failed.length > 0) return "error";
  return first.decision === "allow" ? "true" : "false";
}

const governance = await governanceOf({
  payload: PAYLOAD,
  intent: INTENT,
  guard: ROWS.map(statement).join("\n"),
  more: OTHER,
});

/** With one of the statements only. */
function alone(at: number): SealedGovernance {
  const policies = governance.policies.policies.map((policy) =>
    policy.policy === "example::PO_GUARD_V0"
      ? { ...policy, statements: policy.statements.slice(at, at + 1) }
      : policy,
  );
  return { ...governance, policies: { ...governance.policies, policies } };
}

test("the table is long enough", () => {
  expect(ROWS.length).toBeGreaterThanOrEqual(80);
});

test.each(ROWS.map(([expression, expected], at) => ({ expression, expected, at })))(
  "$expression is $expected",
  async ({ expected, at }) => {
    const only = alone(at);
    const governor = governorOf(only);
    await governor.ready(ASKED.intent);
    const { decision } = governor.decide(ASKED);
    const rulings = inEngineWords(decision.rulings);
    const ofCedar = rulingsOfCedar(only, ASKED);
    expect({ governor: meaning(rulings), cedar: meaning(ofCedar) }).toEqual({
      governor: expected,
      cedar: expected,
    });
    expect(rulings).toEqual(ofCedar);
  },
);
