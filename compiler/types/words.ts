/**
 * What a keyword asks, in words that stand after "asks for". Texts that an author wrote stand in
 * backticks; long values are cut.
 */
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { quote } from "../codes/quote.ts";
import { schemasIn } from "./kinds.ts";

const LIST_MAX = 8;

/** A value as it is shown in a message, in backticks. */
export function shown(value: Json): string {
  return quote(JSON.stringify(value));
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  null: "null",
  boolean: "true or false",
  integer: "an integer",
  number: "a number",
  string: "a string",
  array: "an array",
  object: "an object",
};

type Words = (value: Json, schema: JsonObject) => string;

const bound = (words: string): Words => {
  return (value) => words.replace("#", String(value));
};

function count(value: Json, noun: string): string {
  return `${value} ${value === 1 ? noun : noun.replace(/y$/, "ie").concat("s")}`;
}

const WORDS: Readonly<Record<string, Words>> = {
  type: (value) => listed([value].flat().map((name) => KIND_WORDS[name as string] ?? "")),
  const: (value) => `exactly ${shown(value)}`,
  enum: (value) => listed((value as readonly Json[]).map(shown)),
  minimum: bound("a number of at least #"),
  maximum: bound("a number of at most #"),
  exclusiveMinimum: bound("a number above #"),
  exclusiveMaximum: bound("a number below #"),
  multipleOf: bound("a multiple of #"),
  minLength: (value) => `at least ${count(value, "character")}`,
  maxLength: (value) => `at most ${count(value, "character")}`,
  pattern: (value) => `a string that matches ${shown(value)}`,
  format: (value) => `a string of the format ${shown(value)}`,
  minItems: (value) => `at least ${count(value, "item")}`,
  maxItems: (value) => `at most ${count(value, "item")}`,
  uniqueItems: () => "items that all differ",
  contains: () => "an item that fits `contains`",
  minProperties: (value) => `at least ${count(value, "member")}`,
  maxProperties: (value) => `at most ${count(value, "member")}`,
  anyOf: (value) => `one of ${schemasIn(value).length} alternatives`,
  oneOf: (value) => `exactly one of ${schemasIn(value).length} alternatives`,
  not: () => "what `not` does not exclude",
  propertyNames: () => "member names that fit `propertyNames`",
  dependentRequired: () => "the members that `dependentRequired` names",
  additionalProperties: () => "no other members",
  items: () => "no further items",
};

/** What one keyword of a schema asks for. */
export function asks(keyword: string, schema: JsonObject): string {
  const value = schema[keyword];
  const words = WORDS[keyword];
  return value === undefined || words === undefined ? `\`${keyword}\`` : words(value, schema);
}

function listed(words: readonly string[], last = "or"): string {
  const some = words.slice(0, LIST_MAX);
  if (words.length > LIST_MAX) return `${some.join(", ")} ${last} ${words.length - LIST_MAX} more`;
  const [end, ...before] = some.toReversed();
  return before.length === 0 ? (end ?? "") : `${before.toReversed().join(", ")} ${last} ${end}`;
}
