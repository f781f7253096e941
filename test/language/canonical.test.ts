/** Canonical JSON gives the bytes of RFC 8785, and refuses what JSON cannot say. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonical } from "../../protocol/language/canonical.ts";
import type { Json } from "../../protocol/language/json.ts";

const vectors = join(import.meta.dirname, "../../../shared/cases/jcs/testdata");

if (existsSync(vectors)) {
  for (const file of readdirSync(join(vectors, "input"))) {
    test(`the published vector ${file} gives its bytes`, () => {
      const input = JSON.parse(readFileSync(join(vectors, "input", file), "utf8")) as Json;
      const expected = readFileSync(join(vectors, "output", file));
      expect(Buffer.from(canonical(input)).equals(expected)).toBe(true);
    });
  }
} else {
  test.skip("skipped: no shared cases", () => {});
}

test("numbers are written as ECMAScript writes them", () => {
  const numbers: readonly [number, string][] = [
    [0, "0"],
    [-0, "0"],
    [1e21, "1e+21"],
    [1e-7, "1e-7"],
    [4.5, "4.5"],
    [333333333.3333333, "333333333.3333333"],
    [5e-324, "5e-324"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
  ];
  for (const [number, text] of numbers) expect(canonical(number)).toBe(text);
});

test("members are sorted by UTF-16 code units, at every level", () => {
  expect(
    canonical({ "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, ö: { b: 1, a: 2 } }),
  ).toBe('{"\\r":2,"1":4,"ö":{"a":2,"b":1},"€":1,"😀":5,"\ufb33":3}');
});

test("what JSON cannot say is refused", () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  for (const value of [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "\ud800",
    { "\udfff": 1 },
    undefined,
  ]) {
    expect(() => canonical(value as Json)).toThrow(/canonical JSON|well-formed/);
  }
  expect(() => canonical((() => 1) as unknown as Json)).toThrow("canonical JSON holds no function");
  expect(() => canonical(cycle as unknown as Json)).toThrow();
});

test("the order in which members were written does not matter", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), (object) => {
      const turned = Object.fromEntries(Object.entries(object).reverse());
      expect(canonical(turned as Json)).toBe(canonical(object as Json));
      expect(JSON.parse(canonical(object as Json))).toEqual(JSON.parse(JSON.stringify(object)));
    }),
  );
});
