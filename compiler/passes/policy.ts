/**
 * The pass `policy`: every policy is Cedar that parses, and that holds against the types of what it
 * will be asked about; and no intent is left that nobody can ever be allowed. Without an intent it
 * does nothing, and without a policy it does not load Cedar.
 */
import { byCodeUnits } from "../../protocol/language/canonical.ts";
import type { SealedGovernance } from "../../protocol/language/governance.ts";
import { loadCedar } from "../cedar.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Passed, ResolvedPolicy, World } from "../model.ts";
import { cedarSchemaOf, schemaFor } from "./policy/cedar-schema.ts";
import { neverAllowed } from "./policy/coverage.ts";
import { typeIntents } from "./policy/intents.ts";
import { type CheckedPolicy, checkPolicy } from "./policy/statements.ts";
import { type ExpectedDecision, expectedDecisions } from "./policy/tables.ts";

export interface Governed {
  /** Null where there is no intent. */
  readonly sealed: SealedGovernance | null;
  readonly expected: readonly ExpectedDecision[];
}

export const UNGOVERNED: Governed = Object.freeze({ sealed: null, expected: [] });

export async function policy(world: World): Promise<Passed<Governed>> {
  const { governance } = world;
  if (governance.intents.size === 0) return { value: UNGOVERNED, diagnostics: [] };
  const found: Diagnostic[] = [];
  const typed = typeIntents(world, found);
  if (found.length > 0) return { value: UNGOVERNED, diagnostics: found };
  const schema = cedarSchemaOf(typed);
  const checked: CheckedPolicy[] = [];
  const faulty: ResolvedPolicy[] = [];
  const cedar = governance.policies.length === 0 ? null : await loadCedar();
  for (const one of governance.policies) {
    if (cedar === null) break;
    const mine = typed.intents.filter(({ name }) => one.intents.includes(name));
    const result = checkPolicy(one, { cedar, schema: schemaFor(schema, mine) }, found);
    if (result === null) faulty.push(one);
    else checked.push(result);
  }
  for (const fault of neverAllowed(typed.intents, { checked, faulty })) found.push(fault);
  const byName = new Map(typed.intents.map((intent) => [intent.name, intent]));
  const expected = governance.decisions.flatMap((one) => expectedDecisions(one, byName, found));
  const policies = checked
    .map(({ sealed }) => sealed)
    .sort((a, b) => byCodeUnits(a.policy, b.policy));
  const intents = typed.intents.map(({ sealed }) => sealed);
  return {
    value: { sealed: { intents: { intents }, policies: { cedar: schema, policies } }, expected },
    diagnostics: found,
  };
}
