/** Proof rules of the keywords that ask something of objects. */
import { type JsonObject, member } from "../../protocol/language/json.ts";
import type { Schema } from "../model.ts";
import { accepts, matches } from "./accepts.ts";
import { isClosed, membersOf, propertiesOf } from "./bounds.ts";
import { KIND, schemasByName } from "./kinds.ts";
import { placeAt } from "./place.ts";
import type { Proof, Rule } from "./rule.ts";
import { both, typeOf } from "./type.ts";

type Conjuncts = readonly JsonObject[];

interface Ask {
  readonly type: Conjuncts;
  readonly schema: Schema;
  readonly proof: Proof;
}

const properties: Rule = {
  of: KIND.object,
  holds: (type, schema, proof) =>
    Object.entries(propertiesOf(schema)).every(([name, part]) =>
      memberHolds({ type, schema: part, proof }, name),
    ),
};

function memberHolds({ type, schema, proof }: Ask, name: string): boolean {
  const place = placeAt(type, name);
  return place.presence === "never" || proof.implies(place.type, schema);
}

const additionalProperties: Rule = {
  of: KIND.object,
  holds: (type, schema, proof) => {
    const named = propertiesOf(schema);
    const patterns = Object.keys(schemasByName(schema.patternProperties));
    const ask = { type, schema: schema.additionalProperties as Schema, proof };
    const covered = (name: string) =>
      Object.hasOwn(named, name) || patterns.some((pattern) => matches(pattern, name));
    return type.some((part) => everyMemberHolds(part, ask, covered, patterns));
  },
};

/**
 * What one conjunct says of its members is enough: those it names (looked up in the whole type),
 * those that its patterns match, and all others. `covered` names are exempt, and so is what has
 * one of the exempt patterns.
 */
function everyMemberHolds(
  part: JsonObject,
  ask: Ask,
  covered: (name: string) => boolean,
  exempt: readonly string[],
): boolean {
  const others = (part.additionalProperties ?? true) as Schema;
  if (!ask.proof.implies(typeOf(others), ask.schema)) return false;
  for (const name of Object.keys(propertiesOf(part))) {
    if (!covered(name) && !memberHolds(ask, name)) return false;
  }
  return Object.entries(schemasByName(part.patternProperties)).every(
    ([pattern, schema]) =>
      exempt.includes(pattern) || ask.proof.implies(typeOf(schema), ask.schema),
  );
}

const patternProperties: Rule = {
  of: KIND.object,
  holds: (type, schema, proof) =>
    Object.entries(schemasByName(schema.patternProperties)).every(([pattern, part]) => {
      const ask = { type, schema: part, proof };
      const elsewhere = (name: string) => !matches(pattern, name);
      return type.some((conjunct) => {
        const alike = member(conjunct.patternProperties, pattern) as Schema | undefined;
        if (alike !== undefined && proof.implies(typeOf(alike), part)) return true;
        return everyMemberHolds(conjunct, ask, elsewhere, []);
      });
    }),
};

const propertyNames: Rule = {
  of: KIND.object,
  holds: (type, schema, proof) => {
    const asked = schema.propertyNames as Schema;
    return type.some((part) => {
      const names = both(typeOf({ type: "string" }), (part.propertyNames ?? true) as Schema);
      if (proof.implies(names, asked)) return true;
      const fits = (name: string) =>
        accepts(asked, name) || placeAt(type, name).presence === "never";
      return isClosed(part) && Object.keys(propertiesOf(part)).every(fits);
    });
  },
};

const dependentRequired: Rule = {
  of: KIND.object,
  holds: (type, schema) =>
    dependents(schema).every(([name, others]) => {
      if (placeAt(type, name).presence === "never") return true;
      return others.every(
        (other) =>
          placeAt(type, other).presence === "always" ||
          type.some((part) =>
            dependents(part).some(([own, all]) => own === name && all.includes(other)),
          ),
      );
    }),
};

function dependents(schema: JsonObject): readonly (readonly [string, readonly string[]])[] {
  return Object.entries((schema.dependentRequired ?? {}) as Record<string, readonly string[]>);
}

export const OBJECT_RULES: Readonly<Record<string, Rule>> = {
  required: {
    of: KIND.object,
    holds: (type, schema) =>
      (schema.required as readonly string[]).every(
        (name) => placeAt(type, name).presence === "always",
      ),
  },
  properties,
  additionalProperties,
  patternProperties,
  propertyNames,
  dependentRequired,
  minProperties: {
    of: KIND.object,
    holds: (type, schema) => membersOf(type).least >= (schema.minProperties as number),
  },
  maxProperties: {
    of: KIND.object,
    holds: (type, schema) => membersOf(type).most <= (schema.maxProperties as number),
  },
};
