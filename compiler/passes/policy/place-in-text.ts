/**
 * Places inside of a text that an author wrote as a YAML scalar. In a block (`|`) and on one line
 * they are exact; where YAML folded or unescaped the text, the whole scalar is the place.
 */
import type { Span } from "../../diagnostic.ts";
import type { ParsedDocument, PathStep } from "../../model.ts";

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The place of a part of the text at `path`; of all of it, where no part is named. */
export function spanInText(
  document: ParsedDocument,
  path: readonly PathStep[],
  { text, range }: { readonly text: string; readonly range: Range | undefined },
): Span {
  const whole = document.spanOf(path);
  if (range === undefined) return whole;
  const lines = document.source.text.split("\n");
  const head = (lines[whole.line - 1] ?? "").slice(whole.column - 1);
  if (!head.startsWith("|")) {
    if (whole.line !== whole.endLine || !head.startsWith(text)) return whole;
    const column = whole.column + range.start;
    const endColumn = whole.column + Math.max(range.end, range.start);
    return { ...whole, column, endColumn };
  }
  const from = positionOf(text, range.start, whole.line, lines);
  const to = positionOf(text, Math.max(range.end, range.start), whole.line, lines);
  return { file: whole.file, ...from, endLine: to.line, endColumn: to.column };
}

/** Line for line a block's text is its source without the indentation. */
function positionOf(
  text: string,
  offset: number,
  headLine: number,
  lines: readonly string[],
): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  const at = before.length - 1;
  const written = text.split("\n")[at] ?? "";
  const source = (lines[headLine + at] ?? "").replace(/\r$/, "");
  const indent = source.endsWith(written) ? source.length - written.length : 0;
  return { line: headLine + 1 + at, column: indent + (before[at] ?? "").length + 1 };
}
