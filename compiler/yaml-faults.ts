/**
 * The library's words for what is wrong with a YAML text, put into ours: each name here is the
 * second half of a code of the pass `parse`. It only names; it decides nothing.
 */

export type YamlFaultName =
  | "anchor"
  | "alias"
  | "tag"
  | "directive"
  | "explicit-key"
  | "too-deep"
  | "unclosed-quote"
  | "unclosed-bracket"
  | "tab-indent"
  | "bad-indent"
  | "nested-mapping"
  | "missing-colon"
  | "missing-comma"
  | "missing-space"
  | "long-key"
  | "bad-escape"
  | "reserved-start"
  | "bad-syntax";

export interface YamlFault {
  readonly what: YamlFaultName;
  readonly start: number;
  readonly end: number;
  /** The author's text that is wrong, or the limit that it exceeds. */
  readonly text: string;
}

/** Tokens that the language refuses, by their first character. */
export const FORBIDDEN_TOKENS: Readonly<Record<string, YamlFaultName>> = Object.freeze({
  "&": "anchor",
  "*": "alias",
  "!": "tag",
  "%": "directive",
  "?": "explicit-key",
});

const NAMES: Readonly<Record<string, YamlFaultName>> = Object.freeze({
  TAB_AS_INDENT: "tab-indent",
  BAD_INDENT: "bad-indent",
  BLOCK_AS_IMPLICIT_KEY: "nested-mapping",
  MULTILINE_IMPLICIT_KEY: "missing-colon",
  BLOCK_IN_FLOW: "missing-comma",
  KEY_OVER_1024_CHARS: "long-key",
  BAD_DQ_ESCAPE: "bad-escape",
  BAD_SCALAR_START: "reserved-start",
});

/** One library code stands for several faults; its sentence tells them apart. */
const MISSING: readonly (readonly [words: string, name: YamlFaultName])[] = [
  ["Missing ,", "missing-comma"],
  ["Implicit map keys", "missing-colon"],
  ["Comments must be separated", "missing-space"],
  ["Missing space", "missing-space"],
];

/** Codes of the library that only repeat that a tag, an anchor, an alias or a directive was found. */
const ECHOES: ReadonlySet<string> = new Set([
  "ALIAS_PROPS",
  "BAD_ALIAS",
  "BAD_COLLECTION_TYPE",
  "BAD_DIRECTIVE",
  "BAD_PROP_ORDER",
  "MULTIPLE_ANCHORS",
  "MULTIPLE_TAGS",
  "TAG_RESOLVE_FAILED",
]);

export function isEcho(code: string, message: string): boolean {
  return ECHOES.has(code) || message.startsWith("Tags and anchors");
}

const UNCLOSED = /and end with a ([}\]])/;

/** A fault of syntax as the library reports it, in our words. */
export function syntaxFault(
  code: string,
  message: string,
  [offset, stop]: readonly [number, number],
  text: string,
): YamlFault {
  // The library points at the beginning of a line where it means the first word on it.
  const start =
    offset + (/^[ \r\n]*(?=[^ \r\n])/.exec(text.slice(offset, offset + 200))?.[0].length ?? 0);
  const end = Math.max(stop, start + 1);
  const bracket = UNCLOSED.exec(message)?.[1];
  if (bracket !== undefined) return place("unclosed-bracket", start, end, bracket);
  const missing = MISSING.find(([words]) => code === "MISSING_CHAR" && message.startsWith(words));
  const what = missing?.[1] ?? NAMES[code] ?? "bad-syntax";
  if (what === "reserved-start" && text[start] === "\t") return place("tab-indent", start, end, "");
  if (what === "bad-escape") return place(what, start, start + 2, text.slice(start, start + 2));
  if (what === "bad-syntax") return place(what, start, end, lowerCased(message));
  return place(what, start, end, firstLine(text.slice(start, end)));
}

function place(what: YamlFaultName, start: number, end: number, text: string): YamlFault {
  return { what, start, end, text };
}

function firstLine(text: string): string {
  return (text.split("\n", 1)[0] ?? "").trim();
}

function lowerCased(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
