/**
 * Suggestions for names that are not there. What is close is the language's business; this bounds
 * the work where a protocol is wrong in thousands of places among thousands of names.
 */
import { closest } from "../protocol/language/did-you-mean.ts";
import { LIMITS } from "../protocol/language/limits.ts";

export { closest, didYouMean } from "../protocol/language/did-you-mean.ts";

/** The close one of some names, if there is one. */
export type Suggest = (wrong: string, names: readonly string[]) => string | undefined;

/** Suggests until so many names were looked at as one pass may; from then on it is silent. */
export function boundedSuggest(): Suggest {
  let left = LIMITS.suggestionNamesMax;
  return (wrong, names) => {
    if (names.length > left) return undefined;
    left -= names.length;
    return closest(wrong, names);
  };
}

/** The hint that names a suggestion, or nothing to say. */
export function hintAt(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `Did you mean \`${name}\`?`;
}
