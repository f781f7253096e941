/** What is taken from Cedar's findings instead of being asked of it again says the same. */
import { expect, test } from "vitest";
import { loadCedar } from "../../../compiler/cedar.ts";
import { boundedSuggest } from "../../../compiler/did-you-mean.ts";
import { ACT_SUBJECTS } from "../../../compiler/passes/policy/acts.ts";
import { cedarSchemaOf, schemaFor } from "../../../compiler/passes/policy/cedar-schema.ts";
import { typeIntents } from "../../../compiler/passes/policy/intents.ts";
import { checkPolicy } from "../../../compiler/passes/policy/statements.ts";
import { wordsOf } from "../../../compiler/passes/policy/unknown-words.ts";
import { frontOf, PROGRAM } from "../from-text.ts";
import { governanceOf } from "./protocol.ts";

const { policies } = await governanceOf({ intent: "requires: { roles: [porter] }" });
const { "club.join": action } = policies.cedar[""].actions;
if (action === undefined) throw new Error("the intent has an action");
const schema = { "": { ...policies.cedar[""], actions: { "club.join": action } } };
const cedar = await loadCedar();

const HEADS = [
  "principal, action, resource",
  'principal in Role::"porter", action, resource',
  'principal == Tenant::"a", action, resource',
  'principal, action == Action::"club.join", resource',
  "principal is Tenant, action, resource",
  'principal, action, resource in Tenant::"a"',
  'principal, action, resource == Role::"porter"',
];
const CONDITIONS = [
  "",
  "when { true }",
  "when { false }",
  "unless { true }",
  "when { context.payload.age > 1 && false }",
  "when { context.payload.age > 1 || true }",
  'when { principal in Role::"porter" && resource is Role }',
  'when { principal.identity == "token" } unless { principal is Principal }',
  "when { if context.payload.age > 1 then false else false }",
];

test("a statement is impossible where it is about no action, and no others are", () => {
  const texts = HEADS.flatMap((head) => CONDITIONS.map((more) => `permit(${head}) ${more};`));
  const { faults, impossible } = cedar.check(texts.join("\n"), schema);
  expect(faults).toEqual([]);
  const statements = cedar.statements(texts.join("\n"));
  if ("message" in statements) throw new Error(statements.message);
  const idle = statements.map((one) => cedar.actionsOf(one, schema).size === 0);
  expect(idle).toContain(true);
  expect(idle).toContain(false);
  expect(statements.map((_, at) => impossible.has(at))).toEqual(idle);
});

test("what the statements of the committed domains are about is what Cedar says", async () => {
  const { world, diagnostics } = frontOf(PROGRAM);
  if (world === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const typed = typeIntents(world, []);
  const whole = cedarSchemaOf(typed, world.governance.roles);
  const subjects = [...ACT_SUBJECTS, ...typed.intents];
  const [words, suggest] = [wordsOf(world), boundedSuggest()];
  const checked = world.governance.policies.flatMap((policy) => {
    const mine = subjects.filter(({ type }) => policy.intents.includes(type));
    const part = schemaFor(whole, mine);
    const { about = [] } =
      checkPolicy(policy, { cedar, schema: part, subjects: mine, words, suggest }, []) ?? {};
    return about.map(({ statement, types }) => [types, cedar.actionsOf(statement, part)] as const);
  });
  expect(checked.length).toBeGreaterThan(30);
  for (const [types, asked] of checked) expect(types).toEqual(asked);
});
