/**
 * Sealed policies whose text says something else than what decides. A snapshot holds each statement
 * twice, as it was written, for people, and lowered, for whoever decides; digests show that neither
 * was changed since, not that they were ever the same. Here the text is lowered again. Nothing of a
 * snapshot is believed: a text may be no Cedar, or far too large.
 */
import { canonical } from "../protocol/language/canonical.ts";
import { cedarExcess } from "../protocol/language/cedar-text.ts";
import type {
  CedarSchema,
  PolicyTable,
  SealedPolicy,
  SealedStatement,
} from "../protocol/language/governance.ts";
import type { Json } from "../protocol/language/json.ts";
import { type Cedar, loadCedar } from "./cedar.ts";
import { quote } from "./codes/quote.ts";
import { lowerStatement } from "./passes/policy/lower-statement.ts";

export interface Misstated {
  /** The statement's id. */
  readonly statement: string;
  /** Expected and found. */
  readonly problem: string;
}

export async function misstatedPolicies(table: PolicyTable): Promise<readonly Misstated[]> {
  const cedar = await loadCedar("little");
  return table.policies.flatMap((policy) => {
    const schema = schemaOf(policy, table.cedar);
    return policy.statements.flatMap((statement) => {
      const found = otherwise(statement, cedar, schema);
      if (found === undefined) return [];
      const problem = `expected a text that says what \`${statement.id}\` decides, found ${found}`;
      return [{ statement: statement.id, problem }];
    });
  });
}

/** What the text of a statement is instead; undefined where it is that statement. */
function otherwise(
  { cedar: text, effect, conditions }: SealedStatement,
  cedar: Cedar,
  schema: CedarSchema,
): string | undefined {
  const excess = cedarExcess(text);
  if (excess !== undefined) return `${excess.what}, more than the ${excess.limit} allowed`;
  const statements = cedar.statements(text);
  if ("message" in statements) return `no Cedar: ${statements.message}`;
  const [only, ...more] = statements;
  if (only === undefined || more.length > 0) return `${statements.length} statements in it`;
  // Only what holds against the types can be lowered.
  const [fault] = cedar.check(text, schema).faults;
  if (fault !== undefined) return `what cannot be evaluated: ${fault.message}`;
  const lowered = lowerStatement(only.json);
  const isSame =
    only.effect === effect &&
    lowered.unsealed.length === 0 &&
    sameText(lowered.conditions, conditions);
  return isSame ? undefined : quote(text.replace(/\s+/g, " "));
}

function sameText(a: SealedStatement["conditions"], b: SealedStatement["conditions"]): boolean {
  return canonical(a as unknown as Json) === canonical(b as unknown as Json);
}

/** The types that a policy was checked against: those of its own intents. */
function schemaOf({ intents }: SealedPolicy, whole: CedarSchema): CedarSchema {
  const { actions, ...others } = whole[""];
  const own = Object.entries(actions).filter(([type]) => intents.includes(type));
  return { "": { ...others, actions: Object.fromEntries(own) } };
}
