/**
 * Canonical JSON (RFC 8785): the bytes that digests of values are taken over. Numbers as ECMAScript
 * prints them, members sorted by UTF-16 code units, no white space. It refuses what JSON cannot say.
 */
import { invariant } from "./invariant.ts";
import type { Json, JsonObject } from "./json.ts";

/** The canonical text of a value. Stops with our own fault on NaN, lone surrogates, functions. */
export function canonical(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    invariant(Number.isFinite(value), "canonical JSON holds finite numbers only");
    return Object.is(value, -0) ? "0" : String(value);
  }
  if (typeof value === "string") return text(value);
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
  let written = "[";
  for (const item of items) written += (written === "[" ? "" : ",") + canonical(item);
  return `${written}]`;
}

/** Without a comparison of its own, `sort` compares UTF-16 code units. */
function members(object: JsonObject): string {
  let written = "{";
  for (const key of Object.keys(object).sort()) {
    written += `${(written === "{" ? "" : ",") + text(key)}:${canonical(object[key] as Json)}`;
  }
  return `${written}}`;
}

/** The order that RFC 8785 prescribes, and the one order used wherever PGS sorts names. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
