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
import { both, kindsIn, literal, schemaOf, type Type, typeOf, union } from "./type.ts";

/**
 * `always`: every value has it. `maybe`: declared, and some may lack it. `never`: no value has it.
 * `open`: not declared, and not ruled out.
 */
export type Presence = "always" | "maybe" | "never" | "open";

export interface Place {
  readonly type: Type;
  readonly presence: Presence;
}

interface Part {
  readonly schema: Schema;
  readonly presence: Presence;
}

const OPEN: Part = { schema: true, presence: "open" };
const NEVER: Part = { schema: false, presence: "never" };

/** What a type says of one step into its values. */
export function placeAt(type: Type, step: Step): Place {
  if (type === null) return { type: null, presence: "never" };
  let here: Type = [];
  let presence: Presence = "open";
  for (const conjunct of type) {
    const part = partAt(conjunct, step);
    here = both(here, part.schema);
    presence = bothHold(presence, part.presence);
  }
  return here === null || presence === "never"
    ? { type: null, presence: "never" }
    : { type: here, presence };
}

const STRENGTH: readonly Presence[] = ["open", "maybe", "always", "never"];

function bothHold(a: Presence, b: Presence): Presence {
  return STRENGTH.indexOf(a) > STRENGTH.indexOf(b) ? a : b;
}

function oneHolds(a: Presence, b: Presence): Presence {
  if (a === b) return a;
  const open = a === "open" || b === "open";
  const there = a === "always" || b === "always";
  return open && there ? "open" : "maybe";
}

const known = new WeakMap<JsonObject, Map<Step, Part>>();

function partAt(schema: JsonObject, step: Step): Part {
  let parts = known.get(schema);
  if (parts === undefined) {
    parts = new Map();
    known.set(schema, parts);
  }
  let part = parts.get(step);
  if (part === undefined) {
    part = computePart(schema, step);
    parts.set(step, part);
  }
  return part;
}

/** The conjunct's own keywords and its alternatives; `allOf` stands among the conjuncts already. */
function computePart(schema: JsonObject, step: Step): Part {
  const own = typeof step === "string" ? memberPart(schema, step) : itemPart(schema, step);
  const parts = [own];
  const values = schema.const === undefined ? schema.enum : [schema.const];
  if (Array.isArray(values)) parts.push(partOfValues(values, step));
  for (const keyword of ["anyOf", "oneOf"]) {
    if (schema[keyword] !== undefined) parts.push(partOfOne(schemasIn(schema[keyword]), step));
  }
  const said = parts.filter((part) => part !== OPEN);
  if (said.length === 0) return OPEN;
  const schemas = said.map((part) => part.schema).filter((part) => part !== true);
  return {
    schema: schemas.length > 1 ? { allOf: schemas } : (schemas[0] ?? true),
    presence: said.reduce<Presence>((all, part) => bothHold(all, part.presence), "open"),
  };
}

function partOfOne(branches: readonly Schema[], step: Step): Part {
  const kind = typeof step === "string" ? KIND.object : KIND.array;
  const parts = branches
    .filter((branch) => kindsOf(branch) & kind)
    .map((branch) => placeAt(typeOf(branch), step));
  const [first] = parts;
  if (first === undefined) return NEVER;
  const there = parts.filter((part) => part.presence !== "never");
  return {
    schema: union(there.map((part) => schemaOf(part.type))),
    presence: parts.reduce((all, part) => oneHolds(all, part.presence), first.presence),
  };
}

function partOfValues(values: readonly Json[], step: Step): Part {
  const found = values.map((value) => stepInto(value, step)).filter((value) => value !== undefined);
  if (found.length === 0) return NEVER;
  const presence = found.length === values.length ? "always" : "maybe";
  return { schema: union(found.map(literal)), presence };
}

/** The value at one step, where it is. */
export function stepInto(value: Json, step: Step): Json | undefined {
  if (typeof step === "string") return member(value, step);
  return Array.isArray(value) ? value.at(step) : undefined;
}

function memberPart(schema: JsonObject, name: string): Part {
  const required = Array.isArray(schema.required) && schema.required.includes(name);
  if (
    schema.properties === undefined &&
    schema.patternProperties === undefined &&
    schema.additionalProperties === undefined
  ) {
    return required ? { schema: true, presence: "always" } : OPEN;
  }
  const schemas = memberSchemas(schema, name);
  if (schemas.includes(false)) return NEVER;
  const declared = schemas.some((part) => part !== true) || declares(schema, name);
  const some = schemas.length === 1 ? (schemas[0] as Schema) : { allOf: schemas };
  if (required) return { schema: some, presence: "always" };
  return declared ? { schema: some, presence: "maybe" } : OPEN;
}

/** Whether a name stands among a schema's properties. */
export function declares(schema: JsonObject, name: string): boolean {
  return Object.hasOwn(schemasByName(schema.properties), name);
}

function itemPart(schema: JsonObject, index: number): Part {
  const first = schemasIn(schema.prefixItems);
  const rest = schema.items as Schema | undefined;
  const counted = index < 0 ? -index : index + 1;
  const some = index < 0 ? union([...first, rest ?? true]) : (first[index] ?? rest ?? true);
  const most = typeof schema.maxItems === "number" ? schema.maxItems : Number.POSITIVE_INFINITY;
  if (counted > most || some === false || (rest === false && counted > first.length)) return NEVER;
  const least = typeof schema.minItems === "number" ? schema.minItems : 0;
  if (least >= counted) return { schema: some, presence: "always" };
  const declared = rest !== undefined || (index >= 0 && index < first.length);
  return declared ? { schema: some, presence: "maybe" } : OPEN;
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
