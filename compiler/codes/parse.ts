/** Diagnostics of the pass `parse`. */
import { entry } from "./entry.ts";
import { quote } from "./quote.ts";

interface Text extends Readonly<Record<string, string>> {
  readonly text: string;
}

export const PARSE = {
  "parse/alias": entry<Text>(
    (p) => `${quote(p.text)} is an alias, which the language does not have`,
    {
      hint: "Write the value out, or name a schema and refer to it; quote the text if it was meant as text.",
    },
  ),
  "parse/ambiguous-value": entry<Text>(
    (p) => `${quote(p.text)} means different things to different readers of YAML`,
    {
      hint: "Quote it if it is text; write numbers as JSON does, and `true`, `false`, `null` in lower case.",
    },
  ),
  "parse/anchor": entry<Text>(
    (p) => `${quote(p.text)} is an anchor, which the language does not have`,
    { hint: "Remove it; quote the text if it was meant as text." },
  ),
  "parse/bad-escape": entry<Text>(
    (p) => `${quote(p.text)} begins an escape that YAML does not have`,
    {
      hint: "Write a backslash as `\\\\` between double quotes, or use single quotes.",
    },
  ),
  "parse/bad-indent": entry<Text>(() => "this line is indented unlike the lines it belongs to", {
    hint: "Begin the keys of one mapping, and the dashes of one list, in the same column.",
  }),
  "parse/bad-syntax": entry<Text>((p) => `this is not YAML: ${p.text}`),
  "parse/directive": entry<Text>(
    (p) => `${quote(p.text)} is a directive, which the language does not have`,
    {
      hint: "Remove the line: every file is read as YAML 1.2.",
    },
  ),
  "parse/duplicate-key": entry<Text>(
    (p) => `the key ${quote(p.text)} stands twice in one mapping`,
    {
      hint: "Keep one of the two.",
    },
  ),
  "parse/empty-file": entry((): string => "this file declares nothing", {
    severity: "warning",
    hint: "Write an artifact into it, or remove it.",
  }),
  "parse/empty-value": entry<Text>(
    (p) => (p.text === "" ? "a value is missing here" : `the key ${quote(p.text)} has no value`),
    { hint: "Write the value, `{}` or `[]` for an empty one, or `null` if null is meant." },
  ),
  "parse/explicit-key": entry<Text>(
    () => "`?` begins a key that stands alone, which the language does not have",
    {
      hint: "Write `key: value`.",
    },
  ),
  "parse/forbidden-key": entry<Text>((p) => `${quote(p.text)} is not allowed as a key`, {
    hint: "Choose another name: programs that read it could take it for something else.",
  }),
  "parse/lone-surrogate": entry<Text>((p) => `${quote(p.text)} holds half of a character`, {
    hint: "Write the character itself, or both of its `\\u` escapes.",
  }),
  "parse/long-key": entry<Text>(() => "a key is longer than the 1024 characters that YAML allows"),
  "parse/merge-key": entry<Text>(() => "`<<` merges mappings, which the language does not have", {
    hint: "Write the keys out.",
  }),
  "parse/missing-colon": entry<Text>(
    (p) => `${quote(p.text)} stands where a key and its colon are expected`,
    {
      hint: "Write `key: value` on one line, or indent the line if it continues the text above.",
    },
  ),
  "parse/missing-comma": entry<Text>(
    () => "a comma is missing between the items of this collection",
    {
      hint: "Separate the items with `, `.",
    },
  ),
  "parse/missing-space": entry<Text>((p) => `a space is missing before ${quote(p.text)}`),
  "parse/nested-mapping": entry<Text>(() => "a second mapping begins on the line of a key", {
    hint: "Quote the text if it holds a colon; begin a mapping on a line of its own.",
  }),
  "parse/non-string-key": entry<Text>(
    (p) => (p.text === "" ? "this key is not text" : `the key ${quote(p.text)} is not text`),
    { hint: "Quote the key." },
  ),
  "parse/not-a-mapping": entry<{ found: string }>(
    (p) => `a document must be a mapping that begins with \`kind:\`, found ${p.found}`,
    { hint: "Put a space after each colon; remove a `---` with nothing after it." },
  ),
  "parse/number-range": entry<Text>((p) => `the number ${quote(p.text)} cannot be held exactly`, {
    hint: "Integers go from -9007199254740991 to 9007199254740991; write a larger one as text.",
  }),
  "parse/reserved-start": entry<Text>((p) => `plain text cannot begin with ${quote(p.text)}`, {
    hint: "Quote the text.",
  }),
  "parse/tab-indent": entry<Text>(() => "a tab indents this line", { hint: "Indent with spaces." }),
  "parse/tag": entry<Text>((p) => `${quote(p.text)} is a tag, which the language does not have`, {
    hint: "Remove it; quote the text if it was meant as text.",
  }),
  "parse/too-deep": entry<Text>((p) => `this nests deeper than ${p.text} levels`, {
    hint: "Name inner schemas as artifacts of their own and refer to them with `$ref`.",
  }),
  "parse/too-many-values": entry<{ limit: string }>(
    (p) => `this document holds more than ${p.limit} keys and values`,
    {
      hint: "Split it into several artifacts; keep data in payloads and stores, not in a protocol.",
    },
  ),
  "parse/unclosed-bracket": entry<Text>((p) => `the bracket ${quote(p.text)} is missing`, {
    hint: "Close the collection; a collection over several lines is indented more than its key.",
  }),
  "parse/unclosed-quote": entry<Text>((p) => `the quote ${quote(p.text)} is never closed`),
} as const;
