/**
 * JSON values as the whole system sees them: immutable, plain, and nothing else. No file of the
 * language may hold a value that JSON cannot say.
 */

export type JsonPrimitive = string | number | boolean | null;
export type Json = JsonPrimitive | JsonArray | JsonObject;
export type JsonArray = readonly Json[];
export interface JsonObject {
  readonly [key: string]: Json;
}

/** True for a JSON object, false for arrays, null and primitives. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The own member of an object, or undefined: never one that a prototype lends. */
export function member(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Freezes a value and everything in it, and returns it. Values already frozen are not entered. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const key of Object.keys(value)) deepFreeze((value as Record<string, unknown>)[key]);
  return value;
}

/** A JSON Pointer (RFC 6901) for a list of steps: `["a", 0]` gives `/a/0`, the root gives "". */
export function pointer(steps: readonly (string | number)[]): string {
  return steps
    .map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
