/** Whole numbers, patterns and sets against what they are by definition. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { isLike } from "../../../runtime/policy/patterns.ts";
import { contains, equal, type Value } from "../../../runtime/policy/values.ts";
import { minus, negated, plus, times } from "../../../runtime/policy/whole-numbers.ts";

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

/** As values hold them: a `number` wherever one is exact. */
const whole = fc
  .oneof(
    fc.bigInt({ min: MIN, max: MAX }),
    fc.bigInt({ min: -20n, max: 20n }),
    fc.constantFrom(
      MIN,
      MAX,
      MIN + 1n,
      MAX - 1n,
      2n ** 53n,
      2n ** 53n - 1n,
      -(2n ** 53n),
      2n ** 32n,
    ),
  )
  .map(held);

function held(exact: bigint): number | bigint {
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

/** The value of a calculation; undefined where it is beyond 64 bits. */
function attempted(calculate: () => number | bigint): number | bigint | undefined {
  try {
    return calculate();
  } catch {
    return undefined;
  }
}

function within(exact: bigint): number | bigint | undefined {
  return exact < MIN || exact > MAX ? undefined : held(exact);
}

test("a sum, a difference, a product and a negation are exact, or an error", () => {
  fc.assert(
    fc.property(whole, whole, (a, b) => {
      const [x, y] = [BigInt(a), BigInt(b)];
      expect(attempted(() => plus(a, b))).toBe(within(x + y));
      expect(attempted(() => minus(a, b))).toBe(within(x - y));
      expect(attempted(() => times(a, b))).toBe(within(x * y));
      expect(attempted(() => negated(a))).toBe(within(-x));
      expect(a < b).toBe(x < y);
      expect(a <= b).toBe(x <= y);
      expect(equal(a, b)).toBe(x === y);
    }),
    { numRuns: 2_000 },
  );
});

/** Character for character, with every way that a wildcard can go. */
function likeByDefinition(value: string, texts: readonly string[]): boolean {
  const [first = "", ...rest] = texts;
  if (!value.startsWith(first)) return false;
  const left = value.slice(first.length);
  if (rest.length === 0) return left === "";
  return Array.from({ length: left.length + 1 }, (_, at) => left.slice(at)).some((tail) =>
    likeByDefinition(tail, rest),
  );
}

test("a text is like a pattern where there is a way to put the wildcards", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "é", "🎈", "*"), maxLength: 8 });
  const part = fc.string({ unit: fc.constantFrom("a", "b", "é", "🎈", "*"), maxLength: 2 });
  const texts = fc.array(part, { minLength: 1, maxLength: 4 });
  let alike = 0;
  fc.assert(
    fc.property(letters, texts, (value, pattern) => {
      const expected = likeByDefinition(value, pattern);
      expect(isLike(value, pattern)).toBe(expected);
      if (expected) alike += 1;
    }),
    { numRuns: 3_000 },
  );
  expect(alike).toBeGreaterThan(100);
});

test("a pattern of many wildcards takes no longer than its text is long", () => {
  const value = "a".repeat(200_000);
  const stars = Array.from({ length: 200 }, () => "a");
  expect(isLike(value, [...stars, "b"])).toBe(false);
  expect(isLike(value, ["", ...stars, ""])).toBe(true);
});

const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>("", "1", "true", 'Role::"a"', "[1]", 0, 1, 2n ** 60n, true, false),
  fc.constantFrom("a", "b").map((id) => ({ type: "Role" as const, id })),
  fc.constantFrom("a", "b").map((id) => ({ type: "Tenant" as const, id })),
);

const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(scalar, { minLength: 17, maxLength: 20 }),
    fc
      .dictionary(fc.constantFrom("a", "b", "__proto__", "a,b"), tie("value"), { maxKeys: 2 })
      .map((members) => new Map(Object.entries(members))),
  ),
}));

function equalByDefinition(a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    const isIn = (one: Value, all: readonly Value[]) =>
      all.some((it) => equalByDefinition(one, it));
    return a.every((one) => isIn(one, b)) && b.every((one) => isIn(one, a));
  }
  if (a instanceof Map && b instanceof Map) {
    const same = ([name, inner]: [string, Value]) =>
      b.has(name) && equalByDefinition(inner, b.get(name));
    return a.size === b.size && [...a].every(same);
  }
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  return "id" in a && "id" in b && a.type === b.type && a.id === b.id;
}

test("values are equal as sets, records and entities are, and a set contains what is equal", () => {
  fc.assert(
    fc.property(anyValue, anyValue, fc.array(anyValue, { maxLength: 20 }), (a, b, set) => {
      expect(equal(a, b)).toBe(equalByDefinition(a, b));
      expect(equal(a, a)).toBe(true);
      expect(contains(set, a)).toBe(set.some((one) => equalByDefinition(one, a)));
    }),
    { numRuns: 2_000 },
  );
});
