/**
 * What a type says of a member or an item of its values: the type there, and whether it is there.
 * The answers hold for objects (a name) or arrays (an index) of the type; that a value is one at
 * all is the caller's to ask.
 */
import type { Step } from "../../protocol/language/graph.ts";
import { type Json, type JsonObject, member } from "../../protocol/language/json.ts";
import type { Schema } from "../model.ts";
import { memberSchemas } from "./accepts.ts";
import { KIND, type Kinds, kindsOf, schemasByName, schemasIn } from "./kinds.ts";
import { ANYTHING, both, kindsIn, literal, schemaOf, type Type, typeOf, union } from "./type.ts";

/**
 * `always`: every value has it. `maybe`: declared, and some may lack it. `never`: no value has it.
 * `open`: not declared, and not ruled out.
 */
export type Presence = "always" | "maybe" | "never" | "open";

export interface Place {
  readonly type: Type;
  readonly presence: Presence;
}

const OPEN: Place = { type: ANYTHING, presence: "open" };
const NEVER: Place = { type: null, presence: "never" };

/** What a type says of one step into its values. */
export function placeAt(type: Type, step: Step): Place {
  if (type === null) return NEVER;
  let here = OPEN;
  for (const conjunct of type) {
    const place = hasAlternatives(conjunct)
      ? bothHold(ownPlace(conjunct, step), alternativePlace(conjunct, step))
      : ownPlace(conjunct, step);
    here = bothHold(here, place);
  }
  return here;
}

const STRENGTH: readonly Presence[] = ["open", "maybe", "always", "never"];

function bothHold(a: Place, b: Place): Place {
  if (a === OPEN || b === NEVER) return b;
  if (b === OPEN || a === NEVER) return a;
  const type = (b.type ?? []).reduce<Type>(both, a.type);
  const stronger = STRENGTH.indexOf(a.presence) > STRENGTH.indexOf(b.presence) ? a : b;
  return type === null ? NEVER : { type, presence: stronger.presence };
}

function oneHolds(a: Presence, b: Presence): Presence {
  if (a === b) return a;
  const open = a === "open" || b === "open";
  const there = a === "always" || b === "always";
  return open && there ? "open" : "maybe";
}

/** What a schema's own keywords say; `allOf` stands among the conjuncts already. */
function ownPlace(schema: JsonObject, step: Step): Place {
  const values = schema.const === undefined ? schema.enum : [schema.const];
  if (Array.isArray(values)) return placeInValues(values, step);
  return typeof step === "string" ? memberPlace(schema, step) : itemPlace(schema, step);
}

function hasAlternatives(schema: JsonObject): boolean {
  return schema.anyOf !== undefined || schema.oneOf !== undefined;
}

/** Places that were put together of alternatives: the same question gets the same schemas. */
const known = new WeakMap<JsonObject, Map<Step, Place>>();

function alternativePlace(schema: JsonObject, step: Step): Place {
  let places = known.get(schema);
  if (places === undefined) {
    places = new Map();
    known.set(schema, places);
  }
  let place = places.get(step);
  if (place === undefined) {
    place = bothHold(placeInOne(schema.anyOf, step), placeInOne(schema.oneOf, step));
    places.set(step, place);
  }
  return place;
}

function placeInOne(branches: Json | undefined, step: Step): Place {
  if (branches === undefined) return OPEN;
  const kind = typeof step === "string" ? KIND.object : KIND.array;
  const places = schemasIn(branches)
    .filter((branch) => kindsOf(branch) & kind)
    .map((branch) => placeAt(typeOf(branch), step));
  const [first] = places;
  if (first === undefined) return NEVER;
  const there = places.filter(({ presence }) => presence !== "never");
  const presence = places.reduce((all, place) => oneHolds(all, place.presence), first.presence);
  return presence === "never"
    ? NEVER
    : { type: typeOf(union(there.map(({ type }) => schemaOf(type)))), presence };
}

function placeInValues(values: readonly Json[], step: Step): Place {
  const found = values.map((value) => stepInto(value, step)).filter((value) => value !== undefined);
  if (found.length === 0) return NEVER;
  const presence = found.length === values.length ? "always" : "maybe";
  return { type: typeOf(union(found.map(literal))), presence };
}

/** The value at one step, where it is. */
function stepInto(value: Json, step: Step): Json | undefined {
  if (typeof step === "string") return member(value, step);
  return Array.isArray(value) ? value.at(step) : undefined;
}

function memberPlace(schema: JsonObject, name: string): Place {
  const required = Array.isArray(schema.required) && schema.required.includes(name);
  if (
    schema.properties === undefined &&
    schema.patternProperties === undefined &&
    schema.additionalProperties === undefined
  ) {
    return required ? { type: ANYTHING, presence: "always" } : OPEN;
  }
  const schemas = memberSchemas(schema, name);
  const type = schemas.reduce<Type>(both, ANYTHING);
  if (type === null) return NEVER;
  if (required) return { type, presence: "always" };
  const declared = Object.hasOwn(schemasByName(schema.properties), name);
  return declared || type.length > 0 ? { type, presence: "maybe" } : OPEN;
}

function itemPlace(schema: JsonObject, index: number): Place {
  const first = schemasIn(schema.prefixItems);
  const rest = schema.items as Schema | undefined;
  const counted = index < 0 ? -index : index + 1;
  const some = index < 0 ? union([...first, rest ?? true]) : (first[index] ?? rest ?? true);
  const most = typeof schema.maxItems === "number" ? schema.maxItems : Number.POSITIVE_INFINITY;
  if (counted > most || some === false || (rest === false && counted > first.length)) return NEVER;
  const least = typeof schema.minItems === "number" ? schema.minItems : 0;
  const type = typeOf(some);
  if (least >= counted) return { type, presence: "always" };
  const declared = rest !== undefined || (index >= 0 && index < first.length);
  return declared ? { type, presence: "maybe" } : OPEN;
}

/** What a type says of any member, or any item, of its values. */
export function placeEach(type: Type): Type {
  if (type === null) return null;
  const kinds = kindsIn(type) & (KIND.object | KIND.array);
  return type.reduce<Type>((here, part) => both(here, eachIn(part, kinds)), kinds ? [] : null);
}

function eachIn(schema: JsonObject, kinds: Kinds): Schema {
  const own: Schema[] = [];
  if (kinds & KIND.object) {
    own.push(...Object.values(schemasByName(schema.properties)));
    own.push(...Object.values(schemasByName(schema.patternProperties)));
    own.push((schema.additionalProperties ?? true) as Schema);
  }
  if (kinds & KIND.array) {
    own.push(...schemasIn(schema.prefixItems), (schema.items ?? true) as Schema);
  }
  const parts = [union(own)];
  for (const keyword of ["anyOf", "oneOf"]) {
    if (schema[keyword] === undefined) continue;
    const branches = schemasIn(schema[keyword]).filter((branch) => kindsOf(branch) & kinds);
    parts.push(union(branches.map((branch) => schemaOf(placeEach(typeOf(branch))))));
  }
  return schemaOf(parts.reduce<Type>(both, []));
}
