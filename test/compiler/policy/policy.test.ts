import fc from "fast-check";
import { expect, test } from "vitest";
import { ACTS, BOOT_INTENT, RUN_ACT } from "../../../protocol/language/acts.ts";
import { DECIDING_ROLES } from "../../../protocol/language/artifacts.ts";
import { cedarExcess } from "../../../protocol/language/cedar-text.ts";
import type { CedarRecord, SealedPolicy } from "../../../protocol/language/governance.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { compiled } from "../compiled.ts";
import { compiledOf, findings, governanceOf, OPEN, protocolText } from "./protocol.ts";

async function seen(parts: Parameters<typeof governanceOf>[0]): Promise<CedarRecord> {
  const { policies } = await governanceOf(parts);
  const action = policies.cedar[""].actions["club.join"];
  if (action === undefined) throw new Error("the intent has an action");
  return action.appliesTo.context;
}

test("policies see what has a Cedar type and no label, and nothing else of a payload", async () => {
  const { attributes } = await seen({});
  expect(attributes.payload).toEqual({
    type: "Record",
    required: true,
    attributes: {
      name: { type: "String", required: true },
      age: { type: "Long", required: true },
      note: { type: "String", required: false },
      sure: { type: "Boolean", required: false },
      tags: { type: "Set", element: { type: "String" }, required: false },
      home: {
        type: "Record",
        required: false,
        attributes: { town: { type: "String", required: false } },
      },
    },
  });
});

test("the table of intents says what each takes, requires and carries", async () => {
  const intent =
    "requires: { roles: [porter, clerk], attributes: { gate: { type: string } } }\ncontext: { desk: front, floor: 2, open: true }";
  const { intents, policies } = await governanceOf({ intent });
  expect(intents.intents.filter(({ type }) => type !== BOOT_INTENT)).toMatchObject([
    {
      type: "club.join",
      intent: "example::IN_JOIN_V0",
      workflow: "example::WF_JOIN_V0",
      requires: { roles: ["clerk", "porter"], attributes: { gate: { type: "string" } } },
      context: { desk: "front", floor: 2, open: true },
      labels: ["pii", "secret"],
    },
  ]);
  expect(policies.cedar[""].entityTypes.Role).toEqual({ enum: ["clerk", "porter"] });
});

test("a narrower payload can make a member certain, and never uncovers a label", async () => {
  const intent = `payload: { type: object, required: [name, age, note, email], additionalProperties: false,
  properties: { name: { type: string }, age: { type: integer }, note: { type: string }, email: { type: string } } }`;
  const { attributes } = await seen({ intent });
  expect(attributes.payload).toMatchObject({ attributes: { note: { required: true } } });
  expect(JSON.stringify(attributes.payload)).not.toContain("email");
});

test("statements are sealed one by one, in their order, without what stands between them", async () => {
  const texts = Array.from(
    { length: 13 },
    (_, at) => `permit(principal == Principal::"p${at}", action, resource) // é "🎈"\n;`,
  );
  const guard = `// permit(principal == Principal::"p3", action, resource);\n${texts.join("\n// and\n\n")}`;
  const { policies } = await governanceOf({ guard });
  const [sealed] = policies.policies.filter(({ role }) => role === "security_guard");
  expect(sealed?.statements.map(({ id, cedar }) => [id, cedar.slice(0, 34)])).toEqual(
    texts.map((text, at) => [`example::PO_GUARD_V0#${at + 1}`, text.slice(0, 34)]),
  );
});

test.each([
  ["a block", "", 3],
  ["a block with its own indentation", "4", 5],
])("a finding in %s is at its very place", async (_, indicator, column) => {
  const cedar = 'permit(principal, action, resource)\nwhen { "é🎈" == context.payload.nme };';
  const text = protocolText({ guard: "@@" });
  const block = cedar.replace(/^/gm, " ".repeat(column - 1));
  const whole = text.replace("|\n  @@", `|${indicator}\n${block}`);
  const lines = whole.split("\n");
  const at = lines.findIndex((line) => line.includes("nme"));
  expect(at).toBeGreaterThan(20);
  const result = await compiled({ "example/example.yaml": whole });
  const inLine = (lines[at] ?? "").indexOf("context.payload.nme") + 1;
  expect(findings(result)).toEqual([`${at + 1}:${inLine} policy/ill-typed`]);
});

test("where YAML unescaped the text, the whole of it is the place", async () => {
  const text = protocolText({ guard: "@@" }).replace(
    "|\n  @@",
    '"permit(principal, action,\\n resource) when { context.nothing };"',
  );
  const [found] = findings(await compiled({ "example/example.yaml": text }));
  const line = text.split("\n").findIndex((one) => one.startsWith('cedar: "')) + 1;
  expect(found).toBe(`${line}:8 policy/ill-typed`);
});

test("a role that nobody names is told of in words, with the close one", async () => {
  const intent = "requires: { roles: [porter] }";
  const told = async (role: string) => {
    const guard = `permit(principal in Role::"${role}", action, resource);`;
    const { diagnostics } = await compiledOf({ intent, guard });
    return diagnostics.map(({ message, hint }) => [message, hint]);
  };
  const message = (role: string) => `this cannot be evaluated: there is no role ${role}`;
  expect(await told("poter")).toEqual([[message("`poter`"), "Did you mean `porter`?"]]);
  expect(await told("king")).toEqual([[message("`king`"), "Intents and domains name `porter`."]]);
});

test("what Cedar repeats of a text is short, and safe for a terminal", async () => {
  const guard = `permit(principal, action, resource) when { context.payload has "${"x".repeat(9_000)}\\u{202e}" && context["${"y".repeat(9_000)}\\u{202e}"] };`;
  const { diagnostics } = await compiledOf({ guard });
  expect(diagnostics.some(({ code }) => code.startsWith("policy/"))).toBe(true);
  for (const { message, hint = "" } of diagnostics) {
    expect(message.length + hint.length).toBeLessThan(1_000);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
    expect(message + hint).not.toMatch(/[\u0000-\u001f\u202e]/);
  }
});

test("a policy sees the actions of its own intents only", async () => {
  const more = `---
kind: intent
code: IN_LEAVE_V0
summary: Leave the club.
type: club.leave
workflow: WF_JOIN_V0
`;
  const guard = 'permit(principal, action == Action::"club.leave", resource);';
  const { diagnostics } = await compiledOf({ guard, more });
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
    expect.stringContaining("policy/ill-typed"),
    expect.stringContaining("policy/never-allowed `club.leave`"),
  ]);
});

test("an intent of another domain is named only where its domain is used", async () => {
  const [club = "", ...rest] = protocolText({}).split(/^---$/m);
  const isPolicy = (text: string) => text.includes("kind: policy");
  const files = (uses: string) => ({
    "example/example.yaml": [club, ...rest.filter((one) => !isPolicy(one))].join("---"),
    "rules/rules.yaml": [
      `kind: domain\ncode: rules\nsummary: Rules.\n${uses}`,
      ...rest.filter(isPolicy),
    ].join("\n---\n"),
  });
  expect((await compiled(files("uses: [example]"))).diagnostics).toEqual([]);
  const codes = new Set((await compiled(files(""))).diagnostics.map(({ code }) => code));
  expect([...codes]).toEqual(["resolve/undeclared-domain"]);
});

test("the same protocol gives the same bytes, however its documents are ordered", async () => {
  const [domain = "", ...rest] = protocolText({ guard: `${OPEN}\n${OPEN}` }).split(/^---$/m);
  const one = await compiled({ "example/example.yaml": [domain, ...rest].join("---") });
  const other = await compiled({
    "example/example.yaml": [...rest, domain].map((text) => text.trim()).join("\n---\n"),
  });
  expect(one.diagnostics).toEqual([]);
  expect(other.snapshot?.files).toEqual(one.snapshot?.files);
});

test("what has no intent and no policy of its own is governed too", async () => {
  const [domain = "", workflow = ""] = protocolText({}).split(/^---$/m);
  const { snapshot } = await compiled({ "example/example.yaml": `${domain}---${workflow}` });
  const sealed = (file: string) => JSON.parse(snapshot?.files.get(file) ?? "null");
  const { workflows } = sealed("intents.json");
  expect(workflows).toContainEqual({
    workflow: "example::WF_JOIN_V0",
    labels: ["pii", "secret"],
    reach: { effects: [], clearance: [], outside: false },
  });
  const { cedar, policies } = sealed("policies.json");
  expect(Object.keys(cedar[""].actions)).toEqual([BOOT_INTENT, ...ACTS.map(({ type }) => type)]);
  const roles = policies.flatMap((one: SealedPolicy) =>
    one.intents.includes(RUN_ACT.type) ? one.role : [],
  );
  expect(roles.toSorted()).toEqual(DECIDING_ROLES.toSorted());
});

/** Statements that are as deep or as long as the bounds let them be. */
const AT_THE_BOUNDS: readonly string[] = [
  `${"(".repeat(31)}if true then ${"true && ".repeat(190)}true else false${")".repeat(31)}`,
  `${"!(".repeat(31)}context.payload.age ${"+ 1 ".repeat(150)} > 0${")".repeat(31)}`,
  `${"[".repeat(31)}1${"]".repeat(31)}.isEmpty()`,
  `${"if true then ".repeat(190)}true${" else false".repeat(190)}`,
  `[${'"a", '.repeat(5_000)}"a"].contains(context.payload.name)`,
];

test.each(AT_THE_BOUNDS)("Cedar itself stands what the bounds let by: %.30s", async (condition) => {
  const guard = `${OPEN}\npermit(principal, action, resource) when { ${condition} };`;
  expect(cedarExcess(guard)).toBeUndefined();
  const { diagnostics } = await compiledOf({ guard });
  expect(diagnostics.filter(({ code }) => code === "policy/bad-syntax")).toEqual([]);
});

test("what passes a bound is refused before Cedar sees it", () => {
  const { policyNestingMax, policyOperatorsMax, policyStatementsMax } = LIMITS;
  const of = (condition: string) => cedarExcess(`permit(p,a,r) when {${condition}};`)?.limit;
  expect(of("(".repeat(100_000))).toBe(policyNestingMax);
  expect(of("a.b.".repeat(100_000))).toBe(policyOperatorsMax);
  expect(of("if ".repeat(100_000))).toBe(policyOperatorsMax);
  expect(cedarExcess(";".repeat(1_000))?.limit).toBe(policyStatementsMax);
  expect(of(`"${"(".repeat(1_000)}" // ${"(".repeat(1_000)}\n`)).toBeUndefined();
});

test("no text of a policy is our own fault", async () => {
  const word = fc.constantFrom(
    ...'permit forbid ( ) principal action resource , ; when unless { } == in is Role:: Tenant:: Action:: "club.join" "x" context . payload age has && || ! < + 1 [ ] ?principal // \n @id é 🎈 \\ \' like "*" if then else'.split(
      " ",
    ),
  );
  const texts = fc.array(word, { minLength: 1, maxLength: 40 }).map((words) => words.join(" "));
  await fc.assert(
    fc.asyncProperty(texts, fc.boolean(), async (text, isWhole) => {
      const guard = isWhole ? text : `permit(principal, action, resource) when { ${text} };`;
      const { diagnostics, ok } = await compiledOf({ guard: guard.replaceAll("\n", "\n  ") });
      expect(ok || diagnostics.length > 0).toBe(true);
    }),
    { numRuns: 150 },
  );
});
