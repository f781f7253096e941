import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../compiler/diagnostic.ts";
import { typecheck } from "../../../compiler/passes/typecheck.ts";
import type { Capabilities, TransformAnswer } from "../../../protocol/language/capabilities.ts";
import { type Digest, NO_DIGEST } from "../../../protocol/language/digest.ts";
import type { Json } from "../../../protocol/language/json.ts";
import { worldOf } from "../from-text.ts";

const CONTRACT = `kind: transform
code: CT_SAME_V0
summary: Whether two texts are the same.
input:
  type: object
  required: [left]
  properties: { left: { type: string } }
outcomes:
  EQUAL: { type: object, additionalProperties: false, properties: { n: { type: integer } } }
  DIFFERENT: { type: object }
implementation: compare
examples:
  - { input: { left: a, deep: { list: [1, 2] } }, outcome: EQUAL, output: { n: 1 } }
  - { input: { left: b }, outcome: DIFFERENT, output: {} }
`;

/** Capabilities of which `compare` is this function, and all others are unknown. */
function only(run: (input: Json) => unknown): Capabilities {
  return {
    names: () => ["compare"],
    digestOf: (name): Digest | undefined => (name === "compare" ? NO_DIGEST : undefined),
    kindOf: (name) => (name === "compare" ? "transform" : undefined),
    transform: () => run as (input: Json) => TransformAnswer,
    external: () => {
      throw new Error("nothing here calls the outside");
    },
  };
}

/** What is found in the contract above, the platform's own left out. */
function found(run: (input: Json) => unknown): readonly Diagnostic[] {
  const world = worldOf(CONTRACT);
  const own = [...world.transforms].filter(([name]) => name === "example::CT_SAME_V0");
  return typecheck({ ...world, transforms: new Map(own) }, only(run)).diagnostics;
}

const right = (input: Json): TransformAnswer =>
  (input as { left: string }).left === "a"
    ? { outcome: "EQUAL", output: { n: 1 } }
    : { outcome: "DIFFERENT", output: {} };

const codes = (run: (input: Json) => unknown) => found(run).map((one) => one.code);

describe("the examples of a contract", () => {
  it("hold where the implementation answers as they say", () => {
    expect(found(right)).toEqual([]);
  });

  it("refuse a promise, however it settles: typecheck/example-promise", () => {
    expect(codes(() => Promise.reject(new Error("never seen")))).toEqual([
      "typecheck/example-promise",
      "typecheck/example-promise",
    ]);
  });

  it("catch what is thrown, whatever it is", () => {
    for (const thrown of [new Error("no"), "no", null, undefined, { toString: null }]) {
      const run = () => {
        throw thrown;
      };
      expect(codes(run), String(typeof thrown)).toEqual([
        "typecheck/example-throws",
        "typecheck/example-throws",
      ]);
    }
  });

  it("give a frozen copy of the input, so that changing it is a fault", () => {
    const run = (input: Json) => {
      (input as { deep?: { list: number[] } }).deep?.list.push(3);
      return right(input);
    };
    expect(codes(run)).toEqual(["typecheck/example-throws"]);
  });

  it("refuse answers that are no answers", () => {
    const answers: readonly unknown[] = [
      undefined,
      null,
      "EQUAL",
      {},
      { outcome: "EQUAL" },
      { outcome: 1, output: {} },
      { outcome: "OTHER", output: {} },
      { outcome: "EQUAL", output: { n: "1" } },
      { outcome: "toString", output: {} },
    ];
    for (const answer of answers) {
      expect(
        codes(() => answer),
        JSON.stringify(answer),
      ).toEqual(["typecheck/example-malformed", "typecheck/example-malformed"]);
    }
  });

  it("refuse outputs that JSON cannot say", () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    for (const output of [{ n: Number.NaN }, loop, { n: 1, f: () => 1 }, { text: "\ud800" }]) {
      const run = () => ({ outcome: "DIFFERENT", output });
      expect(codes(run)).toEqual(["typecheck/example-malformed", "typecheck/example-malformed"]);
    }
  });

  it("name the first place where the output differs", () => {
    const [one] = found((input) =>
      (input as { left: string }).left === "a"
        ? { outcome: "EQUAL", output: { n: 2 } }
        : right(input),
    );
    expect(one).toMatchObject({
      code: "typecheck/example-output",
      parameters: { expected: "1", found: "2", where: " at `/n`" },
    });
  });
});
