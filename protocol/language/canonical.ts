/**
 * Canonical JSON (RFC 8785): the bytes that digests of values are taken over. Numbers as ECMAScript
 * prints them, members sorted by UTF-16 code units, no white space. It refuses what JSON cannot say.
 */
import { invariant } from "./invariant.ts";
import type { Json, JsonObject } from "./json.ts";

/** The canonical text of a value. Stops with our own fault on NaN, lone surrogates, functions. */
export function canonical(value: Json): string {
  if (typeof value === "string") return text(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    invariant(Number.isFinite(value), "canonical JSON holds finite numbers only");
    return Object.is(value, -0) ? "0" : String(value);
  }
  invariant(typeof value === "object", `canonical JSON holds no ${typeof value}`);
  return Array.isArray(value) ? list(value) : members(value as JsonObject);
}

/** Nothing that JSON escapes, and no surrogate. */
const PLAIN = /^[ !#-[\]-~]*$/;

function text(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  invariant(value.isWellFormed(), "canonical JSON holds well-formed strings only");
  return JSON.stringify(value);
}

function list(items: readonly Json[]): string {
  let written = "";
  for (let at = 0; at < items.length; at += 1) {
    if (at > 0) written += ",";
    written += canonical(items[at] as Json);
  }
  return `[${written}]`;
}

/** Without a comparison of its own, `sort` compares UTF-16 code units. */
function members(object: JsonObject): string {
  const keys = Object.keys(object);
  if (!isSorted(keys)) keys.sort();
  let written = "";
  for (let at = 0; at < keys.length; at += 1) {
    const key = keys[at] as string;
    if (at > 0) written += ",";
    written += `${text(key)}:`;
    written += canonical(object[key] as Json);
  }
  return `{${written}}`;
}

function isSorted(keys: readonly string[]): boolean {
  for (let at = 1; at < keys.length; at += 1) {
    if ((keys[at - 1] as string) > (keys[at] as string)) return false;
  }
  return true;
}

/** The order that RFC 8785 prescribes, and the one order used wherever PGS sorts names. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
