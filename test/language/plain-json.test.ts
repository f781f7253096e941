/** Plain copies: what is plain JSON is copied to the value, everything else is named by its place. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { plainJson } from "../../protocol/language/plain-json.ts";

test("what JSON can say is copied, frozen, and shared with nobody", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6, noUnicodeString: false }), (given) => {
      const read = plainJson(given);
      if ("problem" in read && hasUnsafeInteger(given)) return;
      if ("problem" in read) throw new Error(read.problem.message);
      expect(read.value).toEqual(JSON.parse(JSON.stringify(given)));
      if (typeof given === "object" && given !== null) {
        expect(read.value).not.toBe(given);
        expect(Object.isFrozen(read.value)).toBe(true);
      }
    }),
  );
});

function hasUnsafeInteger(value: unknown): boolean {
  if (typeof value === "object" && value !== null)
    return Object.values(value).some(hasUnsafeInteger);
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

const circle: { inner?: unknown } = {};
circle.inner = { circle };
let deep: unknown = 1;
for (let level = 0; level < 70; level += 1) deep = [deep];

test.each<[string, unknown, string]>([
  ["a lone surrogate", { a: ["\ud800"] }, "/a/0"],
  ["a number that is not finite", { a: Number.NaN }, "/a"],
  ["an integer beyond 2^53", [1, 2 ** 53], "/1"],
  ["undefined", { a: { b: undefined } }, "/a/b"],
  ["a function", [() => 1], "/0"],
  ["a symbol as a key", { a: { [Symbol("s")]: 1 } }, "/a"],
  ["the key `__proto__`", JSON.parse('{"a":{"__proto__":1}}'), "/a"],
  ["what would pass for a sealed value", { a: { $sealed: 1 } }, "/a"],
  ["a class's object", { a: new Date(0) }, "/a"],
  ["a hole", { a: new Array(1) }, "/a"],
  ["an array with members", { a: Object.assign([], { x: 1 }) }, "/a"],
  [
    "what has a getter that throws",
    {
      a: {
        get b(): never {
          throw new Error("no");
        },
      },
    },
    "/a",
  ],
])("%s is named by its place", (_, given, pointer) => {
  expect(plainJson(given)).toMatchObject({ problem: { pointer } });
});

test("circles and depths end", () => {
  expect(plainJson(circle)).toHaveProperty("problem");
  expect(plainJson(deep)).toHaveProperty("problem");
});

test("minus zero is zero, and null stays null", () => {
  expect(plainJson({ a: -0, b: null })).toEqual({ value: { a: 0, b: null } });
  expect(plainJson(null)).toEqual({ value: null });
  const bare = Object.assign(Object.create(null) as object, { a: 1 });
  expect(plainJson(bare)).toEqual({ value: { a: 1 } });
});
