/**
 * What policies could see of a value: the part of it that has a sealed type, for the record of a
 * denial. What is not what its type says is left out, since nothing would say that it has no label.
 */
import type { CedarRecord, CedarType } from "../../protocol/language/governance.ts";
import { isObject, type Json, type JsonObject } from "../../protocol/language/json.ts";

export function shownOf(value: JsonObject, { attributes }: CedarRecord): JsonObject {
  const shown: Record<string, Json> = {};
  for (const [name, type] of Object.entries(attributes)) {
    const inner = Object.hasOwn(value, name) ? shownAs(value[name], type) : undefined;
    if (inner !== undefined) shown[name] = inner;
  }
  return shown;
}

function shownAs(value: Json | undefined, type: CedarType): Json | undefined {
  switch (type.type) {
    case "String":
      return typeof value === "string" ? value : undefined;
    case "Boolean":
      return typeof value === "boolean" ? value : undefined;
    case "Long":
      return typeof value === "number" ? value : undefined;
    case "Set":
      if (!Array.isArray(value)) return undefined;
      return value
        .map((item: Json) => shownAs(item, type.element))
        .filter((item) => item !== undefined);
    case "Record":
      return isObject(value) ? shownOf(value, type) : undefined;
  }
}
