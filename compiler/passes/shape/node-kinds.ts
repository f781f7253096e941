/** A node is of exactly one kind, told by the key that it has; some kinds are yet to come. */
import { isObject } from "../../../protocol/language/json.ts";
import { quoteAll } from "../../codes/quote.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { closest } from "../../did-you-mean.ts";
import type { ParsedDocument, PathStep } from "../../model.ts";

const KINDS = Object.freeze([
  "transform",
  "effect",
  "decide",
  "call",
  "await",
  "map",
  "parallel",
] as const);
const LATER = Object.freeze(["agent"] as const);

/** Why a node is of no kind, or of more than one. */
export function nodeKindDiagnostic(
  path: readonly PathStep[],
  node: unknown,
  document: ParsedDocument,
): Diagnostic {
  const keys = isObject(node) ? Object.keys(node) : [];
  const name = String(path.at(-1));
  // What a `map` runs is said by `call`.
  const kinds = KINDS.filter(
    (kind) => keys.includes(kind) && (kind !== "call" || !keys.includes("map")),
  );
  const second = kinds[1];
  if (second !== undefined) {
    const at = document.spanOf([...path, second], "key");
    return diagnose("shape/ambiguous-node", at, { node: name, kinds: quoteAll(kinds) });
  }
  const later = LATER.find((kind) => keys.includes(kind));
  if (later !== undefined) {
    return diagnose("shape/not-yet", document.spanOf([...path, later], "key"), { what: later });
  }
  for (const key of keys) {
    const meant = closest(key, KINDS);
    if (meant === undefined) continue;
    const at = document.spanOf([...path, key], "key");
    return diagnose(
      "shape/no-node-kind",
      at,
      { node: name },
      { hint: `Did you mean \`${meant}\`?` },
    );
  }
  return diagnose("shape/no-node-kind", document.spanOf(path, "key"), { node: name });
}
