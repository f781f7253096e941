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
  const slot = path[0];
  let value = slots[slot];
  // Not by a rest: it would be made anew for every value that is read.
  for (let at = 1; at < path.length && value !== undefined; at += 1) {
    value = follow(value, path[at] as Step);
    if (value === undefined) return unread(path, at);
  }
  return value === undefined ? new Unbound("binding/missing", slot, [], []) : value;
}

function unread(
  [slot, ...steps]: readonly [slot: number, ...steps: Step[]],
  last: number,
): Unbound {
  return new Unbound("binding/missing", slot, steps.slice(0, last), []);
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
  for (let at = 0; at < members.length; at += 1) {
    const one = members[at] as (typeof members)[number];
    const value = bind(one[1], slots);
    if (value instanceof Unbound) return value.within(one[0]);
    object[one[0]] = value;
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
