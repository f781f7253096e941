/**
 * Texts that a policy compares with what can only be one of a few: labels, identities, and the names
 * of effects, workflows and intents. Cedar knows them as texts; one that is misspelt is never met,
 * and a rule about it is about nothing. Patterns (`like`) are not looked at.
 */
import { ACTS } from "../../../protocol/language/acts.ts";
import type { CedarExpression } from "../../../protocol/language/cedar-expression.ts";
import { withoutComments } from "../../../protocol/language/cedar-text.ts";
import { SEALED_LABELS } from "../../../protocol/language/names.ts";
import type { Identity } from "../../../protocol/language/records.ts";
import type { World } from "../../model.ts";
import { expressionsIn } from "./expressions-in.ts";
import { pathOf } from "./member-path.ts";
import type { Range } from "./place-in-text.ts";

export interface UnknownWord {
  /** What it is compared with: `context.labels`. */
  readonly place: string;
  readonly word: string;
  /** All that this can be, or hold. */
  readonly known: readonly string[];
  /** In the text of the statement. */
  readonly at: Range;
}

/** By place, all that it can be, or hold. */
export type Words = ReadonlyMap<string, readonly string[]>;

const IDENTITIES: readonly Identity[] = ["operator", "token", "runtime"];

export function wordsOf({ effects, externals, workflows, governance }: World): Words {
  const intents = [...governance.intents.values()].map(({ artifact }) => artifact.text.type);
  return new Map<string, readonly string[]>([
    ["principal.identity", IDENTITIES],
    ["context.labels", SEALED_LABELS],
    ["context.reach.clearance", SEALED_LABELS],
    ["context.reach.effects", [...effects.keys(), ...externals.keys()]],
    ["context.workflow", [...workflows.keys()]],
    // What is cancelled was asked for by an intent, or by an act.
    ["context.intent", [...intents, ...ACTS.map(({ type }) => type)]],
  ]);
}

export function unknownWords(
  cedar: string,
  conditions: readonly CedarExpression[],
  words: Words,
): readonly UnknownWord[] {
  const compared = conditions.flatMap((condition) =>
    [...expressionsIn(condition)].flatMap((expression) => comparedIn(expression)),
  );
  return compared.flatMap(({ with: side, text }) => {
    const place = placeText(side);
    const known = words.get(place);
    if (known === undefined || known.includes(text)) return [];
    return [{ place, word: text, known, at: placeOf(cedar, text) }];
  });
}

interface Compared {
  readonly with: CedarExpression;
  readonly text: string;
}

function comparedIn(expression: CedarExpression): readonly Compared[] {
  switch (expression.op) {
    case "==":
    case "contains":
    case "containsAll":
    case "containsAny": {
      const { left, right } = expression;
      const beside = (side: CedarExpression) => (text: string) => ({ with: side, text });
      return [...textsOf(right).map(beside(left)), ...textsOf(left).map(beside(right))];
    }
    default:
      return [];
  }
}

/** A text, or those of a set that is written out. */
function textsOf(expression: CedarExpression): readonly string[] {
  if (expression.op === "set") return expression.items.flatMap(textsOf);
  if (expression.op !== "value" || typeof expression.value !== "string") return [];
  return [expression.value];
}

/** Of every principal alike. */
function placeText(side: CedarExpression): string {
  const [first = "", ...names] = pathOf(side);
  return [first.startsWith("Principal::") ? "principal" : first, ...names].join(".");
}

/** Where the text stands as it is; all of the statement where it is written with escapes. */
function placeOf(cedar: string, wanted: string): Range {
  for (const { 0: text, 1: written, index } of withoutComments(cedar).matchAll(TEXT)) {
    if (written === wanted) return { start: index, end: index + text.length };
  }
  return { start: 0, end: cedar.length };
}

const TEXT = /"((?:\\.|[^"\\])*)"/gs;
