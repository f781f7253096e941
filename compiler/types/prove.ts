/**
 * The prover: whether every value of a type fits a schema, by structure alone. It is sound and not
 * complete: true is a proof, false means that none was found. Its work is bounded; it never
 * compiles a schema and never guesses.
 */
import type { Step } from "../../protocol/language/graph.ts";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import type { Schema } from "../model.ts";
import { accepts } from "./accepts.ts";
import { itemsOf, lengthsOf, membersOf, rangeOf, requiredIn } from "./bounds.ts";
import { ANNOTATIONS, eachKind, KIND, type Kinds, NUMBERS, schemasIn, typeNames } from "./kinds.ts";
import { placeAt } from "./place.ts";
import type { Proof, Rule } from "./rule.ts";
import { ARRAY_RULES } from "./rules-array.ts";
import { LOGIC_RULES } from "./rules-logic.ts";
import { OBJECT_RULES } from "./rules-object.ts";
import { SCALAR_RULES } from "./rules-scalar.ts";
import { both, kindsIn, sameSchema, type Type, typeOf, valuesIn } from "./type.ts";

type Conjuncts = readonly JsonObject[];

/** A keyword, one rule. */
const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries({ ...SCALAR_RULES, ...OBJECT_RULES, ...ARRAY_RULES, ...LOGIC_RULES }),
);

/** Keywords whose sense depends on others beside them; those alone ask nothing. */
const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  additionalProperties: ["properties", "patternProperties"],
  items: ["prefixItems"],
  contains: ["minContains", "maxContains"],
  if: ["then", "else"],
};
const ASKS_NOTHING_ALONE: ReadonlySet<string> = new Set([
  "then",
  "else",
  "minContains",
  "maxContains",
]);

/** A prover with a budget of its own: a judgement costs as much as the type has conjuncts. */
export function prover(steps: number = LIMITS.proofStepsMax): Proof {
  let left = steps;
  const pay = (type: Conjuncts) => {
    left -= 1 + type.length;
    return left >= 0;
  };
  const proof: Proof = {
    implies: (type, schema) => type === null || (pay(type) && implies(type, schema, proof)),
    impossible: (type) => type === null || (pay(type) && impossible(type, proof)),
  };
  return proof;
}

function implies(type: Conjuncts, schema: Schema, proof: Proof): boolean {
  if (schema === true) return true;
  if (schema === false) return proof.impossible(type);
  if (type.includes(schema)) return true;
  const kinds = kindsIn(type);
  const values = finiteValues(type, kinds);
  if (values !== undefined) {
    return values.every((value) => !fits(type, value) || accepts(schema, value));
  }
  return keepsAll({ type, kinds }, schema, proof) || inEveryCase(type, schema, proof);
}

/** A type, and the kinds of its values. */
interface Subject {
  readonly type: Conjuncts;
  readonly kinds: Kinds;
}

function keepsAll(subject: Subject, schema: JsonObject, proof: Proof): boolean {
  for (const keyword in schema) {
    if (!keeps(subject, schema, keyword, proof)) return false;
  }
  return true;
}

function keeps(
  { type, kinds }: Subject,
  schema: JsonObject,
  keyword: string,
  proof: Proof,
): boolean {
  const rule = RULES.get(keyword);
  if (rule === undefined) return ANNOTATIONS.has(keyword) || ASKS_NOTHING_ALONE.has(keyword);
  if ((kinds & rule.of) === 0) return true;
  return rule.holds(type, schema, proof) || type.some((part) => states(part, schema, keyword));
}

/** Whether a conjunct says the very same by a keyword. */
function states(part: JsonObject, schema: JsonObject, keyword: string): boolean {
  if (part[keyword] === undefined) return false;
  const group = [keyword, ...(COMPANIONS[keyword] ?? [])];
  return group.every((one) => sameSchema(part[one], schema[one]));
}

/** The first keyword of the schema that is not proven to be kept. */
export function firstUnproven(type: Conjuncts, schema: JsonObject): string | undefined {
  const subject = { type, kinds: kindsIn(type) };
  return Object.keys(schema).find((keyword) => !keeps(subject, schema, keyword, prover()));
}

/** All values of a type that has only a few; some of them may not be of the type. */
function finiteValues(type: Conjuncts, kinds: Kinds): readonly Json[] | undefined {
  const values = valuesIn(type);
  if (values !== undefined || (kinds & ~(KIND.null | KIND.boolean)) !== 0) return values;
  return [...(kinds & KIND.null ? [null] : []), ...(kinds & KIND.boolean ? [true, false] : [])];
}

function fits(type: Conjuncts, value: Json): boolean {
  return type.every((part) => accepts(part, value));
}

/** Proof by cases: the alternatives of a conjunct, or the kinds of value. */
function inEveryCase(type: Conjuncts, schema: JsonObject, proof: Proof): boolean {
  const cases = alternativesOf(type) ?? casesByKind(type, schema);
  return cases?.every((one) => proof.implies(one, schema) || proof.impossible(one)) ?? false;
}

/** The type, once for each alternative of its first conjunct that has some. */
export function alternativesOf(type: Conjuncts): readonly Type[] | undefined {
  for (const part of type) {
    for (const keyword of ["anyOf", "oneOf"]) {
      if (part[keyword] === undefined) continue;
      const rest = without(type, part, keyword);
      return schemasIn(part[keyword]).map((branch) => both(rest, branch));
    }
  }
  return undefined;
}

function without(type: Conjuncts, part: JsonObject, keyword: string): Type {
  const others = type.filter((one) => one !== part);
  const { [keyword]: _gone, allOf: _apart, ...rest } = part;
  return both(others, rest);
}

/** Only a keyword that combines can hold of each kind by itself where it does not hold of all. */
function casesByKind(type: Conjuncts, schema: JsonObject): readonly Type[] | undefined {
  const combines = Object.keys(schema).some((keyword) => Object.hasOwn(LOGIC_RULES, keyword));
  const kinds = eachKind(kindsIn(type));
  if (!combines || kinds.length < 2) return undefined;
  return kinds.map((kind) => both(type, ofKind(kind)));
}

function ofKind(kind: Kinds): Schema {
  return { type: typeNames(kind) };
}

function impossible(type: Conjuncts, proof: Proof): boolean {
  const kinds = kindsIn(type);
  const values = finiteValues(type, kinds);
  if (values !== undefined) return !values.some((value) => fits(type, value));
  if (eachKind(kinds).every((kind) => hasNone(type, kind, proof))) return true;
  const denied = type.find((part) => part.not !== undefined);
  if (denied !== undefined) {
    const rest = without(type, denied, "not");
    if (proof.implies(rest, denied.not as Schema)) return true;
  }
  return alternativesOf(type)?.every((one) => proof.impossible(one)) ?? false;
}

/** True where the type has no value of one kind. */
function hasNone(type: Conjuncts, kind: Kinds, proof: Proof): boolean {
  if (kind & NUMBERS) {
    const { low, high } = rangeOf(type);
    return low.at > high.at || (low.at === high.at && (low.open || high.open));
  }
  switch (kind) {
    case KIND.string: {
      const { least, most } = lengthsOf(type);
      return least > most;
    }
    case KIND.array:
      return hasNoArray(type, proof);
    case KIND.object:
      return hasNoObject(type, proof);
    default:
      return false;
  }
}

function hasNoArray(type: Conjuncts, proof: Proof): boolean {
  const { least, most } = itemsOf(type);
  if (least > most) return true;
  const first = Math.min(least, LIMITS.pathStepsMax);
  for (let index = 0; index < first; index += 1) {
    if (proof.impossible(placeAt(type, index).type)) return true;
  }
  return false;
}

function hasNoObject(type: Conjuncts, proof: Proof): boolean {
  const { least, most } = membersOf(type);
  if (least > most) return true;
  return requiredIn(type).some((name) => proof.impossible(placeAt(type, name).type));
}

/** What one alternative's impossibility may cost to prove. */
const NARROWING_STEPS = 500;

/**
 * Drops the alternatives that the other conjuncts rule out, where they say something of a step that
 * is to be taken.
 */
export function narrow(type: Type, step: Step): Type {
  if (type === null || type.length < 2) return type;
  let narrowed: Type = type;
  for (const part of type) {
    const keyword = part.anyOf === undefined ? "oneOf" : "anyOf";
    if (part[keyword] === undefined || narrowed === null) continue;
    const branches = schemasIn(part[keyword]);
    if (!branches.some((branch) => speaksOf(branch, step))) continue;
    const rest = without(narrowed, part, keyword);
    const left = branches.filter(
      (branch) => !prover(NARROWING_STEPS).impossible(both(rest, branch)),
    );
    if (left.length === branches.length) continue;
    const remaining = left.length === 1 ? left[0] : left.length > 0 && { anyOf: left };
    narrowed = both(rest, remaining ?? false);
  }
  return narrowed;
}

function speaksOf(schema: Schema, step: Step): boolean {
  return placeAt(typeOf(schema), step).presence !== "open";
}
