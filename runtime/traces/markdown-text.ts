/**
 * Pieces of Markdown around text from outside. Whatever a value says, it stays where it is put: it
 * opens no tag, no link, no table cell and no code block, and shows every character that it has.
 */
import type { Json } from "../../protocol/language/json.ts";
import { isObject } from "../../protocol/language/json.ts";
import { isSealed } from "../machine/places.ts";
import { visible, visibleJson } from "./escape.ts";

/** What stands in a person's view for a sealed value. */
const SEALED = "[sealed]";

/** Longer values are cut: the trace file has them whole. */
const BLOCK_CHARS_MAX = 4_000;
const CELL_CHARS_MAX = 80;

/** A value with every sealed value in it replaced by what a person may see. */
export function withoutSealed(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutSealed);
  if (!isObject(value)) return value;
  if (isSealed(value)) return SEALED;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withoutSealed(inner)]),
  );
}

/** Prose of an author: read as text, whatever it holds. */
export function prose(text: string): string {
  return visible(text)
    .replace(/[\\`*_{}[\]<>#+|~&!]/g, "\\$&")
    .replace(/^([-=:]|[0-9]+[.)])/, (mark) => `${mark.slice(0, -1)}\\${mark.slice(-1)}`);
}

/** A code span, also inside a table: a vertical bar stands as its escape. */
export function code(text: string): string {
  const shown = visible(text).replaceAll("|", "\\u007c");
  if (shown === "") return "(empty)";
  const fence = "`".repeat(longestRun(shown) + 1);
  const pad = /^[` ]|[` ]$/.test(shown) ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** A value as a code span of one line, cut where it is long. */
export function inlineJson(value: Json): string {
  const text = visibleJson(withoutSealed(value));
  const letters = [...text];
  if (letters.length <= CELL_CHARS_MAX) return code(text);
  return `${code(letters.slice(0, CELL_CHARS_MAX).join(""))} …`;
}

/** A value as a block of code, cut where it is long; `where` says where the whole of it stands. */
export function jsonBlock(value: Json, where: string): string {
  const text = visibleJson(withoutSealed(value), 2);
  const letters = text.length > BLOCK_CHARS_MAX ? [...text] : [];
  const cut = letters.length > BLOCK_CHARS_MAX;
  const shown = cut ? letters.slice(0, BLOCK_CHARS_MAX).join("") : text;
  const fence = "`".repeat(Math.max(3, longestRun(shown) + 1));
  const note = cut
    ? `\n_Cut after ${BLOCK_CHARS_MAX} of ${letters.length} characters; ${where} has the whole._\n`
    : "";
  return `${fence}json\n${shown}\n${fence}\n${note}`;
}

/** A text of several lines as a block of code; each line shows every character that it has. */
export function textBlock(text: string, language: string): string {
  const shown = text.trimEnd().split("\n").map(visible).join("\n");
  const fence = "`".repeat(Math.max(3, longestRun(shown) + 1));
  return `${fence}${language}\n${shown}\n${fence}\n`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/** A table; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}
