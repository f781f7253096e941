/**
 * Diagnostics for people: where and what, the source line with carets below what is meant, what to
 * do, and what belongs to it. Nothing from a source can move a terminal's cursor.
 */
import { visible } from "../codes/quote.ts";
import type { Diagnostic, Span } from "../diagnostic.ts";

/** Colours, or functions that leave text as it is. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly dim: (text: string) => string;
}

export interface TextOptions {
  /** The sources by file. A diagnostic of a file that is not here is shown without its line. */
  readonly texts: ReadonlyMap<string, string>;
  readonly paint: Paint;
}

/** The text of diagnostics, each ended by a newline, with an empty line between two. */
export function formatText(diagnostics: readonly Diagnostic[], options: TextOptions): string {
  const lines = new Map<string, readonly string[]>();
  const lineOf = ({ file, line }: Span): string | undefined => {
    let all = lines.get(file);
    if (all === undefined) {
      all = (options.texts.get(file) ?? "").split(/\r?\n/);
      lines.set(file, all);
    }
    return options.texts.has(file) ? all[line - 1] : undefined;
  };
  return diagnostics.map((one) => `${block(one, lineOf, options.paint).join("\n")}\n`).join("\n");
}

type LineOf = (span: Span) => string | undefined;

function block(diagnostic: Diagnostic, lineOf: LineOf, paint: Paint): string[] {
  const { severity, code, message, span, hint, related } = diagnostic;
  const colour = severity === "error" ? paint.red : paint.yellow;
  const head = `${paint.bold(placeOf(span))}: ${colour(severity)} ${paint.bold(code)}: ${visible(message)}`;
  const lines = [head, ...excerpt(span, lineOf, { paint, colour })];
  if (hint !== undefined) lines.push(`  ${paint.cyan("hint:")} ${visible(hint)}`);
  for (const one of related) {
    lines.push(`  ${placeOf(one.span)}: ${visible(one.message)}`);
    lines.push(...excerpt(one.span, lineOf, { paint, colour: paint.cyan }));
  }
  return lines;
}

function placeOf({ file, line, column }: Span): string {
  return `${visible(file)}:${line}:${column}`;
}

/** Characters of a source line that are shown; more before and after the place are cut off. */
const SHOWN_CHARS_MAX = 120;
const SHOWN_BEFORE_MAX = 60;

interface Colours {
  readonly paint: Paint;
  readonly colour: (text: string) => string;
}

/** The span's first line with carets below it; further lines of the span are not shown. */
function excerpt(span: Span, lineOf: LineOf, { paint, colour }: Colours): string[] {
  const line = lineOf(span);
  if (line === undefined || line.trim() === "") return [];
  const number = String(span.line);
  const start = Math.min(span.column - 1, line.length);
  const end = span.endLine > span.line ? line.trimEnd().length : span.endColumn - 1;
  const from = Math.max(0, start - SHOWN_BEFORE_MAX);
  const to = Math.min(line.length, from + SHOWN_CHARS_MAX);
  const stop = Math.max(start, Math.min(end, to));
  const [before, meant, after] = [
    shown(line.slice(from, start)),
    shown(line.slice(start, stop)),
    shown(line.slice(stop, to)),
  ];
  const bar = paint.dim(`${" ".repeat(number.length)} |`);
  const carets = " ".repeat(widthOf(before)) + colour("^".repeat(Math.max(1, widthOf(meant))));
  return [`${paint.dim(`${number} |`)} ${before}${meant}${after}`, `${bar} ${carets}`];
}

/** Tabs as one space each, so that carets stand below what they mean. */
function shown(text: string): string {
  return visible(text.replaceAll("\t", " "));
}

/** Columns that a terminal needs: wide characters, such as those of East Asia, take two. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;
