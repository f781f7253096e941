/**
 * Bounds of a text in Cedar, counted before any parser sees it: Cedar's own recursion has none, and
 * a text that nests too deep takes the whole engine with it. Checked where policies are compiled; who
 * decides reads no text. It does not say whether the text is Cedar.
 */
import { LIMITS } from "./limits.ts";

export interface CedarExcess {
  readonly what: string;
  readonly limit: number;
  /** The offset at which the bound is passed. */
  readonly at: number;
}

/** Strings and comments, in which nothing counts; statements' ends, brackets, operators. */
const TOKENS =
  /"(?:\\.|[^"\\])*"|\/\/[^\n]*|[;()[\]{}]|&&|\|\||[=!<>]=|[-+*!<>.@]|\b(?:if|in|is|has|like|when|unless)\b/gs;

/** The first bound that a text passes. */
export function cedarExcess(text: string): CedarExcess | undefined {
  let [depth, operators, statements] = [0, 0, 0];
  for (const { 0: token, index: at } of text.matchAll(TOKENS)) {
    if (token.startsWith('"') || token.startsWith("//")) continue;
    if (token === ";") {
      [depth, operators] = [0, 0];
      statements += 1;
      const limit = LIMITS.policyStatementsMax;
      if (statements > limit) return { what: `${statements} statements`, limit, at };
      continue;
    }
    if ("([{".includes(token)) depth += 1;
    else if (")]}".includes(token)) depth -= 1;
    else operators += 1;
    if (depth > LIMITS.policyNestingMax) {
      return { what: `${depth} brackets in each other`, limit: LIMITS.policyNestingMax, at };
    }
    if (operators > LIMITS.policyOperatorsMax) {
      const what = `${operators} operators in one statement`;
      return { what, limit: LIMITS.policyOperatorsMax, at };
    }
  }
  return undefined;
}

/** The same text, as long, with spaces for comments. */
export function withoutComments(text: string): string {
  return text.replace(/"(?:\\.|[^"\\])*"|\/\/[^\n]*/gs, (part) =>
    part.startsWith("/") ? " ".repeat(part.length) : part,
  );
}
