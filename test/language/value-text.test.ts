/** Values as text: what `JSON.stringify` and the canonical form say of them, however often they come by. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonical } from "../../protocol/language/canonical.ts";
import { deepFreeze, type Json } from "../../protocol/language/json.ts";
import { jsonText, maskedText, membersText, quoted } from "../../protocol/language/value-text.ts";
import { isSealed } from "../../runtime/machine/places.ts";

const SEALED = { $sealed: { key: "default/t", mac: "00", data: "ü" } };
const MASK: Json = { $sealed: true };

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.string({ unit: "binary-ascii", maxLength: 8 }),
  fc.constantFrom("", '"', "\\", "\u0000", "\u2028", "é", "z", "Z", "10", "9", "constructor"),
);

const values = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.integer(),
    fc.constantFrom<Json>(null, true, false, -0, SEALED),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(text, tie("value"), { maxKeys: 40 }),
  ),
})).value;

function masked(value: Json): string {
  return canonical(withMasks(value));
}

function withMasks(value: Json): Json {
  if (Array.isArray(value)) return value.map(withMasks);
  if (typeof value !== "object" || value === null) return value;
  if (isSealed(value)) return MASK;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withMasks(inner)]));
}

function check(value: Json): void {
  expect(jsonText(value)).toBe(JSON.stringify(value));
  expect(maskedText(value)).toBe(masked(value));
}

test("both texts are those of the slow way, for values that are frozen and that are not", () => {
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 6 }), (list) => {
      list.forEach(check);
      list.forEach(deepFreeze);
      list.forEach(check);
      // Known again, within others and in another order.
      check([...list].reverse());
      check({ z: list[0] as Json, a: list, Z: { b: list.at(-1) as Json, a: SEALED } });
      list.forEach(check);
    }),
    { numRuns: 300 },
  );
});

test("a value that may still change is never taken for what it was", () => {
  const value: { a: number; list: Json[] } = { a: 1, list: [] };
  check(value);
  value.a = 2;
  value.list.push("more");
  check(value);
});

test("nor is one of which only the outside is frozen", () => {
  const inside = { a: 1 };
  const outsides: readonly Json[] = [Object.freeze({ inside }), Object.freeze([[inside]])];
  outsides.forEach(check);
  inside.a = 2;
  outsides.forEach(check);
});

test("many members are brought into their order as few are", () => {
  const keys = Array.from({ length: 200 }, (_, at) => `k${(at * 7919) % 200}`);
  check(Object.fromEntries(keys.map((key) => [key, key])));
});

test("members stand without braces, and what is undefined is left out", () => {
  const body = { type: "node", row: undefined, output: { b: 1, a: "ü" }, "ke\ny": null };
  expect(`{${membersText(body)}}`).toBe(JSON.stringify(body));
  expect(membersText({})).toBe("");
});

test("a string is quoted as JSON does", () => {
  fc.assert(
    fc.property(text, (one) => {
      expect(quoted(one)).toBe(JSON.stringify(one));
    }),
  );
});

test("what JSON cannot say is our own fault", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, () => 1, 1n]) {
    expect(() => jsonText(value as unknown as Json)).toThrow("a record holds");
  }
});
