/** An invariant states one law, over workflows that it names, about points that are one thing each. */
import type { InvariantText, PointText } from "../../../protocol/language/artifacts.ts";
import { isObject, type JsonObject, member } from "../../../protocol/language/json.ts";
import { quoteAll } from "../../codes/quote.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import type { ParsedDocument, PathStep } from "../../model.ts";

/** The laws that an invariant may state, by their keys. */
export const LAWS = Object.freeze([
  "before",
  "never",
  "always_followed_by",
  "at_most",
  "exactly",
  "independent",
  "only_from",
] as const satisfies readonly (keyof InvariantText)[]);

/** Where points stand below a law. */
const POINTS = Object.freeze(["first", "then", "of"]);
const WHAT = Object.freeze(["node", "effect", "label"] as const satisfies (keyof PointText)[]);

/** What is no mapping, or no list, was found by the kind's schema. */
export function checkInvariant(document: ParsedDocument): readonly Diagnostic[] {
  const { value } = document;
  const stated = LAWS.filter((law) => Object.hasOwn(value, law));
  if (stated.length !== 1) {
    const found = stated.length === 0 ? "none" : quoteAll(stated);
    const at = stated.length === 0 ? ["kind"] : [String(stated[1])];
    return [diagnose("shape/one-law", document.spanOf(at, "key"), { found })];
  }
  const [law = ""] = stated;
  return [...workflowFaults(law, document), ...pointFaults(law, document)];
}

function workflowFaults(law: string, document: ParsedDocument): readonly Diagnostic[] {
  const workflows = member(document.value, "workflows");
  if (!Array.isArray(workflows)) return [];
  const ofAll = law === "only_from";
  // Neither looks at how a path ends.
  const anyEnd = ofAll || law === "independent";
  const scope = anyEnd && Object.hasOwn(document.value, "ending_in") ? "ending_in" : "workflows";
  if (scope === "workflows" && (workflows.length === 0) === ofAll) return [];
  const at = document.spanOf([scope], "key");
  const hint = ofAll
    ? "Write `workflows: []`, and no `ending_in`: `only_from` speaks of every workflow, whatever its end."
    : scope === "ending_in"
      ? "Remove it: the law is about what decides, however the path ends."
      : "Name at least one workflow.";
  return [diagnose("shape/law-without-scope", at, { law, key: scope }, { hint })];
}

function pointFaults(law: string, document: ParsedDocument): readonly Diagnostic[] {
  const points = member(document.value, law);
  if (!isObject(points)) return [];
  return POINTS.flatMap((name) => {
    const point = member(points, name);
    return isObject(point) ? pointFault(point, [law, name], document) : [];
  });
}

function pointFault(
  point: JsonObject,
  path: readonly PathStep[],
  document: ParsedDocument,
): readonly Diagnostic[] {
  const said = WHAT.filter((key) => Object.hasOwn(point, key));
  const op = Object.hasOwn(point, "op");
  if (said.length === 1 && (!op || said[0] === "effect")) return [];
  const found = said.length === 1 ? quoteAll([...said, "op"]) : quoteAll(said);
  const at = document.spanOf(path, "key");
  return [diagnose("shape/one-point", at, { found: said.length === 0 ? "none" : found })];
}
