/**
 * The Cedar schema that policies are checked against: who there is (principals with roles, of a
 * tenant), what they may try (an action an intent, and one an act of the language's own), and what
 * is seen when they try it. Attributes are those that some intent requires, roles those and the ones
 * that domains declare, so that a misspelt one is found.
 */
import { byCodeUnits } from "../../../protocol/language/canonical.ts";
import type { CedarAction, CedarSchema } from "../../../protocol/language/governance.ts";
import { ACT_SUBJECTS, type Subject } from "./acts.ts";
import { IDENTITY, type TypedIntents } from "./intents.ts";

export function cedarSchemaOf(
  { intents, attributes }: TypedIntents,
  declared: readonly string[],
): CedarSchema {
  const required = intents.flatMap(({ sealed }) => sealed.requires.roles);
  const roles = [...new Set([...required, ...declared])];
  return {
    "": {
      entityTypes: {
        Principal: {
          memberOfTypes: roles.length === 0 ? ["Tenant"] : ["Role", "Tenant"],
          shape: {
            type: "Record",
            attributes: {
              [IDENTITY]: { type: "String", required: true },
              ...Object.fromEntries(
                [...attributes].map(([name, type]) => [name, { ...type, required: false }]),
              ),
            },
          },
        },
        Tenant: {},
        ...(roles.length === 0 ? {} : { Role: { enum: roles.sort(byCodeUnits) } }),
      },
      actions: actionsOf([...ACT_SUBJECTS, ...intents]),
    },
  };
}

/** The same schema with some actions only: what a policy about these may name. */
export function schemaFor(schema: CedarSchema, subjects: readonly Subject[]): CedarSchema {
  return { "": { ...schema[""], actions: actionsOf(subjects) } };
}

function actionsOf(subjects: readonly Subject[]): Readonly<Record<string, CedarAction>> {
  return Object.fromEntries(
    subjects.map(({ type, context }) => [
      type,
      {
        appliesTo: { principalTypes: ["Principal"], resourceTypes: ["Tenant"], context },
      } as const,
    ]),
  );
}
