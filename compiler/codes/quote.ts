/** The author's words inside a message: in backticks, on one line, short, safe for a terminal. */

const QUOTED_CHARS_MAX = 80;

/** Control, bidirectional and line-separating characters: they could change what a reader sees. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

export function quote(text: string): string {
  const cut = text.length > QUOTED_CHARS_MAX ? `${text.slice(0, QUOTED_CHARS_MAX - 1)}…` : text;
  return `\`${visible(cut)}\``;
}

/** Text with its invisible characters written as escapes, and no lone surrogate. */
export function visible(text: string): string {
  return text
    .toWellFormed()
    .replace(INVISIBLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Several names, each quoted: `a`, `b` and `c`. */
export function quoteAll(names: readonly string[]): string {
  const quoted = names.map(quote);
  const last = quoted.pop();
  if (last === undefined) return "none";
  return quoted.length === 0 ? last : `${quoted.join(", ")} and ${last}`;
}
