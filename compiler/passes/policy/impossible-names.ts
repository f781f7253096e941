/**
 * Names in a policy that nobody can have: tenants and principals are called as the language says,
 * and a rule about one that is called otherwise (a path, an empty text) is about nobody, though it
 * looks like a protection.
 */
import { GENESIS_TENANT } from "../../../protocol/language/acts.ts";
import type { CedarExpression } from "../../../protocol/language/cedar-expression.ts";
import { withoutComments } from "../../../protocol/language/cedar-text.ts";
import { PRINCIPAL_PATTERN, TENANT_PATTERN } from "../../../protocol/language/names.ts";
import { expressionsIn } from "./expressions-in.ts";
import type { Range } from "./place-in-text.ts";

export interface ImpossibleName {
  readonly type: "Tenant" | "Principal";
  readonly name: string;
  /** In the text of the statement. */
  readonly at: Range;
}

export function impossibleNames(
  cedar: string,
  conditions: readonly CedarExpression[],
): readonly ImpossibleName[] {
  const found: ImpossibleName[] = [];
  for (const condition of conditions) {
    for (const expression of expressionsIn(condition)) {
      if (expression.op !== "entity") continue;
      const { type, id: name } = expression;
      if (type !== "Tenant" && type !== "Principal") continue;
      if (!isPossible(type, name)) found.push({ type, name, at: placeOf(cedar, type) });
    }
  }
  return found;
}

function isPossible(type: ImpossibleName["type"], name: string): boolean {
  if (type === "Principal") return PRINCIPAL_PATTERN.test(name);
  return TENANT_PATTERN.test(name) || name === GENESIS_TENANT;
}

/** The first such name as it is written; all of the statement where none is found. */
function placeOf(cedar: string, type: ImpossibleName["type"]): Range {
  const written = new RegExp(`\\b${type}\\s*::\\s*"((?:\\\\.|[^"\\\\])*)"`, "gs");
  for (const { 0: text, 1: name = "", index } of withoutComments(cedar).matchAll(written)) {
    if (!isPossible(type, name)) return { start: index, end: index + text.length };
  }
  return { start: 0, end: cedar.length };
}
