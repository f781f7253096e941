/**
 * The quick reader against the library: what the one reads, the other reads alike, to the last
 * place. What only one of them would take is never taken.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readAnyYaml } from "../../../compiler/yaml.ts";
import { readQuickly } from "../../../compiler/yaml-quick.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";

const ROOT = join(import.meta.dirname, "../../..");

function textsIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => readFileSync(join(ROOT, folder, file), "utf8"));
}

const texts = [...textsIn("protocol/domains"), ...textsIn("compiler/codes/cases")];

/** True where the quick reader took the text; then it must have read it as the library does. */
function readsAlike(text: string): boolean {
  const quick = readQuickly(text, LIMITS.sourceDepthMax);
  if (quick === null) return false;
  expect({ documents: quick, faults: [] }, text).toEqual(readAnyYaml(text, LIMITS.sourceDepthMax));
  return true;
}

test("every protocol is read alike, and most of them quickly", () => {
  const quick = texts.filter(readsAlike).length;
  expect(quick / texts.length).toBeGreaterThan(0.5);
});

/** Pieces of YAML that mean something in some place, to be put where they may not. */
const PIECES = [
  ..." \n\t:-#,[]{}\"'|>&*!%?@`~.$/0a",
  ..."  |\n  |: | #|- |\n- |\n---\n|---|...|{ a: b }|[a, b]|: :|::|'|''|a: |$.a|-1|\n\n|#c\n|\r\n|é|🦉".split(
    "|",
  ),
];

const mutations = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.integer({ min: 0, max: 4 }),
    put: fc.constantFrom(...PIECES),
  }),
  { minLength: 1, maxLength: 4 },
);

interface Mutation {
  readonly at: number;
  readonly cut: number;
  readonly put: string;
}

function mutate(text: string, changes: readonly Mutation[]): string {
  return changes.reduce((changed, { at, cut, put }) => {
    const place = Math.floor(at * changed.length);
    return changed.slice(0, place) + put + changed.slice(place + cut);
  }, text);
}

test("a protocol changed anywhere is read alike, or left to the library", () => {
  fc.assert(
    fc.property(fc.constantFrom(...texts), mutations, (text, changes) => {
      readsAlike(mutate(text, changes));
    }),
    { numRuns: 3_000 },
  );
});

test("text made of any pieces of YAML is read alike, or left to the library", () => {
  const piece = fc.constantFrom(
    ...PIECES,
    "\n",
    "\n  ",
    "\n    ",
    "a",
    "b: ",
    "c: 1",
    "- ",
    "\n- ",
  );
  const lines = fc.array(piece, { minLength: 1, maxLength: 24 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(lines, (text) => {
      readsAlike(text);
      readsAlike(`a: ${text}`);
    }),
    { numRuns: 10_000 },
  );
});

test("a block of any lines is read alike, or left to the library", () => {
  const piece = fc.constantFrom(
    "",
    " ",
    "  ",
    "    ",
    "b",
    "# c",
    "- d",
    "e: f",
    "---",
    "...",
    "|",
  );
  const line = fc.array(piece, { maxLength: 3 }).map((parts) => parts.join(""));
  const taken = new Set<boolean>();
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.boolean(), (lines, inside) => {
      const block = ["a: |", ...lines, ""].join("\n");
      taken.add(readsAlike(inside ? `x:\n  - y: 1\n    ${block}\nz: 1\n` : block));
    }),
    { numRuns: 3_000 },
  );
  expect(taken).toEqual(new Set([true, false]));
});

test.each([
  ["an empty document at the end", "a: 1\n---\n"],
  ["a separator with something on its line", "--- a\n"],
  ["an end of document", "a: 1\n...\n"],
  ["a text that goes on below", "a: b\n  c\n"],
  ["a text between quotes that goes on below", 'a: "b\n  c"\n'],
  ["braces over several lines", "a: {\n  b: 1 }\n"],
  ["a block that says how it ends", "a: |-\n  b\n"],
  ["a block that says where it begins", "a: |2\n    b\n"],
  ["a folded block", "a: >\n  b\n"],
  ["a block that ends with the text", "a: |\n  b"],
  ["a block without a line", "a: |\nb: 1\n"],
  ["a block that falls back", "a: |\n    b\n  c\n"],
  ["a value that is missing", "a:\nb: 1\n"],
  ["a list in a list on one line", "a:\n  - - b\n"],
  ["too many levels", `a: ${"[".repeat(64)}${"]".repeat(64)}`],
])("%s is left to the library", (_, text) => {
  expect(readQuickly(text, LIMITS.sourceDepthMax)).toBeNull();
});
