/**
 * Equality and order of JSON values, as RFC 9535 and JSON Schema both mean them. It compares what
 * values say, never how they are held.
 */
import type { Json, JsonObject } from "../../protocol/language/json.ts";

/**
 * True for values that say the same: numbers by value, arrays in order, objects by their members.
 * `visited` is called once for each pair of arrays or objects that is entered.
 */
export function equal(a: Json, b: Json, visited: () => void = () => {}): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  visited();
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, at) => equal(item, b[at], visited));
  }
  return !Array.isArray(b) && equalMembers(a as JsonObject, b as JsonObject, visited);
}

function equalMembers(a: JsonObject, b: JsonObject, visited: () => void): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(a[key] as Json, b[key] as Json, visited))
  );
}

/** Numbers by size, strings by Unicode scalar values; nothing else has an order. */
export function less(a: Json, b: Json): boolean {
  if (typeof a === "number" && typeof b === "number") return a < b;
  return typeof a === "string" && typeof b === "string" && lessText(a, b);
}

function lessText(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) < rank(right);
  }
  return a.length < b.length;
}

/** Surrogates stand for characters beyond U+FFFF: they sort after every other code unit. */
function rank(codeUnit: number): number {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff ? codeUnit + 0x10000 : codeUnit;
}
