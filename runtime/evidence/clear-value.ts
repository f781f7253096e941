/**
 * What can be known of a recorded value without any key: whether it is another's, as far as both
 * stand in the clear, and what a binding of the payload gives. Sealed places say nothing.
 */
import { type Binding, PAYLOAD_SLOT } from "../../protocol/language/graph.ts";
import { isObject, type Json } from "../../protocol/language/json.ts";
import { bind, Unbound } from "../machine/bind.ts";
import { equal } from "../machine/compare.ts";
import { isSealed } from "../machine/places.ts";

/** Whether two values are the same wherever neither of them is sealed. */
export function isSameInClear(a: Json, b: Json): boolean {
  if (isSealed(a) || isSealed(b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((one, at) => isSameInClear(one, b[at] ?? null));
  }
  if (!isObject(a) || !isObject(b)) return equal(a, b);
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSameInClear(a[name] ?? null, b[name] ?? null))
  );
}

/** What a binding reads of the payload; undefined where it reads something else, or what is sealed. */
export function readOfPayload(binding: Binding, payload: Json): Json | undefined {
  if (!("read" in binding) || binding.read[0] !== PAYLOAD_SLOT) return undefined;
  const value = bind(binding, [payload]);
  return value instanceof Unbound || isSealed(value) ? undefined : value;
}
