/** The cases of a workflow are told apart by their names. */
import { member } from "../../../protocol/language/json.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import type { ParsedDocument } from "../../model.ts";

export function checkTest(document: ParsedDocument): readonly Diagnostic[] {
  const cases = member(document.value, "cases");
  if (!Array.isArray(cases)) return [];
  const first = new Map<string, number>();
  return cases.flatMap((one, at) => {
    const name = member(one, "name");
    if (typeof name !== "string") return [];
    const before = first.get(name);
    if (before === undefined) {
      first.set(name, at);
      return [];
    }
    const related = [{ span: document.spanOf(["cases", before, "name"]), message: "the first" }];
    const span = document.spanOf(["cases", at, "name"]);
    return [diagnose("shape/duplicate-case", span, { name }, { related })];
  });
}
