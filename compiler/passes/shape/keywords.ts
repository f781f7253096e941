/** Keywords of JSON Schema that the language does not take, and what to write in their place. */
import { quote } from "../../codes/quote.ts";
import { type Diagnostic, diagnose, type Span } from "../../diagnostic.ts";
import { didYouMean } from "../../did-you-mean.ts";

const INSTEAD: ReadonlyMap<string, string> = new Map([
  ["default", "PGS never fills a value in: decide on the missing member in a `decide` node."],
  ["definitions", "Write `$defs`."],
  ["$id", "The artifact's code is its name."],
  ["$schema", "Every schema is JSON Schema 2020-12."],
  ["$anchor", "Refer to the place with a pointer: `#/$defs/name`."],
  ["$dynamicRef", "Write `$ref`; schemas that contain themselves are not taken."],
  ["$recursiveRef", "Write `$ref`; schemas that contain themselves are not taken."],
  ["additionalItems", "Write `items` beside `prefixItems`."],
  ["unevaluatedItems", "Write `items` beside `prefixItems`."],
  [
    "unevaluatedProperties",
    "Write `additionalProperties` beside the `properties` that it leaves out.",
  ],
  ["dependencies", "Write `dependentRequired`."],
  ["dependentSchemas", "Write `if` and `then`."],
  ["nullable", "Write `type: [string, 'null']`."],
  ["contentEncoding", "Write a `pattern` for the text."],
  ["contentMediaType", "Write a `pattern` for the text."],
  ["readOnly", "It says nothing here."],
  ["writeOnly", "It says nothing here."],
]);

export function unknownKeyword(keyword: string, known: readonly string[], at: Span): Diagnostic {
  const hint =
    INSTEAD.get(keyword) ??
    didYouMean(keyword, known) ??
    (keyword.startsWith("x-")
      ? "The one keyword of its own that PGS has is `x-label`."
      : MEMBER_HINT);
  return diagnose("shape/unknown-keyword", at, { keyword: quote(keyword) }, { hint });
}

const MEMBER_HINT = "Members of an object are declared below `properties`.";
