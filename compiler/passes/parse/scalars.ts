/**
 * What a plain scalar stands for: `true`, `false`, `null`, a number as JSON writes it, or text. What
 * another YAML reader would take for a number or a word is refused, never guessed at.
 */

export type PlainValue =
  | { readonly value: string | number | boolean | null }
  | { readonly fault: "ambiguous-value" | "number-range" };

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/** A number as JSON writes it (RFC 8259 section 6). */
const JSON_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;

const WORD_LIKE = /^(?:~|null|true|false)$/i;

/** What YAML 1.1 or the core schema of YAML 1.2 reads as a number, and JSON does not. */
const NUMBER_LIKE =
  /^[-+]?(?:0x[0-9a-f_]+|0o[0-7]+|0b[01_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?|\.[0-9][0-9_]*(?:e[-+]?[0-9]+)?|\.inf|\.nan)$/i;

export function plainValue(text: string): PlainValue {
  const word = WORDS.get(text);
  if (word !== undefined) return { value: word };
  if (!MAY_MEAN_MORE.test(text)) return { value: text };
  if (JSON_NUMBER.test(text)) return numberOf(text);
  return WORD_LIKE.test(text) || NUMBER_LIKE.test(text)
    ? { fault: "ambiguous-value" }
    : { value: text };
}

/** A cheap first look: nearly every plain scalar begins with none of these. */
const MAY_MEAN_MORE = /^[-+.~0-9ntf]/i;

function numberOf(text: string): PlainValue {
  const value = Number(text);
  const exact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (!exact) return { fault: "number-range" };
  return { value: Object.is(value, -0) ? 0 : value };
}
