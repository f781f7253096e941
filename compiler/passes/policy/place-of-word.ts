/**
 * Where a statement's text says something that was found in Cedar's JSON of it, which has no places:
 * a word or a number, outside of texts and comments. Where it stands several times, the first is
 * shown; where it is not found, all of the statement.
 */
import { withoutComments } from "../../../protocol/language/cedar-text.ts";
import type { Unsealed } from "./lower-statement.ts";
import type { Range } from "./place-in-text.ts";

export function placeOf(cedar: string, found: Unsealed): Range {
  const text = withoutComments(cedar).replace(/"(?:\\.|[^"\\])*"/gs, (quoted) =>
    " ".repeat(quoted.length),
  );
  for (const { 0: token, index: start } of text.matchAll(/\b\w+\b/g)) {
    const same =
      "word" in found
        ? token === found.word
        : /^\d+$/.test(token) && !Number.isSafeInteger(Number(token));
    if (same) return { start, end: start + token.length };
  }
  return { start: 0, end: cedar.length };
}
