/** Proof rules of the keywords that combine schemas. */
import type { Schema } from "../model.ts";
import { EVERY_KIND, schemasIn } from "./kinds.ts";
import type { Rule } from "./rule.ts";
import { both } from "./type.ts";

const allOf: Rule = {
  of: EVERY_KIND,
  holds: (type, schema, proof) =>
    schemasIn(schema.allOf).every((part) => proof.implies(type, part)),
};

const anyOf: Rule = {
  of: EVERY_KIND,
  holds: (type, schema, proof) => schemasIn(schema.anyOf).some((part) => proof.implies(type, part)),
};

/** One branch takes every value, and no other branch takes any. */
const oneOf: Rule = {
  of: EVERY_KIND,
  holds: (type, schema, proof) => {
    const branches = schemasIn(schema.oneOf);
    return branches.some(
      (taken, at) =>
        proof.implies(type, taken) &&
        branches.every((branch, other) => other === at || proof.impossible(both(type, branch))),
    );
  },
};

const not: Rule = {
  of: EVERY_KIND,
  holds: (type, schema, proof) => proof.impossible(both(type, schema.not as Schema)),
};

const conditional: Rule = {
  of: EVERY_KIND,
  holds: (type, schema, proof) => {
    const test = schema.if as Schema;
    const met = both(type, test);
    const unmet = typeof test === "boolean" ? both(type, !test) : both(type, { not: test });
    return (
      proof.implies(met, (schema.then ?? true) as Schema) &&
      proof.implies(unmet, (schema.else ?? true) as Schema)
    );
  },
};

export const LOGIC_RULES: Readonly<Record<string, Rule>> = {
  allOf,
  anyOf,
  oneOf,
  not,
  if: conditional,
};
