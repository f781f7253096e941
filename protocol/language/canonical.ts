/**
 * Canonical JSON (RFC 8785): the bytes that digests of values are taken over. Numbers as ECMAScript
 * prints them, members sorted by UTF-16 code units, no white space. It refuses what JSON cannot say.
 */
import { invariant } from "./invariant.ts";
import type { Json } from "./json.ts";

/** The canonical text of a value. Stops with our own fault on NaN, lone surrogates, functions. */
export function canonical(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    invariant(Number.isFinite(value), "canonical JSON holds finite numbers only");
    return Object.is(value, -0) ? "0" : String(value);
  }
  if (typeof value === "string") {
    invariant(value.isWellFormed(), "canonical JSON holds well-formed strings only");
    return JSON.stringify(value);
  }
  invariant(typeof value === "object", `canonical JSON holds no ${typeof value}`);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const object = value as { readonly [key: string]: Json };
  const members = Object.keys(object)
    .sort(byCodeUnits)
    .map((key) => `${canonical(key)}:${canonical(object[key] as Json)}`);
  return `{${members.join(",")}}`;
}

/** The order that RFC 8785 prescribes, and the one order used wherever PGS sorts names. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
