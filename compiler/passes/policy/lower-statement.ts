/**
 * A statement that Cedar has checked, as sealed data: its scope and its conditions, in the order in
 * which Cedar asks them, reduced to the expressions that differ. What the runtime has no word for is
 * told of, never left out: a condition that is dropped would allow more than was written.
 */
import {
  BINARY,
  type BinaryOperator,
  type CedarExpression,
  ENTITY_TYPES,
  type EntityType,
  VARIABLES,
} from "../../../protocol/language/cedar-expression.ts";
import { AssertionFailure, invariant } from "../../../protocol/language/invariant.ts";
import { isObject, type Json, type JsonObject, member } from "../../../protocol/language/json.ts";

/** What cannot be sealed: a word of Cedar's, or a number that JSON does not hold exactly. */
export type Unsealed = { readonly word: string } | { readonly number: number };

export interface Lowered {
  readonly conditions: readonly CedarExpression[];
  /** Where there is any, the conditions say less than the statement. */
  readonly unsealed: readonly Unsealed[];
}

/** Of a statement as Cedar itself tells it in JSON. */
export function lowerStatement(statement: JsonObject): Lowered {
  const unsealed: Unsealed[] = [];
  const conditions: CedarExpression[] = [];
  for (const op of ["principal", "action", "resource"] as const) {
    conditions.push(...scope({ op }, objectAt(statement, op)));
  }
  for (const clause of listAt(statement, "conditions")) {
    const body = lower(objectAt(clause, "body"), unsealed);
    conditions.push(member(clause, "kind") === "when" ? body : { op: "!", of: body });
  }
  return { conditions, unsealed };
}

/** What a scope asks of its variable: nothing, or one thing. */
function scope(variable: CedarExpression, asked: JsonObject): readonly CedarExpression[] {
  const { op, entity: one, entities } = asked;
  switch (op) {
    case "All":
      return [];
    case "==":
      return [{ op: "==", left: variable, right: entity(one) }];
    case "in": {
      const items = Array.isArray(entities) ? entities.map(entity) : undefined;
      const right: CedarExpression = items === undefined ? entity(one) : { op: "set", items };
      return [{ op: "in", left: variable, right }];
    }
    case "is": {
      const type = entityType(asked.entity_type);
      const inside = member(asked, "in");
      if (inside === undefined) return [{ op: "is", of: variable, type }];
      return [{ op: "is", of: variable, type, in: entity(member(inside, "entity")) }];
    }
    default:
      throw new AssertionFailure("a scope is one of four");
  }
}

/** Cedar's own operators that are others, the other way round or negated. */
const TURNED: Readonly<Record<string, BinaryOperator>> = { "!=": "==", ">": "<=", ">=": "<" };
const AS_IT_IS: ReadonlySet<string> = new Set<BinaryOperator>(BINARY);

function lower(written: JsonObject, unsealed: Unsealed[]): CedarExpression {
  const [op, of] = Object.entries(written)[0] ?? [];
  invariant(op !== undefined && of !== undefined, "an expression has an operator");
  const at = (name: string) => lower(objectAt(of, name), unsealed);
  const turned = Object.hasOwn(TURNED, op) ? TURNED[op] : undefined;
  if (turned !== undefined) {
    return { op: "!", of: { op: turned, left: at("left"), right: at("right") } };
  }
  if (op === "in") return { op, left: at("left"), right: at("right") };
  if (AS_IT_IS.has(op)) return { op: op as BinaryOperator, left: at("left"), right: at("right") };
  switch (op) {
    case "Value":
      return literal(of, unsealed);
    case "Var": {
      const variable = VARIABLES.find((one) => one === of);
      invariant(variable !== undefined, "there are four variables");
      return { op: variable };
    }
    case "!":
    case "neg":
    case "isEmpty":
      return { op, of: at("arg") };
    case "&&":
    case "||":
      return { op, all: [...chained(op, at("left")), ...chained(op, at("right"))] };
    case ".":
      return { op: "get", of: at("left"), name: textAt(of, "attr") };
    default:
      return lowerOther(op, of, unsealed);
  }
}

function lowerOther(op: string, of: Json, unsealed: Unsealed[]): CedarExpression {
  const at = (name: string) => lower(objectAt(of, name), unsealed);
  switch (op) {
    case "has": {
      const names = member(of, "attr");
      return { op, of: at("left"), names: Array.isArray(names) ? names.map(text) : [text(names)] };
    }
    case "like":
      return { op, of: at("left"), texts: textsBetween(listAt(of, "pattern")) };
    case "is": {
      const type = entityType(member(of, "entity_type"));
      const subject = at("left");
      if (member(of, "in") === undefined) return { op, of: subject, type };
      return { op, of: subject, type, in: at("in") };
    }
    case "if-then-else":
      return { op: "if", test: at("if"), yes: at("then"), no: at("else") };
    case "Set":
      invariant(Array.isArray(of), "a set has items");
      return { op: "set", items: of.map((item) => lower(object(item), unsealed)) };
    case "Record": {
      const members = Object.entries(object(of));
      return {
        op: "record",
        members: members.map(([name, inner]) => [name, lower(object(inner), unsealed)] as const),
      };
    }
    default: {
      // What makes such a value says more than what is asked of it.
      const before = unsealed.length;
      if (Array.isArray(of)) for (const part of of) lower(object(part), unsealed);
      if (unsealed.length === before) unsealed.push({ word: op });
      return NOTHING;
    }
  }
}

/** Stands where something cannot be sealed; what it stands in is not sealed either. */
const NOTHING: CedarExpression = { op: "value", value: false };

/** `(a && b) && c` is asked as `a && b && c` is. */
function chained(op: "&&" | "||", part: CedarExpression): readonly CedarExpression[] {
  return part.op === op && "all" in part ? part.all : [part];
}

function literal(value: Json, unsealed: Unsealed[]): CedarExpression {
  if (isObject(value)) return entity(value);
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    unsealed.push({ number: value });
    return NOTHING;
  }
  const plain = typeof value === "string" || typeof value === "number";
  invariant(plain || typeof value === "boolean", "a literal is text, a number, true or false");
  return { op: "value", value: value === 0 ? 0 : value };
}

/** In a scope as it is, in an expression as an escape. */
function entity(written: Json | undefined): CedarExpression {
  const uid = member(written, "__entity") ?? written;
  return { op: "entity", type: entityType(member(uid, "type")), id: textAt(uid, "id") };
}

function entityType(name: Json | undefined): EntityType {
  const type = ENTITY_TYPES.find((one) => one === name);
  invariant(type !== undefined, "the schema has these types of entities and no others");
  return type;
}

/** A pattern's literals come character by character; wildcards beside each other are one. */
function textsBetween(pattern: readonly Json[]): readonly string[] {
  const texts = [""];
  let wild = false;
  for (const part of pattern) {
    if (part === "Wildcard") {
      if (!wild) texts.push("");
    } else {
      texts.push((texts.pop() ?? "") + textAt(part, "Literal"));
    }
    wild = part === "Wildcard";
  }
  return texts;
}

function object(value: Json | undefined): JsonObject {
  invariant(isObject(value), "Cedar's JSON has an object here");
  return value;
}

function objectAt(value: Json, name: string): JsonObject {
  return object(member(value, name));
}

function listAt(value: Json, name: string): readonly Json[] {
  const list = member(value, name);
  invariant(Array.isArray(list), "Cedar's JSON has a list here");
  return list;
}

function text(value: Json | undefined): string {
  invariant(typeof value === "string", "Cedar's JSON has a text here");
  return value;
}

function textAt(value: Json | undefined, name: string): string {
  return text(member(value, name));
}
