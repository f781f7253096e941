/**
 * Where a value comes from: bindings traced through the payloads of calls, so that a caller and what
 * it calls are seen to speak of the same value. What cannot be traced stays as it is.
 */
import type { Binding, Graph, Step } from "../../protocol/language/graph.ts";
import { isObject, type Json } from "../../protocol/language/json.ts";

/** By slot: what a call puts there. Only slots that one call writes, and nobody else. */
export type Calls = ReadonlyMap<number, Binding>;

export function writtenByCalls({ nodes }: Graph): Calls {
  const calls = new Map<number, Binding>();
  const others = new Set<number>();
  for (const node of nodes) {
    if (!("slot" in node)) continue;
    if (node.kind === "enter" && !calls.has(node.slot)) calls.set(node.slot, node.input);
    else others.add(node.slot);
  }
  for (const slot of others) calls.delete(slot);
  return calls;
}

export function sourceOf(binding: Binding, calls: Calls): Binding {
  if ("read" in binding) {
    const [slot, ...steps] = binding.read;
    const call = calls.get(slot);
    const found = call === undefined ? undefined : stepInto(call, steps);
    return found === undefined ? binding : sourceOf(found, calls);
  }
  if ("object" in binding) {
    return {
      object: binding.object.map(([name, inner]) => [name, sourceOf(inner, calls)] as const),
    };
  }
  if ("array" in binding) return { array: binding.array.map((item) => sourceOf(item, calls)) };
  return binding;
}

/** The binding of a part of what a binding gives; undefined where it cannot be told. */
export function stepInto(binding: Binding, steps: readonly Step[]): Binding | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return binding;
  if ("read" in binding) return { read: [...binding.read, ...steps] };
  if ("literal" in binding) {
    const inner = literalAt(binding.literal, step);
    return inner === undefined ? undefined : stepInto({ literal: inner }, rest);
  }
  if ("object" in binding) {
    const inner = binding.object.find(([name]) => name === step)?.[1];
    return inner === undefined ? undefined : stepInto(inner, rest);
  }
  if (!("array" in binding) || typeof step !== "number") return undefined;
  const item = binding.array.at(step);
  return item === undefined ? undefined : stepInto(item, rest);
}

function literalAt(value: Json, step: Step): Json | undefined {
  if (typeof step === "number") return Array.isArray(value) ? value.at(step) : undefined;
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}
