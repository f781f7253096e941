/** Proof rules of the keywords that ask something of numbers and strings, and of `type`. */
import { highOf, lengthsOf, lowOf, rangeOf } from "./bounds.ts";
import { EVERY_KIND, KIND, kindsNamed, NUMBERS } from "./kinds.ts";
import type { Rule } from "./rule.ts";
import { kindsIn } from "./type.ts";

const low: Rule = {
  of: NUMBERS,
  holds: (type, schema) => {
    const asked = lowOf(schema);
    const { low } = rangeOf(type);
    return low.at > asked.at || (low.at === asked.at && (low.open || !asked.open));
  },
};

const high: Rule = {
  of: NUMBERS,
  holds: (type, schema) => {
    const asked = highOf(schema);
    const { high } = rangeOf(type);
    return high.at < asked.at || (high.at === asked.at && (high.open || !asked.open));
  },
};

/** Divisors that are no safe integers are compared by text: division in doubles is not exact. */
const multipleOf: Rule = {
  of: NUMBERS,
  holds: (type, schema) => {
    const asked = schema.multipleOf as number;
    if (asked === 1) return (kindsIn(type) & KIND.fraction) === 0;
    const given = type.map((part) => part.multipleOf).filter((one) => typeof one === "number");
    return given.some(
      (one) => Number.isSafeInteger(one) && Number.isSafeInteger(asked) && one % asked === 0,
    );
  },
};

export const SCALAR_RULES: Readonly<Record<string, Rule>> = {
  type: {
    of: EVERY_KIND,
    holds: (type, schema) => (kindsIn(type) & ~kindsNamed(schema.type ?? [])) === 0,
  },
  minimum: low,
  exclusiveMinimum: low,
  maximum: high,
  exclusiveMaximum: high,
  multipleOf,
  minLength: {
    of: KIND.string,
    holds: (type, schema) => lengthsOf(type).least >= (schema.minLength as number),
  },
  maxLength: {
    of: KIND.string,
    holds: (type, schema) => lengthsOf(type).most <= (schema.maxLength as number),
  },
  // The same text among the conjuncts is what the engine looks for first; there is no other proof.
  pattern: { of: KIND.string, holds: () => false },
  format: { of: KIND.string, holds: () => false },
  const: { of: EVERY_KIND, holds: () => false },
  enum: { of: EVERY_KIND, holds: () => false },
};
