/**
 * The first place at which two values differ, field by field. Members are compared by what they say,
 * not by their order.
 */
import { isObject, type Json, pointer } from "../../protocol/language/json.ts";

export interface Difference {
  /** A JSON Pointer. */
  readonly field: string;
  /** Null where nothing stands. */
  readonly expected: Json;
  readonly found: Json;
}

/** The first difference, in the order of the expected value's members; undefined without one. */
export function firstDifference(
  expected: Json | undefined,
  found: Json | undefined,
  path: readonly (string | number)[] = [],
): Difference | undefined {
  if (Array.isArray(expected) && Array.isArray(found)) {
    return firstOf([...expected.keys(), ...found.keys()], (index) =>
      firstDifference(expected[index], found[index], [...path, index]),
    );
  }
  if (isObject(expected) && isObject(found)) {
    return firstOf([...Object.keys(expected), ...Object.keys(found)], (key) =>
      firstDifference(own(expected, key), own(found, key), [...path, key]),
    );
  }
  if (expected === found) return undefined;
  return { field: pointer(path), expected: expected ?? null, found: found ?? null };
}

function own(object: { readonly [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function firstOf<T>(
  keys: readonly T[],
  differ: (key: T) => Difference | undefined,
): Difference | undefined {
  for (const key of keys) {
    const found = differ(key);
    if (found !== undefined) return found;
  }
  return undefined;
}
