/**
 * What a document's value must look like by the JSON Schema of its kind, put into diagnostics: one
 * fault, one diagnostic, on the offending key. It knows no kind by name; the schemas say it all.
 */
import { isObject, type JsonObject, member } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { CODE_PATTERN, KIND_PREFIXES, type Kind } from "../../../protocol/language/names.ts";
import { quoteAll } from "../../codes/quote.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { closest, didYouMean } from "../../did-you-mean.ts";
import { DURATION_PATTERN } from "../../duration.ts";
import type { KindProblem } from "../../json-schema.ts";
import { validateKind } from "../../kind-validators.ts";
import type { ParsedDocument } from "../../model.ts";
import { unknownKeyword } from "./keywords.ts";
import { nodeKindDiagnostic } from "./node-kinds.ts";
import { isInSchema } from "./schema-places.ts";

/** Everything in which a document departs from the schema of its kind. */
export function checkStructure(kind: Kind, document: ParsedDocument): readonly Diagnostic[] {
  const nodes = member(document.value, "nodes");
  if (isObject(nodes) && Object.keys(nodes).length > LIMITS.workflowNodesMax) {
    // One word for all of them: the time that is needed to find their faults grows with its square.
    const words = { what: "entries", limit: String(LIMITS.workflowNodesMax) };
    return [diagnose("shape/too-many", document.spanOf(["nodes"], "key"), words)];
  }
  const problems = withoutEchoes(validateKind(kind, document.value));
  return problems.map((problem) => diagnosticOf(problem, kind, document));
}

/**
 * Drops what another problem explains: everything inside a node of no or two kinds, and a key that
 * is missing only because its name is misspelt.
 */
function withoutEchoes(problems: readonly KindProblem[]): readonly KindProblem[] {
  const shapeless = new Set(problems.filter(isShapeless).map(({ path }) => JSON.stringify(path)));
  const misspelt = new Set(
    problems
      .filter(({ keyword }) => keyword === "additionalProperties")
      .map((p) => JSON.stringify([...p.path, closest(unknownKey(p), allowedKeys(p))])),
  );
  return problems.filter((problem) => {
    const { path, keyword, params } = problem;
    if (keyword === "oneOf") return isShapeless(problem);
    const inside = path.some((_, at) => shapeless.has(JSON.stringify(path.slice(0, at + 1))));
    if (inside) return false;
    return (
      keyword !== "required" || !misspelt.has(JSON.stringify([...path, params.missingProperty]))
    );
  });
}

/** A node of no kind, or of more than one. What is no mapping at all is told so by its type. */
function isShapeless({ keyword, value }: KindProblem): boolean {
  return keyword === "oneOf" && isObject(value);
}

function unknownKey({ params }: KindProblem): string {
  return String(params.additionalProperty);
}

function allowedKeys({ schema }: KindProblem): readonly string[] {
  const properties = member(schema, "properties");
  return Object.keys((properties ?? {}) as JsonObject);
}

function diagnosticOf(problem: KindProblem, kind: Kind, document: ParsedDocument): Diagnostic {
  const { path, keyword, schema, value } = problem;
  const at = document.spanOf(path);
  const description = member(schema, "description");
  const hint = typeof description === "string" ? description : undefined;
  switch (keyword) {
    case "additionalProperties":
      return unknownKeyDiagnostic(problem, kind, document);
    case "required":
      return missingKey(problem, document);
    case "type":
      return diagnose("shape/wrong-type", at, {
        expected: typeNames(problem.params.type),
        found: nameOfType(value),
      });
    case "pattern":
      return badName(problem, kind, document, hint);
    case "oneOf":
      return nodeKindDiagnostic(path, value, document);
    case "false schema":
      return diagnose("shape/key-of-stream", document.spanOf(path, "key"), {});
    case "uniqueItems": {
      const index = Number(problem.params.i);
      const item = JSON.stringify((value as unknown[])[index]);
      return diagnose("shape/duplicate-item", document.spanOf([...path, index]), { item });
    }
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
    case "exclusiveMaximum": {
      const words = { range: rangeOf(schema), found: String(value) };
      return diagnose("shape/out-of-range", at, words, { hint });
    }
    default:
      return boundDiagnostic(problem, document, hint);
  }
}

/** The bounds that a schema sets to numbers, in words. */
function rangeOf(schema: KindProblem["schema"]): string {
  const bounds = RANGE.flatMap(([keyword, word]) => {
    const bound = member(schema, keyword);
    return typeof bound === "number" ? `${word} ${bound}` : [];
  });
  return bounds.join(" and ");
}

const RANGE: readonly (readonly [keyword: string, word: string])[] = [
  ["minimum", "of at least"],
  ["exclusiveMinimum", "above"],
  ["maximum", "of at most"],
  ["exclusiveMaximum", "below"],
];

/** At the key of the mapping that lacks it; of a whole document, at its `kind`. */
function missingKey({ path, params, schema }: KindProblem, document: ParsedDocument): Diagnostic {
  const key = String(params.missingProperty);
  const where = document.spanOf(path.length === 0 ? ["kind"] : path, "key");
  const about = member(member(member(schema, "properties"), key), "description");
  const hint = typeof about === "string" ? about : undefined;
  return diagnose("shape/missing-key", where, { key }, { hint });
}

function unknownKeyDiagnostic(
  problem: KindProblem,
  kind: Kind,
  document: ParsedDocument,
): Diagnostic {
  const key = unknownKey(problem);
  const allowed = allowedKeys(problem);
  const at = document.spanOf([...problem.path, key], "key");
  if (isInSchema(kind, problem.path)) return unknownKeyword(key, allowed, at);
  const hint = didYouMean(key, allowed) ?? `Keys that may stand here: ${quoteAll(allowed)}.`;
  return diagnose("shape/unknown-key", at, { key }, { hint });
}

function badName(
  { path, name, value, params }: KindProblem,
  kind: Kind,
  document: ParsedDocument,
  hint: string | undefined,
): Diagnostic {
  if (name !== undefined) {
    return diagnose("shape/bad-name", document.spanOf([...path, name], "key"), { name }, { hint });
  }
  const text = String(value);
  const at = document.spanOf(path);
  if (params.pattern === DURATION_PATTERN.source) {
    return diagnose("shape/bad-duration", at, { found: text });
  }
  if (path[0] === "code" && kind !== "domain" && CODE_PATTERN.test(text)) {
    return diagnose("shape/wrong-prefix", at, { code: text, kind, prefix: KIND_PREFIXES[kind] });
  }
  return diagnose("shape/bad-name", at, { name: text }, { hint });
}

/** Values that are not among those allowed, and collections and texts that are too small or big. */
function boundDiagnostic(
  { path, keyword, params, value, name }: KindProblem,
  document: ParsedDocument,
  hint: string | undefined,
): Diagnostic {
  const at = document.spanOf(path);
  if (keyword.startsWith("max")) {
    const what = keyword === "maxLength" ? "characters" : "entries";
    return diagnose("shape/too-many", at, { what, limit: String(params.limit) }, { hint });
  }
  if (/^min(Length|Items|Properties)$/.test(keyword)) {
    return diagnose("shape/empty", document.spanOf(path, "key"), {
      key: String(path.at(-1) ?? name),
    });
  }
  const allowed = Array.isArray(params.allowedValues) ? params.allowedValues.map(String) : [];
  const found = typeof value === "string" ? value : JSON.stringify(value);
  const better = didYouMean(found, allowed);
  const choice = allowed.length === 0 ? hint : `It can be ${quoteAll(allowed)}.`;
  return diagnose("shape/bad-value", at, { found }, { hint: better ?? choice });
}

function typeNames(type: unknown): string {
  const names = (Array.isArray(type) ? type : [type]).map((name) => TYPE_NAMES[String(name)]);
  return names.join(" or ");
}

const TYPE_NAMES: Readonly<Record<string, string>> = Object.freeze({
  object: "a mapping",
  array: "a list",
  string: "text",
  boolean: "true or false",
  integer: "a whole number",
  number: "a number",
  null: "null",
});

function nameOfType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return TYPE_NAMES[typeof value] ?? "nothing";
}
