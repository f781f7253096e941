/**
 * Whether a value surely fits a schema of the plainest kind: types, members, items, bounds, plain
 * patterns. To find that out by walking costs less than to make a validator for it, where only a few
 * values are ever held against it. It never says that a value does not fit: that, why, and every
 * schema that is not of this kind is for a validator to say.
 */
import { isObject, type Json, type JsonObject } from "../protocol/language/json.ts";
import { plainPattern } from "../protocol/language/plain-pattern.ts";

type Schema = JsonObject | boolean;

/** References are followed so deep at most: one may lead to itself. */
const DEPTH_MAX = 64;

/** True where the value surely fits. */
export function fitsPlainly(schema: Schema, value: Json): boolean {
  return fits(schema, value, { root: schema, depth: 0 });
}

interface Within {
  readonly root: Schema;
  readonly depth: number;
}

function fits(schema: Json, value: Json, { root, depth }: Within): boolean {
  if (typeof schema === "boolean") return schema;
  if (!isObject(schema) || depth > DEPTH_MAX) return false;
  const within = { root, depth: depth + 1 };
  for (const keyword of Object.keys(schema)) {
    const holds = KEYWORDS.get(keyword);
    const wanted = schema[keyword];
    if (holds === undefined || wanted === undefined) return false;
    if (!holds(wanted, value, { schema, within })) return false;
  }
  return true;
}

interface Place {
  readonly schema: JsonObject;
  readonly within: Within;
}

/** Whether a value surely has what a keyword wants. */
type Holds = (wanted: Json, value: Json, at: Place) => boolean;

const says: Holds = () => true;

/** Each says nothing of values of another type, as JSON Schema has it. */
const KEYWORDS: ReadonlyMap<string, Holds> = new Map<string, Holds>([
  ["title", says],
  ["description", says],
  ["x-label", says],
  ["$defs", says],
  ["type", isOfType],
  [
    "enum",
    (wanted, value) => Array.isArray(wanted) && isPrimitive(value) && wanted.includes(value),
  ],
  ["const", (wanted, value) => isPrimitive(value) && wanted === value],
  ["minimum", bound((value, least) => value >= least)],
  ["maximum", bound((value, most) => value <= most)],
  ["exclusiveMinimum", bound((value, below) => value > below)],
  ["exclusiveMaximum", bound((value, above) => value < above)],
  ["minLength", length((value, least) => value >= least)],
  ["maxLength", length((value, most) => value <= most)],
  ["minItems", count((value, least) => value >= least)],
  ["maxItems", count((value, most) => value <= most)],
  ["pattern", matches],
  ["required", hasAll],
  ["properties", membersFit],
  ["additionalProperties", othersFit],
  ["items", itemsFit],
  ["$ref", refersTo],
]);

function isPrimitive(value: Json): boolean {
  return typeof value !== "object" || value === null;
}

function isOfType(wanted: Json, value: Json): boolean {
  return Array.isArray(wanted) ? wanted.some((one) => isOfOne(one, value)) : isOfOne(wanted, value);
}

function isOfOne(type: Json, value: Json): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    case "number":
      return Number.isFinite(value);
    case "boolean":
    case "string":
      return typeof value === type;
    default:
      return false;
  }
}

type Compared = (value: number, wanted: number) => boolean;

function bound(holds: Compared): Holds {
  return (wanted, value) => {
    if (typeof value !== "number") return true;
    return typeof wanted === "number" && holds(value, wanted);
  };
}

/** Of a text in code points. */
function length(holds: Compared): Holds {
  return (wanted, value) => {
    if (typeof value !== "string") return true;
    return typeof wanted === "number" && holds(codePoints(value), wanted);
  };
}

function codePoints(text: string): number {
  let points = 0;
  for (const _ of text) points += 1;
  return points;
}

function count(holds: Compared): Holds {
  return (wanted, value) => {
    if (!Array.isArray(value)) return true;
    return typeof wanted === "number" && holds(value.length, wanted);
  };
}

function matches(wanted: Json, value: Json): boolean {
  if (typeof value !== "string") return true;
  return typeof wanted === "string" && plainPattern(wanted)?.test(value) === true;
}

function hasAll(wanted: Json, value: Json): boolean {
  if (!isObject(value)) return true;
  return (
    Array.isArray(wanted) &&
    wanted.every((name) => typeof name === "string" && Object.hasOwn(value, name))
  );
}

function membersFit(wanted: Json, value: Json, { within }: Place): boolean {
  if (!isObject(value)) return true;
  if (!isObject(wanted) || isDelicate(wanted)) return false;
  return Object.keys(wanted).every((name) => {
    return !Object.hasOwn(value, name) || fits(wanted[name] as Json, value[name] as Json, within);
  });
}

/** A member that validators pass over, whatever a schema says of it. */
function isDelicate(properties: JsonObject): boolean {
  return Object.hasOwn(properties, "__proto__");
}

function othersFit(wanted: Json, value: Json, { schema, within }: Place): boolean {
  if (!isObject(value)) return true;
  const { properties = {} } = schema;
  if (!isObject(properties) || isDelicate(properties)) return false;
  return Object.keys(value).every((name) => {
    return Object.hasOwn(properties, name) || fits(wanted, value[name] as Json, within);
  });
}

function itemsFit(wanted: Json, value: Json, { within }: Place): boolean {
  if (!Array.isArray(value)) return true;
  return value.every((item) => fits(wanted, item, within));
}

/** Names that need no escape where they are pointed to. */
const DEFINED = /^#\/\$defs\/([A-Za-z0-9_:.-]+)$/;

function refersTo(wanted: Json, value: Json, { within }: Place): boolean {
  const name = typeof wanted === "string" ? DEFINED.exec(wanted)?.[1] : undefined;
  const { $defs } = isObject(within.root) ? within.root : {};
  if (name === undefined || !isObject($defs) || !Object.hasOwn($defs, name)) return false;
  return fits($defs[name] as Json, value, within);
}
