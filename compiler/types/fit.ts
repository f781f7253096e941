/**
 * Fit of a type to a schema, three-valued: `yes` is proven by structure, `no` has a witness that the
 * validator confirmed against both sides, anything else is undecided and keeps its run-time check.
 * The answer depends on the two sides alone, never on what was asked before.
 */
import type { JsonObject } from "../../protocol/language/json.ts";
import { validatorOf } from "../json-schema.ts";
import type { Schema } from "../model.ts";
import { propertiesOf } from "./bounds.ts";
import { isDeclared } from "./declared.ts";
import { placeAt } from "./place.ts";
import { firstUnproven, prover } from "./prove.ts";
import { refute } from "./refute.ts";
import type { Refutation } from "./refuter.ts";
import { schemaOf, type Type } from "./type.ts";

export type Fit =
  | { readonly verdict: "yes" }
  | { readonly verdict: "no"; readonly refutation: Refutation }
  | { readonly verdict: "undecided"; readonly why: string };

const YES: Fit = { verdict: "yes" };

/** By schema, then by type: the schemas are contracts, of which there are fewer. */
const known = new WeakMap<JsonObject, WeakMap<JsonObject, Fit>>();

/** Whether every value of the type fits the schema. */
export function fit(type: Type, schema: Schema): Fit {
  if (schema === true) return YES;
  const [only] = type ?? [];
  if (only === undefined || type?.length !== 1 || schema === false) return decide(type, schema);
  let fits = known.get(schema);
  if (fits === undefined) {
    fits = new WeakMap();
    known.set(schema, fits);
  }
  let found = fits.get(only);
  if (found === undefined) {
    found = decide(type, schema);
    fits.set(only, found);
  }
  return found;
}

function decide(type: Type, schema: Schema): Fit {
  const proof = prover();
  if (proof.implies(type, schema) || proof.impossible(type)) return YES;
  const refutation = refute(type, schema);
  if (refutation !== undefined && confirms(type, schema, refutation)) {
    return { verdict: "no", refutation };
  }
  return { verdict: "undecided", why: whyNot(type, schema) };
}

function confirms(type: Type, schema: Schema, { witness }: Refutation): boolean {
  return validatorOf(schemaOf(type))(witness) === null && validatorOf(schema)(witness) !== null;
}

/** What the proof stopped at, in words. */
function whyNot(type: Type, schema: Schema, at = ""): string {
  const place = at === "" ? "it" : `\`${at}\``;
  if (!isDeclared(type)) return `the type of ${place} is not declared`;
  if (type === null || typeof schema === "boolean") return `${place} is not proven to be absent`;
  const keyword = firstUnproven(type, schema);
  if (keyword === "properties") {
    for (const [name, part] of Object.entries(propertiesOf(schema))) {
      const inner = placeAt(type, name).type;
      if (!prover().implies(inner, part)) return whyNot(inner, part, at ? `${at}.${name}` : name);
    }
  }
  return `\`${keyword ?? "allOf"}\` of ${place} is not proven`;
}
