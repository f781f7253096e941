/** Every expression of a policy's condition, itself first; what an expression means is its reader's. */
import type { CedarExpression } from "../../../protocol/language/cedar-expression.ts";

export function* expressionsIn(expression: CedarExpression): Generator<CedarExpression> {
  yield expression;
  const parts = Object.values(expression).flatMap((part): readonly unknown[] =>
    Array.isArray(part) ? part.flat() : [part],
  );
  for (const part of parts) if (isExpression(part)) yield* expressionsIn(part);
}

function isExpression(part: unknown): part is CedarExpression {
  return typeof part === "object" && part !== null && "op" in part;
}
