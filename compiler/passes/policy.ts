/**
 * The pass `policy`: every policy is Cedar that parses, and that holds against the types of what it
 * will be asked about; and no intent is left that nobody can ever be allowed. Whatever is compiled
 * is governed: without a policy everything is denied.
 */
import { byCodeUnits } from "../../protocol/language/canonical.ts";
import type { SealedGovernance } from "../../protocol/language/governance.ts";
import { append } from "../append.ts";
import { loadCedar } from "../cedar.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { boundedSuggest } from "../did-you-mean.ts";
import type { Passed, ResolvedPolicy, Typed } from "../model.ts";
import { PLATFORM } from "./load.ts";
import { ACT_SUBJECTS } from "./policy/acts.ts";
import { cedarSchemaOf, schemaFor } from "./policy/cedar-schema.ts";
import { neverAllowed } from "./policy/coverage.ts";
import { typeIntents } from "./policy/intents.ts";
import { governedWorkflows } from "./policy/reach.ts";
import { type CheckedPolicy, checkPolicy } from "./policy/statements.ts";
import { subscriptionFaults, withSubscription } from "./policy/subscriptions.ts";
import { type ExpectedDecision, expectedDecisions } from "./policy/tables.ts";
import { wordsOf } from "./policy/unknown-words.ts";

export interface Governed {
  /** Null where an error was found. */
  readonly sealed: SealedGovernance | null;
  readonly expected: readonly ExpectedDecision[];
}

/** What was typed, as far as it says who may try what. */
export type Policed = Pick<Typed, "world" | "subscriptions">;

export const UNGOVERNED: Governed = Object.freeze({ sealed: null, expected: [] });

/** `isProgram`: what is compiled is the program's own workspace. Elsewhere its tables are nobody's to try. */
export async function policy(
  { world, subscriptions }: Policed,
  isProgram: boolean,
): Promise<Passed<Governed>> {
  const { governance } = world;
  const found: Diagnostic[] = [];
  append(found, subscriptionFaults(world));
  const typed = typeIntents(world, found);
  if (found.length > 0) return { value: UNGOVERNED, diagnostics: found };
  const schema = cedarSchemaOf(typed, governance.roles);
  const subjects = [...ACT_SUBJECTS, ...typed.intents];
  const checked: CheckedPolicy[] = [];
  const faulty: ResolvedPolicy[] = [];
  const suggest = boundedSuggest();
  const words = wordsOf(world);
  const cedar = governance.policies.length === 0 ? null : await loadCedar();
  for (const one of governance.policies) {
    if (cedar === null) break;
    const mine = subjects.filter(({ type }) => one.intents.includes(type));
    const against = { cedar, schema: schemaFor(schema, mine), subjects: mine, words, suggest };
    const result = checkPolicy(one, against, found);
    if (result === null) faulty.push(one);
    else checked.push(result);
  }
  for (const fault of neverAllowed(typed.intents, { checked, faulty })) found.push(fault);
  const byType = new Map(subjects.map((subject) => [subject.type, subject]));
  const roles = schema[""].entityTypes.Role?.enum ?? [];
  const known = { subjects: byType, roles, suggest };
  const expected = governance.decisions
    .filter(({ artifact }) => isProgram || artifact.domain !== PLATFORM)
    .flatMap((one) => expectedDecisions(one, known, found));
  const policies = checked
    .map(({ sealed }) => sealed)
    .sort((a, b) => byCodeUnits(a.policy, b.policy));
  const intents = {
    intents: typed.intents.map(({ sealed }) => withSubscription(sealed, subscriptions)),
    workflows: governedWorkflows(world),
  };
  return {
    value: { sealed: { intents, policies: { cedar: schema, policies } }, expected },
    diagnostics: found,
  };
}
