/** Plain patterns: whatever is taken as one decides as the linear-time engine does, and in no time. */
import fc from "fast-check";
import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { plainPattern } from "../../protocol/language/plain-pattern.ts";

const atom = fc.constantFrom(
  "a",
  "Z",
  "0",
  "_",
  "-",
  ":",
  "/",
  "@",
  " ",
  "[a-f]",
  "[A-Z0-9_]",
  "[0-9-]",
);
const count = fc.constantFrom("", "*", "+", "?", "{0}", "{2}", "{0,3}", "{1,2}", "{1,}");
const part = fc.tuple(atom, count).map((both) => both.join(""));
const pattern = fc.array(part, { maxLength: 6 }).map((parts) => `^${parts.join("")}$`);
const text = fc.string({ unit: fc.constantFrom(..."aabfZ00__-:/@ \n.é"), maxLength: 12 });

test("a plain pattern decides as the linear-time engine does", () => {
  let taken = 0;
  fc.assert(
    fc.property(pattern, text, (source, subject) => {
      const plain = plainPattern(source);
      if (plain === undefined) return;
      taken += 1;
      const linear = RE2JS.compile(RE2JS.translateRegExp(source));
      expect(plain.test(subject)).toBe(linear.test(subject));
    }),
    { numRuns: 3_000 },
  );
  expect(taken).toBeGreaterThan(1_000);
});

test.each([
  "^[a-z]+[a-z]+$",
  "^(a+)+$",
  "^a|b$",
  "a$",
  "^a",
  "^.*$",
  "^\\d+$",
  "^[^a]*$",
  "^a{1,}b*$",
  "^[a-z]{0,99}[a-z]{0,99}$",
  "^[z-a]$",
  "",
  "^",
])("`%s` is left to the linear-time engine", (source) => {
  expect(plainPattern(source)).toBeUndefined();
});

test.each([
  "^[A-Z]{2}_[0-9a-f]{64}$",
  "^[A-Z][A-Z0-9_]{0,31}_[0-9a-f]{64}$",
  "^0x[0-9a-f]*$",
  "^$",
])("`%s` is plain", (source) => {
  expect(plainPattern(source)).toBeDefined();
});
