import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { validatorOf } from "../../../compiler/json-schema.ts";
import type { Schema } from "../../../compiler/model.ts";
import { accepts } from "../../../compiler/types/accepts.ts";
import { fit as judge } from "../../../compiler/types/fit.ts";
import { kindOf, kindsOf } from "../../../compiler/types/kinds.ts";
import { typeOf } from "../../../compiler/types/type.ts";
import type { Json } from "../../../protocol/language/json.ts";
import { pairs, schemas, VALUES } from "./schemas.ts";

const RUNS = 1_000;

const verdict = (from: Schema, to: Schema) => judge(typeOf(from), to).verdict;
const fits = (schema: Schema, value: Json) => validatorOf(schema)(value) === null;

describe("the laws of fit", () => {
  it("agree with the validator about every single value", () => {
    fc.assert(
      fc.property(schemas, (schema) => {
        const validate = validatorOf(schema);
        for (const value of VALUES) {
          if (accepts(schema, value) !== (validate(value) === null)) {
            throw new Error(`${JSON.stringify(schema)} on ${JSON.stringify(value)}`);
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("count no kind of value out that a schema takes", () => {
    fc.assert(
      fc.property(schemas, (schema) =>
        VALUES.every((value) => !accepts(schema, value) || (kindsOf(schema) & kindOf(value)) !== 0),
      ),
      { numRuns: RUNS },
    );
  });

  it("say yes only where every value of the first is one of the second", () => {
    let proven = 0;
    fc.assert(
      fc.property(pairs, ([from, to]) => {
        if (verdict(from, to) !== "yes") return;
        proven += 1;
        for (const value of VALUES) {
          if (accepts(from, value) && !accepts(to, value)) {
            throw new Error(`${JSON.stringify([from, to])} on ${JSON.stringify(value)}`);
          }
        }
      }),
      { numRuns: 3 * RUNS },
    );
    expect(proven).toBeGreaterThan(RUNS / 2);
  });

  it("say no only with a value of the first that the second does not take", () => {
    let refuted = 0;
    fc.assert(
      fc.property(pairs, ([from, to]) => {
        const found = judge(typeOf(from), to);
        if (found.verdict !== "no") return;
        refuted += 1;
        const { witness } = found.refutation;
        expect(fits(from, witness) && !fits(to, witness)).toBe(true);
      }),
      { numRuns: 3 * RUNS },
    );
    expect(refuted).toBeGreaterThan(RUNS / 20);
  });

  it("do not depend on what was asked before", () => {
    fc.assert(
      fc.property(pairs, ([from, to]) => {
        const copy = (schema: Schema) => JSON.parse(JSON.stringify(schema)) as Schema;
        expect(verdict(copy(from), copy(to))).toBe(verdict(from, to));
      }),
      { numRuns: RUNS },
    );
  });
});
