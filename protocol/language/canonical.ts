/**
 * Canonical JSON (RFC 8785): the bytes that digests of values are taken over. Numbers as ECMAScript
 * prints them, members sorted by UTF-16 code units, no white space. It refuses what JSON cannot say.
 */
import { invariant } from "./invariant.ts";
import type { Json, JsonObject } from "./json.ts";

/** What is written in the place of an object; undefined where it is written itself. */
export type Stand = (object: JsonObject) => Json | undefined;

/** The canonical text of a value. Stops with our own fault on NaN, lone surrogates, functions. */
export function canonical(value: Json): string {
  return write(value, undefined);
}

/** The same; `stand` may put another value in an object's place. */
export function canonicalWith(value: Json, stand: Stand): string {
  return write(value, stand);
}

function write(value: Json, stand: Stand | undefined): string {
  if (typeof value === "string") return text(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    invariant(Number.isFinite(value), "canonical JSON holds finite numbers only");
    return Object.is(value, -0) ? "0" : String(value);
  }
  invariant(typeof value === "object", `canonical JSON holds no ${typeof value}`);
  if (Array.isArray(value)) return list(value, stand);
  const object = value as JsonObject;
  const instead = stand?.(object);
  return instead === undefined ? members(object, stand) : write(instead, undefined);
}

/** Nothing that JSON escapes, and no surrogate. */
const PLAIN = /^[ !#-[\]-~]*$/;

function text(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  invariant(value.isWellFormed(), "canonical JSON holds well-formed strings only");
  return JSON.stringify(value);
}

function list(items: readonly Json[], stand: Stand | undefined): string {
  let written = "";
  for (let at = 0; at < items.length; at += 1) {
    if (at > 0) written += ",";
    written += write(items[at] as Json, stand);
  }
  return `[${written}]`;
}

/** Without a comparison of its own, `sort` compares UTF-16 code units. */
function members(object: JsonObject, stand: Stand | undefined): string {
  const keys = Object.keys(object);
  if (!isSorted(keys)) keys.sort();
  let written = "";
  for (let at = 0; at < keys.length; at += 1) {
    const key = keys[at] as string;
    if (at > 0) written += ",";
    written += `${text(key)}:`;
    written += write(object[key] as Json, stand);
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
