/**
 * How a workflow ends and what is undone before: an exit has an outcome or it compensates, and a
 * node is undone or stands.
 */
import { isObject, type Json, member } from "../../../protocol/language/json.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import type { ParsedDocument, PathStep } from "../../model.ts";

/** What is of a wrong type was found by the kind's schema. */
export function checkEndings(document: ParsedDocument): readonly Diagnostic[] {
  const { value } = document;
  const exits = entriesOf(member(value, "exits"));
  return [
    ...exits.flatMap(([name, exit]) => endFaults(exit, ["exits", name], document)),
    ...endFaults(member(value, "on_fault"), ["on_fault"], document),
    ...entriesOf(member(value, "nodes")).flatMap(([name, node]) =>
      nodeFaults(node, ["nodes", name], document),
    ),
  ];
}

function endFaults(
  end: Json | undefined,
  at: readonly PathStep[],
  document: ParsedDocument,
): readonly Diagnostic[] {
  if (!isObject(end)) return [];
  const outcome = Object.hasOwn(end, "outcome");
  if (outcome !== Object.hasOwn(end, "compensate")) return [];
  if (!outcome) {
    const hint = "Say in which outcome it ends, or that it compensates.";
    const where = document.spanOf(at, "key");
    return [diagnose("shape/missing-key", where, { key: "outcome" }, { hint })];
  }
  const where = document.spanOf([...at, "outcome"], "key");
  return [diagnose("shape/outcome-of-compensating", where, { exit: String(at.at(-1)) })];
}

function nodeFaults(
  node: Json,
  at: readonly PathStep[],
  document: ParsedDocument,
): readonly Diagnostic[] {
  const has = (key: string) => isObject(node) && Object.hasOwn(node, key);
  const name = String(at.at(-1));
  if (has("compensate") && has("irreversible")) {
    const where = document.spanOf([...at, "irreversible"], "key");
    return [diagnose("shape/undone-and-irreversible", where, { node: name })];
  }
  if (!has("pivot") || has("irreversible")) return [];
  const where = document.spanOf([...at, "pivot"], "key");
  return [diagnose("shape/reversible-pivot", where, { node: name })];
}

function entriesOf(value: Json | undefined): readonly (readonly [string, Json])[] {
  return isObject(value) ? Object.entries(value) : [];
}
