/**
 * The values that policies compare, and when two are equal: as Cedar has them. A whole number is a
 * `number` wherever one holds it exactly, and a `bigint` only beyond, so that equal ones are the same.
 */
import type { EntityType } from "../../protocol/language/cedar-expression.ts";
import type { Json } from "../../protocol/language/json.ts";

export interface Entity {
  readonly type: EntityType;
  readonly id: string;
}

export type CedarSet = readonly Value[];
export type CedarMembers = ReadonlyMap<string, Value>;
export type Value = string | number | bigint | boolean | Entity | CedarSet | CedarMembers;

/** Why a statement cannot be evaluated; it names no value that came with a request. */
export class CannotEvaluate extends Error {
  override readonly name = "CannotEvaluate";
}

export function isSet(value: Value): value is CedarSet {
  return Array.isArray(value);
}

export function isRecord(value: Value): value is CedarMembers {
  return value instanceof Map;
}

export function isEntity(value: Value): value is Entity {
  return typeof value === "object" && !isSet(value) && !isRecord(value);
}

export function isWhole(value: Value): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

export function sameEntity(a: Entity, b: Entity): boolean {
  return a.type === b.type && a.id === b.id;
}

/** Values of two types are never equal; sets are, whatever their order, and however often. */
export function equal(a: Value, b: Value): boolean {
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  if (isEntity(a) && isEntity(b)) return sameEntity(a, b);
  return keyOf(a) === keyOf(b);
}

/** Sets above this size are not looked through item for item. */
const SEARCHED_ITEMS_MAX = 16;

export function contains(set: CedarSet, wanted: Value): boolean {
  if (set.length > SEARCHED_ITEMS_MAX) return itemsOf(set).has(keyOf(wanted));
  return set.some((item) => equal(item, wanted));
}

/** Of sets and records that were compared once, since many statements may compare the same one. */
const keys = new WeakMap<object, string>();
const items = new WeakMap<object, ReadonlySet<string>>();

function itemsOf(set: CedarSet): ReadonlySet<string> {
  const known = items.get(set) ?? new Set(set.map(keyOf));
  items.set(set, known);
  return known;
}

/** The same text for equal values, another one for all others. */
function keyOf(value: Value): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object") return String(value);
  const key = keys.get(value) ?? composedKey(value);
  keys.set(value, key);
  return key;
}

function composedKey(value: Entity | CedarSet | CedarMembers): string {
  if (isSet(value)) return `[${[...itemsOf(value)].sort().join()}]`;
  if (!isRecord(value)) return `${value.type}::${JSON.stringify(value.id)}`;
  const members = [...value].map(([name, inner]) => `${JSON.stringify(name)}:${keyOf(inner)}`);
  return `{${members.sort().join()}}`;
}

/** A value as a record of the ledger holds it; an entity by its id. */
export function toJson(value: Value): Json {
  if (isSet(value)) return value.map(toJson);
  if (isRecord(value)) {
    return Object.fromEntries([...value].map(([name, inner]) => [name, toJson(inner)]));
  }
  if (typeof value === "bigint") return value.toString();
  return isEntity(value) ? value.id : value;
}
