/**
 * Text from outside, made safe for a person's eyes in a terminal, in Markdown and in a picture.
 * Nothing that it returns may move a cursor, reorder what is shown, or end a line.
 */

/**
 * What no reader can see or what acts on the medium instead of being shown: controls (C0, DEL, C1),
 * format characters (bidirectional overrides, zero-width joiners, the byte order mark, tags), line
 * and paragraph separators, and surrogates that stand alone.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The text with every such character written as its escape: `\n`, `\u001b`, `\u{e0001}`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, escapeOf);
}

function escapeOf(letter: string): string {
  if (letter === "\n") return "\\n";
  if (letter === "\r") return "\\r";
  if (letter === "\t") return "\\t";
  const code = (letter.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}

/**
 * JSON text with every such character as a JSON escape, so that it can still be parsed. `indent`
 * keeps the line breaks that `JSON.stringify` itself made.
 */
export function visibleJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNSEEN, (letter) =>
    letter === "\n" ? letter : jsonEscapeOf(letter),
  );
}

function jsonEscapeOf(letter: string): string {
  let escaped = "";
  for (let unit = 0; unit < letter.length; unit++) {
    escaped += `\\u${letter.charCodeAt(unit).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
