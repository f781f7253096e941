/**
 * Pass 2, `parse`: from text to JSON values with places, one a document. The text is a strict subset
 * of YAML 1.2; every fault of every file is reported, and no document with a fault is handed on.
 */
import { isObject, type JsonObject } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { type Diagnostic, diagnose } from "../diagnostic.ts";
import type { ParsedDocument, Passed, Source } from "../model.ts";
import { readYaml } from "../yaml.ts";
import type { YamlNode } from "../yaml-tree.ts";
import { type Spanner, spannerOf, spanOf } from "./parse/spans.ts";
import { jsonOf, type ValueFault } from "./parse/values.ts";

export function parse(sources: readonly Source[]): Passed<readonly ParsedDocument[]> {
  const documents: ParsedDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const source of sources) parseSource(source, documents, diagnostics);
  return { value: documents, diagnostics };
}

function parseSource(source: Source, documents: ParsedDocument[], found: Diagnostic[]): void {
  const span = spannerOf(source);
  const { documents: read, faults } = readYaml(source.text, LIMITS.sourceDepthMax);
  for (const { what, start, end, text } of faults) {
    found.push(diagnose(`parse/${what}`, span(start, end), { text }));
  }
  if (read.length === 0 && faults.length === 0) {
    found.push(diagnose("parse/empty-file", span(0, 0), {}));
  }
  for (const { root, sound } of read) {
    const value = rootValue(root, span, found);
    if (value === null || !sound) continue;
    documents.push({
      source,
      value,
      spanOf: (path, part = "value") => {
        const { start, end } = spanOf(root, path, part);
        return span(start, end);
      },
    });
  }
}

/** The value of a document, or null where something in it is wrong. */
function rootValue(root: YamlNode, span: Spanner, found: Diagnostic[]): JsonObject | null {
  if (root.kind !== "map") {
    found.push(
      diagnose("parse/not-a-mapping", span(root.start, root.end), { found: wordFor(root) }),
    );
    return null;
  }
  if (valuesIn(root) > LIMITS.documentValuesMax) {
    const at = span(root.start, root.start + 1);
    found.push(diagnose("parse/too-many-values", at, { limit: String(LIMITS.documentValuesMax) }));
    return null;
  }
  const faults: ValueFault[] = [];
  const value = jsonOf(root, faults);
  for (const fault of faults) found.push(diagnosticOf(fault, span));
  return faults.length === 0 && isObject(value) ? value : null;
}

function diagnosticOf({ what, start, end, text, first }: ValueFault, span: Spanner): Diagnostic {
  const related =
    first === undefined
      ? []
      : [{ span: span(first.start, first.end), message: `\`${text}\` stands here first` }];
  return diagnose(`parse/${what}`, span(start, end), { text }, { related });
}

function wordFor(root: YamlNode): string {
  if (root.kind === "list") return "a list";
  return root.kind === "scalar" && root.text !== "" ? "a single value" : "nothing";
}

/** Every node of a tree, keys included. */
function valuesIn(node: YamlNode): number {
  if (node.kind === "list") return node.items.reduce((sum, item) => sum + valuesIn(item), 1);
  if (node.kind !== "map") return 1;
  return node.entries.reduce((sum, { key, value }) => sum + valuesIn(key) + valuesIn(value), 1);
}
