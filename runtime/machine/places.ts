/**
 * Labelled places inside values, and values that were sealed. A sealed value is never entered: what
 * is inside it has no places.
 */
import type { SealedPlace, SealStep } from "../../protocol/language/graph.ts";
import { isObject, type Json, type JsonObject, pointer } from "../../protocol/language/json.ts";
import { SEALED_MEMBER } from "../../protocol/language/names.ts";
import type { SealedValue } from "../../protocol/language/records.ts";

export { SEALED_MEMBER };

/** True for a value that stands sealed. Nothing else may have this member. */
export function isSealed(value: Json): value is SealedValue {
  return isObject(value) && Object.hasOwn(value, SEALED_MEMBER);
}

/** Gives what should stand at a place, from what stands there and its JSON Pointer. */
export type Replace = (value: Json, pointer: string) => Json;

/** A copy with the values at all places replaced; the same value where no place is in it. */
export function replacePlaces(value: Json, places: readonly SealedPlace[], by: Replace): Json {
  if (places.length === 0) return value;
  // The outermost first: what stands inside a sealed value was sealed with it.
  const outermostFirst = [...places].sort((a, b) => a.path.length - b.path.length);
  let replaced = value;
  for (const { path } of outermostFirst) replaced = replaceAt(replaced, path, by, []);
  return replaced;
}

/** How many values stand at the places. */
export function countPlaces(value: Json, places: readonly SealedPlace[]): number {
  let count = 0;
  replacePlaces(value, places, (inner) => {
    count += 1;
    return inner;
  });
  return count;
}

/** True where something stands sealed, anywhere within. Asked of every value that a store gives back. */
export function holdsSealed(value: Json): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += 1) {
      if (holdsSealed(value[at] as Json)) return true;
    }
    return false;
  }
  if (Object.hasOwn(value, SEALED_MEMBER)) return true;
  for (const key of Object.keys(value)) {
    if (holdsSealed((value as JsonObject)[key] as Json)) return true;
  }
  return false;
}

/** True where a value stands sealed that none of the places marks, by itself or as part of a whole. */
export function sealedOutside(value: Json, places: readonly SealedPlace[]): boolean {
  if (!holdsSealed(value)) return false;
  return outside(
    value,
    places.map(({ path }) => path),
  );
}

function outside(value: Json, paths: readonly (readonly SealStep[])[]): boolean {
  if (paths.some((path) => path.length === 0)) return false;
  if (isSealed(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  const within = (step: string | number) =>
    paths
      .filter(([first]) => typeof first === "object" || first === step)
      .map((path) => path.slice(1));
  const parts: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return parts.some(([step, inner]) => outside(inner, within(step)));
}

function replaceAt(
  value: Json,
  path: readonly SealStep[],
  by: Replace,
  above: readonly (string | number)[],
): Json {
  if (isSealed(value)) return value;
  const [step, ...rest] = path;
  if (step === undefined) return by(value, pointer(above));
  const into = (inner: Json, key: string | number) => replaceAt(inner, rest, by, [...above, key]);
  if (typeof step === "object") return replaceEvery(value, into);
  if (typeof step === "number") {
    const at = step < 0 && Array.isArray(value) ? value.length + step : step;
    const inner = Array.isArray(value) ? (value[at] as Json | undefined) : undefined;
    return inner === undefined ? value : (value as Json[]).with(at, into(inner, at));
  }
  if (!isObject(value) || !Object.hasOwn(value, step)) return value;
  return { ...value, [step]: into(value[step] as Json, step) };
}

function replaceEvery(value: Json, into: (inner: Json, key: string | number) => Json): Json {
  if (Array.isArray(value)) return value.map((item: Json, at) => into(item, at));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, into(inner, key)]));
}
