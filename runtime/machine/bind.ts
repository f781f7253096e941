/**
 * Bindings: builds a value out of the slots. It reads own members only, and says where a value is
 * missing instead of putting something in its place.
 */
import type { Binding, Step } from "../../protocol/language/graph.ts";
import { isObject, type Json } from "../../protocol/language/json.ts";
import type { Slots } from "./program.ts";
import { evaluate } from "./query.ts";

/** Why a binding gave no value. Never a JSON value: told apart by its class. */
export class Unbound {
  constructor(
    readonly code: "binding/missing" | "binding/too-many-visits",
    readonly slot: number,
    /** How far the path was followed, the missing step last. */
    readonly steps: readonly Step[],
    /** Where in the value that was being built. */
    readonly place: readonly Step[],
  ) {}

  within(step: Step): Unbound {
    return new Unbound(this.code, this.slot, this.steps, [step, ...this.place]);
  }
}

/** The value that a binding gives, frozen, as slots and literals are; `Unbound` where a path leads nowhere. */
export function bind(binding: Binding, slots: Slots): Json | Unbound {
  if ("read" in binding) return read(binding.read, slots);
  if ("literal" in binding) return binding.literal;
  if ("object" in binding) return bindObject(binding.object, slots);
  if ("array" in binding) return bindArray(binding.array, slots);
  const [slot, query] = binding.query;
  const root = slots[slot];
  if (root === undefined) return new Unbound("binding/missing", slot, [], []);
  const found = evaluate(query, root);
  return found === undefined
    ? new Unbound("binding/too-many-visits", slot, [], [])
    : Object.freeze(found);
}

function read(path: readonly [slot: number, ...steps: Step[]], slots: Slots): Json | Unbound {
  const [slot, ...steps] = path;
  let value = slots[slot];
  for (let at = 0; at < steps.length && value !== undefined; at += 1) {
    value = follow(value, steps[at] as Step);
    if (value === undefined) {
      return new Unbound("binding/missing", slot, steps.slice(0, at + 1), []);
    }
  }
  return value ?? (value === null ? null : new Unbound("binding/missing", slot, [], []));
}

function follow(value: Json, step: Step): Json | undefined {
  if (typeof step === "number") return Array.isArray(value) ? value.at(step) : undefined;
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

function bindObject(
  members: readonly (readonly [key: string, value: Binding])[],
  slots: Slots,
): Json | Unbound {
  const object: Record<string, Json> = {};
  for (const [key, binding] of members) {
    const value = bind(binding, slots);
    if (value instanceof Unbound) return value.within(key);
    object[key] = value;
  }
  return Object.freeze(object);
}

function bindArray(items: readonly Binding[], slots: Slots): Json | Unbound {
  const array: Json[] = [];
  for (const binding of items) {
    const value = bind(binding, slots);
    if (value instanceof Unbound) return value.within(array.length);
    array.push(value);
  }
  return Object.freeze(array);
}
