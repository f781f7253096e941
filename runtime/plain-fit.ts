/**
 * Whether a value fits a schema of the plainest kind, as far as walking tells: types, members, items,
 * bounds, plain patterns. To find that out by walking costs less than to make a validator for it,
 * where only a few values are ever held against it. Why one does not fit, and every schema that is
 * not of this kind, is for a validator to say.
 */
import { isObject, type Json, type JsonObject } from "../protocol/language/json.ts";
import { plainPattern } from "../protocol/language/plain-pattern.ts";

type Schema = JsonObject | boolean;

/** References are followed so deep at most: one may lead to itself. */
const DEPTH_MAX = 64;

/** True where the value surely fits, false where it surely does not; undefined where walking cannot tell. */
export function fitsPlainly(schema: Schema, value: Json): Found {
  return fits(schema, value, { root: schema, depth: 0 });
}

type Found = boolean | undefined;

interface Within {
  readonly root: Schema;
  readonly depth: number;
}

function fits(schema: Json, value: Json, { root, depth }: Within): Found {
  if (typeof schema === "boolean") return schema;
  if (!isObject(schema) || depth > DEPTH_MAX) return undefined;
  const within = { root, depth: depth + 1 };
  return all(Object.keys(schema), (keyword) => {
    const holds = KEYWORDS.get(keyword);
    const wanted = schema[keyword];
    if (holds === undefined || wanted === undefined) return undefined;
    return holds(wanted, value, { schema, within });
  });
}

/** Whether all of them hold: not where one surely does not, whatever is unknown of the others. */
function all<T>(items: readonly T[], holds: (item: T) => Found): Found {
  let found: Found = true;
  for (const item of items) {
    const one = holds(item);
    if (one === false) return false;
    if (one === undefined) found = undefined;
  }
  return found;
}

interface Place {
  readonly schema: JsonObject;
  readonly within: Within;
}

/** Whether a value has what a keyword wants. */
type Holds = (wanted: Json, value: Json, at: Place) => Found;

const says: Holds = () => true;

/** Each says nothing of values of another type, as JSON Schema has it. */
const KEYWORDS: ReadonlyMap<string, Holds> = new Map<string, Holds>([
  ["title", says],
  ["description", says],
  ["x-label", says],
  ["$defs", says],
  ["type", isOfType],
  ["enum", (wanted, value) => (Array.isArray(wanted) ? isOne(value, wanted) : undefined)],
  ["const", (wanted, value) => isOne(value, [wanted])],
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

/** Composed values are for a validator to compare: with another composed one, that is. */
function isOne(value: Json, wanted: readonly Json[]): Found {
  if (isPrimitive(value)) return wanted.includes(value);
  return wanted.every(isPrimitive) ? false : undefined;
}

function isPrimitive(value: Json): boolean {
  return typeof value !== "object" || value === null;
}

function isOfType(wanted: Json, value: Json): Found {
  const types = Array.isArray(wanted) ? wanted : [wanted];
  const found = types.map((type) => isOfOne(type, value));
  if (found.includes(true)) return true;
  return found.includes(undefined) ? undefined : false;
}

function isOfOne(type: Json, value: Json): Found {
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
      return undefined;
  }
}

type Compared = (value: number, wanted: number) => boolean;

function bound(holds: Compared): Holds {
  return (wanted, value) => {
    if (typeof value !== "number") return true;
    return typeof wanted === "number" ? holds(value, wanted) : undefined;
  };
}

/** Of a text in code points. */
function length(holds: Compared): Holds {
  return (wanted, value) => {
    if (typeof value !== "string") return true;
    return typeof wanted === "number" ? holds(codePoints(value), wanted) : undefined;
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
    return typeof wanted === "number" ? holds(value.length, wanted) : undefined;
  };
}

function matches(wanted: Json, value: Json): Found {
  if (typeof value !== "string") return true;
  return typeof wanted === "string" ? plainPattern(wanted)?.test(value) : undefined;
}

function hasAll(wanted: Json, value: Json): Found {
  if (!isObject(value)) return true;
  if (!Array.isArray(wanted)) return undefined;
  return all(wanted, (name) => (typeof name === "string" ? Object.hasOwn(value, name) : undefined));
}

function membersFit(wanted: Json, value: Json, { within }: Place): Found {
  if (!isObject(value)) return true;
  if (!isObject(wanted) || isDelicate(wanted)) return undefined;
  return all(Object.keys(wanted), (name) => {
    return !Object.hasOwn(value, name) || fits(wanted[name] as Json, value[name] as Json, within);
  });
}

/** A member that validators pass over, whatever a schema says of it. */
function isDelicate(properties: JsonObject): boolean {
  return Object.hasOwn(properties, "__proto__");
}

function othersFit(wanted: Json, value: Json, { schema, within }: Place): Found {
  if (!isObject(value)) return true;
  const { properties = {} } = schema;
  if (!isObject(properties) || isDelicate(properties)) return undefined;
  return all(Object.keys(value), (name) => {
    return Object.hasOwn(properties, name) || fits(wanted, value[name] as Json, within);
  });
}

function itemsFit(wanted: Json, value: Json, { within }: Place): Found {
  if (!Array.isArray(value)) return true;
  return all(value, (item) => fits(wanted, item, within));
}

/** Names that need no escape where they are pointed to. */
const DEFINED = /^#\/\$defs\/([A-Za-z0-9_:.-]+)$/;

function refersTo(wanted: Json, value: Json, { within }: Place): Found {
  const name = typeof wanted === "string" ? DEFINED.exec(wanted)?.[1] : undefined;
  const { $defs } = isObject(within.root) ? within.root : {};
  if (name === undefined || !isObject($defs) || !Object.hasOwn($defs, name)) return undefined;
  return fits($defs[name] as Json, value, within);
}
