/** How one would read where a member stands: `context`, `payload`. Empty for what has no such name. */
import type { CedarExpression } from "../../../protocol/language/cedar-expression.ts";

export function pathOf(expression: CedarExpression): readonly string[] {
  switch (expression.op) {
    case "principal":
    case "action":
    case "resource":
    case "context":
      return [expression.op];
    case "get":
      return [...pathOf(expression.of), expression.name];
    case "entity":
      return [`${expression.type}::${JSON.stringify(expression.id)}`];
    default:
      return [];
  }
}
