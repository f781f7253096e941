/** Refuters of the keywords that ask something of a value as a whole. */
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { accepts } from "./accepts.ts";
import { schemasIn } from "./kinds.ts";
import { firstOf, type Refuter, whole } from "./refuter.ts";
import type { Holes } from "./sample.ts";
import { asks } from "./words.ts";

/** Tries values of the type against one keyword. */
function trying(keyword: string, holes: Holes): Refuter {
  return (type, schema, { make }) => {
    const alone = { [keyword]: schema[keyword] as Json };
    const witness = make.samples(type, holes, schema).find((value) => !accepts(alone, value));
    return whole(witness, asks(keyword, schema));
  };
}

const allOf: Refuter = (type, schema, { refute }) =>
  firstOf(schemasIn(schema.allOf), (part) => refute(type, part));

/** A value that no branch takes, or more than one: only values without holes can show it. */
function branching(keyword: "anyOf" | "oneOf"): Refuter {
  return (type, schema, { make }) => {
    const alone = { [keyword]: schema[keyword] as Json };
    const branches = schemasIn(schema[keyword]).filter((branch) => typeof branch === "object");
    const asked: readonly JsonObject[] = [{}, ...branches];
    const candidates = asked.flatMap((branch) => make.samples(type, "refused", branch));
    const witness = candidates.find((value) => !accepts(alone, value));
    return whole(witness, asks(keyword, schema));
  };
}

const OF_THE_KIND = [
  "type",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "format",
];
const OF_THE_WHOLE = ["const", "enum", "not"];

export const SCALAR_REFUTERS: Readonly<Record<string, Refuter>> = {
  ...Object.fromEntries(OF_THE_KIND.map((keyword) => [keyword, trying(keyword, "filled")])),
  ...Object.fromEntries(OF_THE_WHOLE.map((keyword) => [keyword, trying(keyword, "refused")])),
  allOf,
  anyOf: branching("anyOf"),
  oneOf: branching("oneOf"),
};
