import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Schema } from "../../../compiler/model.ts";
import { addDecision, factsAbout } from "../../../compiler/passes/typecheck/facts.ts";
import type { Behind, Flow } from "../../../compiler/passes/typecheck/flow.ts";
import type { Decide, Scope } from "../../../compiler/passes/typecheck/scope.ts";
import {
  boundOf,
  objectValue,
  type PathValue,
  type Value,
} from "../../../compiler/passes/typecheck/value.ts";
import { walk, walkEach } from "../../../compiler/passes/typecheck/walk.ts";
import { accepts } from "../../../compiler/types/accepts.ts";
import { narrow } from "../../../compiler/types/prove.ts";
import { schemaOf, typeOf } from "../../../compiler/types/type.ts";
import type { Step } from "../../../protocol/language/graph.ts";
import { isObject, type Json } from "../../../protocol/language/json.ts";
import { evaluate } from "../../../runtime/machine/query.ts";
import { schemas, VALUES } from "./schemas.ts";

const step = fc.constantFrom<Step>("a", "b", "constructor", 0, 1, -1);

function read(value: Json, steps: readonly Step[]): Json | undefined {
  let here: Json | undefined = value;
  for (const one of steps) {
    if (typeof one === "number") here = Array.isArray(here) ? here.at(one) : undefined;
    else here = isObject(here) && Object.hasOwn(here, one) ? here[one] : undefined;
    if (here === undefined) return undefined;
  }
  return here;
}

describe("what is read of a type", () => {
  it("is what every value of the type has there, or not at all where it is missing", () => {
    let certain = 0;
    fc.assert(
      fc.property(schemas, fc.array(step, { maxLength: 2 }), (schema, steps) => {
        const walked = walk(typeOf(schema), steps);
        const values = VALUES.filter((value) => accepts(schema, value));
        const wrong = values.filter((value) => {
          const found = read(value, steps);
          if ("fault" in walked) return walked.fault === "missing" && found !== undefined;
          certain += walked.fallible || steps.length === 0 ? 0 : 1;
          if (found === undefined) return !walked.fallible;
          return !accepts(schemaOf(walked.type), found);
        });
        // All at once: there are hundreds of thousands of them.
        expect(wrong, JSON.stringify([schema, steps])).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
    expect(certain).toBeGreaterThan(100);
  });

  it("is what a plural path selects of every value, or nothing where it is missing", () => {
    const selector = fc.oneof(
      fc.constant({ wildcard: true as const }),
      fc.constantFrom("a", "b").map((name) => ({ name })),
      fc.constantFrom(0, -1).map((index) => ({ index })),
      fc.constant({ slice: [0, 1, null] as const }),
    );
    const query = fc.array(fc.array(selector, { minLength: 1, maxLength: 2 }), {
      minLength: 1,
      maxLength: 2,
    });
    fc.assert(
      fc.property(schemas, query, (schema, path) => {
        const walked = walkEach(typeOf(schema), path);
        const wrong = VALUES.filter((value) => accepts(schema, value)).filter((value) =>
          (evaluate(path, value) ?? []).some(
            (found) => !("type" in walked && accepts(schemaOf(walked.type), found)),
          ),
        );
        expect(wrong, JSON.stringify([schema, path])).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("loses no value by narrowing", () => {
    fc.assert(
      fc.property(schemas, schemas, step, (a, b, taken) => {
        const both = typeOf({ allOf: [a, b] });
        const narrowed = schemaOf(narrow(both, taken));
        const kept = VALUES.filter((value) => accepts(a, value) && accepts(b, value));
        expect(kept.filter((value) => !accepts(narrowed, value))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** A path into the payload, of which nothing is known. */
function payloadPath(...steps: readonly string[]): PathValue {
  const query = steps.map((name) => [{ name }]);
  const read = { type: [], places: [], fallible: false };
  const to = { root: "payload", node: undefined, query, steps } as const;
  return { kind: "path", text: "", ...to, read, at: [] };
}

/** A scope whose only point lies behind these outcomes of one decision. */
function scopeBehind(node: Decide, looked: Value, behind: Behind): Scope {
  const decisions: Scope["decisions"] = new Map();
  addDecision(decisions, node, boundOf(looked));
  const flow: Pick<Flow, "behind"> = { behind: () => behind };
  return { decisions, flow } as Scope;
}

/** What a decision can look at, and how that comes of the payload. */
const LOOKS: readonly (readonly [Value, (payload: { a: Json; b: Json }) => Json])[] = [
  [payloadPath(), (payload) => payload],
  [payloadPath("a"), ({ a }) => a],
  [
    objectValue(
      [
        ["a", payloadPath("a")],
        ["b", payloadPath("b")],
      ],
      [],
    ),
    (payload) => payload,
  ],
  [objectValue([["b", payloadPath("a")]], []), ({ a }) => ({ b: a })],
];

describe("what a decision shows", () => {
  const when = fc.oneof(
    schemas,
    schemas.map((a): Schema => ({ type: "object", properties: { a } })),
    schemas.map((b): Schema => ({ required: ["b"], properties: { b } })),
  );
  const rows = fc.array(fc.record({ when, outcome: fc.constantFrom("A", "B", "C") }), {
    minLength: 1,
    maxLength: 3,
  });
  const payload = fc.record({ a: fc.constantFrom(...VALUES), b: fc.constantFrom(...VALUES) });
  const others = fc.subarray(["A", "B", "C", "D"]);

  it("holds of every payload that comes to one of the outcomes", () => {
    let shown = 0;
    fc.assert(
      fc.property(
        rows,
        fc.array(payload, { minLength: 5, maxLength: 20 }),
        others,
        (table, payloads, extra) => {
          const node: Decide = { kind: "decide", name: "d", rows: table, otherwise: "D" };
          for (const [looked, bound] of LOOKS) {
            for (const one of payloads) {
              const input = bound(one);
              const taken = table.find((row) => accepts(row.when, input))?.outcome ?? "D";
              const outcomes = [...new Set([taken, ...extra])];
              const scope = scopeBehind(node, looked, { outcomes, all: false, without: false });
              const facts = factsAbout(scope, "here", "payload");
              shown += facts.length;
              const wrong = facts.filter((fact) => !accepts(fact, one));
              if (wrong.length > 0) expect.fail(JSON.stringify([table, outcomes, one, wrong]));
            }
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(shown).toBeGreaterThan(1_000);
  });
});
