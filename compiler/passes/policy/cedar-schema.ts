/**
 * The Cedar schema that policies are checked against: who there is (principals with roles, of a
 * tenant), what they may try (an action an intent), and what is seen when they try it. Roles and
 * attributes are those that some intent requires, so that a misspelt one is found.
 */
import { byCodeUnits } from "../../../protocol/language/canonical.ts";
import type { CedarAction, CedarSchema } from "../../../protocol/language/governance.ts";
import type { TypedIntent, TypedIntents } from "./intents.ts";

export function cedarSchemaOf({ intents, attributes }: TypedIntents): CedarSchema {
  const roles = [...new Set(intents.flatMap(({ sealed }) => sealed.requires.roles))];
  return {
    "": {
      entityTypes: {
        Principal: {
          memberOfTypes: roles.length === 0 ? ["Tenant"] : ["Role", "Tenant"],
          shape: {
            type: "Record",
            attributes: Object.fromEntries(
              [...attributes].map(([name, type]) => [name, { ...type, required: false }]),
            ),
          },
        },
        Tenant: {},
        ...(roles.length === 0 ? {} : { Role: { enum: roles.sort(byCodeUnits) } }),
      },
      actions: actionsOf(intents),
    },
  };
}

/** The same schema with the actions of some intents only: what a policy about these may name. */
export function schemaFor(schema: CedarSchema, intents: readonly TypedIntent[]): CedarSchema {
  return { "": { ...schema[""], actions: actionsOf(intents) } };
}

function actionsOf(intents: readonly TypedIntent[]): Readonly<Record<string, CedarAction>> {
  return Object.fromEntries(
    intents.map(({ sealed, context }) => [
      sealed.type,
      {
        appliesTo: { principalTypes: ["Principal"], resourceTypes: ["Tenant"], context },
      } as const,
    ]),
  );
}
