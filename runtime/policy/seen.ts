/**
 * What policies see of a value: the part of it that has a sealed type, and nothing else. A value that
 * has not the type it should have is told so, never changed to fit.
 */
import type { CedarRecord, CedarType } from "../../protocol/language/governance.ts";
import { isObject, type Json, type JsonObject } from "../../protocol/language/json.ts";

export type Seen = { readonly value: Json } | { readonly problem: string };

/** A value as policies see it. */
export function seenOf(value: Json | undefined, type: CedarType, at = ""): Seen {
  const problem = { problem: `${at === "" ? "it" : at} is not what its type says` };
  switch (type.type) {
    case "String":
      return typeof value === "string" ? { value } : problem;
    case "Boolean":
      return typeof value === "boolean" ? { value } : problem;
    case "Long":
      return Number.isSafeInteger(value) ? { value: value as number } : problem;
    case "Set":
      return Array.isArray(value) ? itemsSeen(value, type.element, at) : problem;
    case "Record":
      return isObject(value) ? membersSeen(value, type, at) : problem;
  }
}

function itemsSeen(items: readonly Json[], element: CedarType, at: string): Seen {
  const seen: Json[] = [];
  for (const [index, item] of items.entries()) {
    const inner = seenOf(item, element, `${at}/${index}`);
    if ("problem" in inner) return inner;
    seen.push(inner.value);
  }
  return { value: seen };
}

function membersSeen(value: JsonObject, { attributes }: CedarRecord, at: string): Seen {
  const seen: Record<string, Json> = {};
  for (const [name, type] of Object.entries(attributes)) {
    const there = Object.hasOwn(value, name);
    if (!there && !type.required) continue;
    const inner = seenOf(there ? value[name] : undefined, type, `${at}/${name}`);
    if ("problem" in inner) return inner;
    seen[name] = inner.value;
  }
  return { value: seen };
}
