/**
 * A tree of YAML nodes as a JSON value: plain frozen objects and arrays with own members only. It
 * reports every key and scalar that the language does not take, and goes on past each of them.
 */
import type { Json } from "../../../protocol/language/json.ts";
import type { YamlEntry, YamlList, YamlMap, YamlNode, YamlScalar } from "../../yaml-tree.ts";
import { plainValue } from "./scalars.ts";
import { entryOf } from "./spans.ts";

export type ValueFaultName =
  | "ambiguous-value"
  | "number-range"
  | "lone-surrogate"
  | "empty-value"
  | "non-string-key"
  | "merge-key"
  | "forbidden-key"
  | "duplicate-key";

export interface ValueFault {
  readonly what: ValueFaultName;
  readonly start: number;
  readonly end: number;
  /** The author's text that is wrong. */
  readonly text: string;
  /** For a duplicate key: the node of the first one. */
  readonly first?: YamlNode;
}

/** The value of a node; what is wrong in it is added to `faults`. */
export function jsonOf(node: YamlNode, faults: ValueFault[]): Json {
  switch (node.kind) {
    case "scalar":
      return scalarValue(node, faults);
    case "map":
      return mapValue(node, faults);
    case "list":
      return listValue(node, faults);
    case "alias":
      return null;
  }
}

function scalarValue(node: YamlScalar, faults: ValueFault[]): Json {
  if (!node.plain) {
    if (!node.text.isWellFormed()) faults.push(fault("lone-surrogate", node, node.text));
    return node.text;
  }
  if (node.text === "") {
    faults.push(fault("empty-value", node, ""));
    return null;
  }
  const meaning = plainValue(node.text);
  if ("value" in meaning) return meaning.value;
  faults.push(fault(meaning.fault, node, node.text));
  return null;
}

function listValue(node: YamlList, faults: ValueFault[]): Json {
  return Object.freeze(node.items.map((item) => jsonOf(item, faults)));
}

function mapValue(node: YamlMap, faults: ValueFault[]): Json {
  const members: Record<string, Json> = {};
  for (const entry of node.entries) {
    const key = keyOf(entry, faults);
    if (key !== null && Object.hasOwn(members, key)) {
      const first = entryOf(node, key)?.key ?? entry.key;
      faults.push({ ...fault("duplicate-key", entry.key, key), first });
    }
    const value = memberValue(entry, key, faults);
    if (key !== null) members[key] = value;
  }
  return Object.freeze(members);
}

/** The value of an entry. A missing one is reported at the key, where the author looks. */
function memberValue({ key, value }: YamlEntry, name: string | null, faults: ValueFault[]): Json {
  if (value.kind !== "scalar" || !value.plain || value.text !== "") return jsonOf(value, faults);
  if (name !== null) faults.push(fault("empty-value", key, name));
  return null;
}

/** The text of a key, or null where it cannot be one. */
function keyOf({ key }: YamlEntry, faults: ValueFault[]): string | null {
  const text = textOf(key);
  if (key.kind === "alias") return null;
  if (text === null || !isStringKey(key)) {
    faults.push(fault("non-string-key", key, text ?? ""));
    return null;
  }
  if (text === "<<" || text === "__proto__") {
    faults.push(fault(text === "<<" ? "merge-key" : "forbidden-key", key, text));
    return null;
  }
  if (!text.isWellFormed()) faults.push(fault("lone-surrogate", key, text));
  return text;
}

/** True for a quoted key, and for a plain one that no YAML reader takes for anything but text. */
function isStringKey(key: YamlNode): boolean {
  if (key.kind !== "scalar") return false;
  if (!key.plain) return true;
  const meaning = plainValue(key.text);
  return key.text !== "" && "value" in meaning && typeof meaning.value === "string";
}

function textOf(node: YamlNode): string | null {
  return node.kind === "scalar" ? node.text : null;
}

function fault(what: ValueFaultName, { start, end }: YamlNode, text: string): ValueFault {
  return { what, start, end, text };
}
