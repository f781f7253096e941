/** Proof rules of the keywords that ask something of arrays. */
import type { JsonObject } from "../../protocol/language/json.ts";
import type { Schema } from "../model.ts";
import { itemsOf } from "./bounds.ts";
import { KIND, schemasIn } from "./kinds.ts";
import { placeAt } from "./place.ts";
import type { Proof, Rule } from "./rule.ts";
import { typeOf } from "./type.ts";

type Conjuncts = readonly JsonObject[];

/** The item at an index fits, or no array of the type has so many. */
function itemHolds(type: Conjuncts, index: number, schema: Schema, proof: Proof): boolean {
  if (index >= itemsOf(type).most) return true;
  const place = placeAt(type, index);
  return place.presence === "never" || proof.implies(place.type, schema);
}

const prefixItems: Rule = {
  of: KIND.array,
  holds: (type, schema, proof) =>
    schemasIn(schema.prefixItems).every((part, index) => itemHolds(type, index, part, proof)),
};

/** What one conjunct says of the items after those that the schema lists is enough. */
const items: Rule = {
  of: KIND.array,
  holds: (type, schema, proof) => {
    const asked = schema.items as Schema;
    const listed = schemasIn(schema.prefixItems).length;
    const { most } = itemsOf(type);
    return type.some((part) => {
      const own = schemasIn(part.prefixItems).length;
      for (let index = listed; index < Math.min(own, most); index += 1) {
        if (!itemHolds(type, index, asked, proof)) return false;
      }
      return most <= Math.max(own, listed) || proof.implies(itemType(part), asked);
    });
  },
};

function itemType(schema: JsonObject): ReturnType<typeof typeOf> {
  return typeOf((schema.items ?? true) as Schema);
}

export const ARRAY_RULES: Readonly<Record<string, Rule>> = {
  prefixItems,
  items,
  minItems: {
    of: KIND.array,
    holds: (type, schema) => itemsOf(type).least >= (schema.minItems as number),
  },
  maxItems: {
    of: KIND.array,
    holds: (type, schema) => itemsOf(type).most <= (schema.maxItems as number),
  },
  uniqueItems: {
    of: KIND.array,
    holds: (type, schema) => schema.uniqueItems !== true || itemsOf(type).most <= 1,
  },
  contains: {
    of: KIND.array,
    holds: (_type, schema) => schema.minContains === 0 && schema.maxContains === undefined,
  },
};
