/**
 * Whatever a file holds, the front of the compiler answers: with a world, or with diagnostics whose
 * places are there. It never throws, and no text makes it take more than time in proportion.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { isCode } from "../../../compiler/codes.ts";
import type { Diagnostic } from "../../../compiler/diagnostic.ts";
import { formatText } from "../../../compiler/format/text.ts";
import { protocolFilesOf } from "../../../compiler/protocol-files.ts";
import { frontOf } from "../from-text.ts";

const plain = (text: string) => text;
const paint = { bold: plain, red: plain, yellow: plain, cyan: plain, dim: plain };

/** Compiles bytes as a file of a domain, and checks that every finding makes sense. */
function answer(bytes: Uint8Array | string): number {
  const content = Buffer.from(bytes);
  const { world, diagnostics } = frontOf(protocolFilesOf({ "example/a.yaml": content }));
  const text = content.toString("utf8");
  const lines = text.split("\n");
  // There are thousands of them: each is looked at, and all are expected of at once.
  expect(diagnostics.filter((one) => !makesSense(one, lines))).toEqual([]);
  expect(world === null).toBe(diagnostics.some(({ severity }) => severity === "error"));
  const shown = formatText(diagnostics, { texts: new Map([[A, text]]), paint });
  expect(shown).not.toMatch(UNSAFE);
  return diagnostics.length;
}

function makesSense(
  { code, span, message, severity }: Diagnostic,
  lines: readonly string[],
): boolean {
  if (!isCode(code) || /undefined|\[object|^\s*$/.test(message)) return false;
  if (!message.isWellFormed() || !["error", "warning"].includes(severity)) return false;
  if (!span.file.endsWith("/a.yaml") || code.startsWith("load/")) return true;
  const line = lines[span.line - 1];
  if (line === undefined || span.column < 1 || span.column > line.length + 1) return false;
  const extent = span.endLine - span.line || span.endColumn - span.column;
  return extent >= 0;
}

const A = "protocol/domains/example/a.yaml";

/** What could move a terminal's cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

const SAMPLE = `# A domain with everything.
kind: domain
code: example
summary: "A domain: é 🦉"
uses: [platform]
---
kind: schema
code: SC_PERSON_V0
summary: >-
  A person,
  in two lines.
schema:
  type: object
  required: [name]
  properties:
    name: { type: string, maxLength: 80, pattern: '^[A-Z]', x-label: [pii] }
    home: { $ref: '#/$defs/place' }
  $defs: { place: { enum: [here, 'there', 3, null] } }
---
kind: effect
code: CS_PEOPLE_V0
summary: People.
semantics: registry
store: people
key: { type: string }
value: { $ref: SC_PERSON_V0 }
clearance: [pii]
---
kind: workflow
code: WF_KEEP_V0
summary: Keep a person.
payload: { type: object, required: [person], properties: { person: { $ref: SC_PERSON_V0 } } }
start: id
nodes:
  id:
    transform: platform::CT_CONTENT_ID_V0
    with: { prefix: PE, data: $.payload.person }
    on: { SUCCESS: choose }
  choose:
    decide:
      - { when: { type: object, required: [home] }, outcome: HOME }
      - otherwise: NOWHERE
    with: $.payload.person
    on: { HOME: keep, NOWHERE: refused }
  keep:
    effect: CS_PEOPLE_V0
    op: REGISTER
    with:
      key: $.nodes.id.id
      value: $.payload.person
    on: { SUCCESS: kept, ALREADY_EXISTS: kept }
exits:
  kept: { outcome: SUCCESS, result: { id: $.nodes.id.id } }
  refused: { outcome: REFUSED }
on_fault: { outcome: FAULTED }
`;

test("the sample has no fault", () => {
  expect(answer(SAMPLE)).toBe(0);
});

test("bytes changed anywhere get an answer", () => {
  const sample = Buffer.from(SAMPLE);
  const change = fc.record({
    at: fc.nat(sample.length - 1),
    cut: fc.nat(12),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 3 }),
      fc.string({ maxLength: 6, unit: "grapheme" }).map((text) => Buffer.from(text)),
      fc.constantFrom(..."\n -:#&*!%@`'\"[]{},?|>\t\\~$".split("").map((c) => Buffer.from(c))),
    ),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
      const bytes = changes.reduce<Buffer>(
        (all, { at, cut, put }) =>
          Buffer.concat([all.subarray(0, at), Buffer.from(put), all.subarray(at + cut)]),
        sample,
      );
      answer(bytes);
    }),
    { numRuns: 400 },
  );
});

test("values changed anywhere get an answer", () => {
  const words = SAMPLE.match(/[A-Za-z_:$.]+/g) ?? [];
  const swap = fc.tuple(
    fc.nat(words.length - 1),
    fc.constantFrom(...words, "null", "{}", "[1]", "''", "7"),
  );
  fc.assert(
    fc.property(fc.array(swap, { minLength: 1, maxLength: 6 }), (swaps) => {
      const put = new Map(swaps);
      let count = -1;
      answer(SAMPLE.replace(/[A-Za-z_:$.]+/g, (word) => put.get(++count) ?? word));
    }),
    { numRuns: 400 },
  );
});

test("lines left out, repeated and indented otherwise get an answer", () => {
  const lines = SAMPLE.split("\n");
  const change = fc.tuple(
    fc.nat(lines.length - 1),
    fc.constantFrom("drop", "double", "in", "out", "cut"),
  );
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const what = new Map(changes);
      const changed = lines.flatMap((line, at) => {
        switch (what.get(at)) {
          case "drop":
            return [];
          case "double":
            return [line, line];
          case "in":
            return [`  ${line}`];
          case "out":
            return [line.replace(/^ {1,2}/, "")];
          case "cut":
            return [line.slice(0, line.length >> 1)];
          default:
            return [line];
        }
      });
      answer(changed.join("\n"));
    }),
    { numRuns: 400 },
  );
});

const HEAD = "kind: domain\ncode: example\nsummary: x\n";
const SCHEMA = `${HEAD}---\nkind: schema\ncode: SC_A_V0\nsummary: x\nschema: `;
const FILL = 100_000;

function filled(begin: string, piece: string | ((at: number) => string), end = ""): string {
  const pieces: string[] = [];
  for (let length = 0, at = 0; length < FILL; at++) {
    const next = typeof piece === "string" ? piece : piece(at);
    pieces.push(next);
    length += next.length;
  }
  return begin + pieces.join("") + end;
}

test.each([
  ["newlines", filled("", "\n")],
  ["dashes", filled("", "-\n")],
  ["questions", filled("", "?\n")],
  ["colons", filled("", ":\n")],
  ["quotes", filled("", '"')],
  ["quotes that are not closed", filled("", '- "\n')],
  ["backslashes", filled('a: "', "\\")],
  ["brackets", filled("", "[]")],
  ["closing brackets", filled("", "]")],
  ["opening brackets", filled("", "a: [\n")],
  ["commas", filled("a: [", ",", "]")],
  ["separators", filled("", "---\n")],
  ["directives", filled("", "%YAML 1.1\n")],
  ["anchors", filled("", "a: &x 1\n")],
  ["aliases", filled("", "- *x\n")],
  ["tags", filled("", "- !t 1\n")],
  ["comments", filled("a:\n", " #c\n", " b: 1\n")],
  ["spaces", filled("a: ", " ", "b")],
  ["a key of many characters", filled("", "a", ": 1")],
  ["equal keys", filled("", "a: 1\n")],
  ["different keys", filled(HEAD, (at) => `k${at}: 1\n`)],
  ["a number of many digits", filled("a: ", "1", "x")],
  ["underscores in a number", filled("a: 1", "_", "x")],
  [
    "artifacts that name nothing",
    filled(
      HEAD,
      (at) => `---\nkind: schema\ncode: SC_A${at}_V0\nsummary: x\nschema: { $ref: SC_B${at}_V0 }\n`,
    ),
  ],
  [
    "one artifact again and again",
    filled(HEAD, "---\nkind: schema\ncode: SC_A_V0\nsummary: x\nschema: true\n"),
  ],
  ["unknown domains", filled(`${HEAD}uses: [`, (at) => `a${at},`, "]")],
  [
    "pointers that lead nowhere",
    filled(`${SCHEMA}\n  $defs:\n`, (at) => `    k${at}: { $ref: '#/$defs/x${at}' }\n`),
  ],
  ["unknown keywords", filled(`${SCHEMA}\n  properties:\n`, (at) => `    k${at}: { typ: 1 }\n`)],
  [
    "values of the wrong type",
    filled(`${SCHEMA}{ type: integer, enum: [`, (at) => `a${at},`, "] }"),
  ],
  [
    "members that cannot be",
    filled(`${SCHEMA}{ additionalProperties: false, required: [`, (at) => `a${at},`, "] }"),
  ],
  ["a pattern of many groups", filled(`${SCHEMA}{ pattern: "`, "(a|", '" }')],
  ["a pattern of nested groups", `${SCHEMA}{ pattern: "${"(".repeat(500)}a${")".repeat(500)}" }`],
  [
    "many patterns",
    filled(`${SCHEMA}\n  patternProperties:\n`, (at) => `    "a${at}{100}": true\n`),
  ],
  ["nodes of no kind", filled(`${HEAD}---\nkind: workflow\nnodes:\n`, (at) => `  n${at}: {}\n`)],
  [
    "rows after otherwise",
    filled(`${HEAD}---\nkind: workflow\nnodes:\n  a:\n    decide:\n`, "    - otherwise: FAULT\n"),
  ],
])("a file full of %s gets an answer", (_, text) => {
  answer(text);
});
