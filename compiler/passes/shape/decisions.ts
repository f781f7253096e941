/** A decision table ends with `otherwise`, and has it nowhere else: it always gives an outcome. */
import { isObject, type JsonObject, member } from "../../../protocol/language/json.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import type { ParsedDocument } from "../../model.ts";

export function checkDecisions(document: ParsedDocument): readonly Diagnostic[] {
  const nodes = member(document.value, "nodes");
  if (!isObject(nodes)) return [];
  return Object.entries(nodes).flatMap(([name, node]) => {
    const rows = member(node, "decide");
    return Array.isArray(rows) && rows.every(isObject) ? tableFaults(name, rows, document) : [];
  });
}

function tableFaults(
  node: string,
  rows: readonly JsonObject[],
  document: ParsedDocument,
): readonly Diagnostic[] {
  const path = ["nodes", node, "decide"];
  const last = rows.length - 1;
  const late = rows.findIndex((row, at) => at < last && Object.hasOwn(row, "otherwise"));
  if (late >= 0) {
    const at = document.spanOf([...path, late, "otherwise"], "key");
    return [diagnose("shape/late-otherwise", at, { rows: String(last - late) })];
  }
  const ends = rows.at(-1);
  if (ends === undefined || Object.hasOwn(ends, "otherwise")) return [];
  return [diagnose("shape/missing-otherwise", document.spanOf(path, "key"), { node })];
}
