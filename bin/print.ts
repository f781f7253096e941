/**
 * Text for people. Everything that comes from outside is made safe for a terminal before it is
 * printed: control characters cannot move the cursor or change what was written before.
 */
import type { ChalkInstance } from "chalk";
import { PHASE_TITLES, phaseBehind } from "../protocol/language/gates.ts";
import type { Json } from "../protocol/language/json.ts";
import type { Problem, Refusal } from "../protocol/language/refusal.ts";

/** Text with control, bidirectional and line-separating characters shown as escapes. */
export function safe(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal obeys.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A JSON value on one line, safe for a terminal; sealed values as `[sealed]`. */
export function valueText(value: Json): string {
  return safe(JSON.stringify(value, maskSealed));
}

export function maskSealed(_key: string, value: unknown): unknown {
  const sealed = typeof value === "object" && value !== null && Object.hasOwn(value, "$sealed");
  return sealed ? "[sealed]" : value;
}

/** One thing that is wrong, and where. */
export function problemText({ pointer, message, place }: Problem): string {
  if (place !== undefined) return `${place}: ${message}`;
  return `at ${pointer === "" ? "the root" : pointer}: ${message}`;
}

export function refusalText(refusal: Refusal, paint: ChalkInstance): string {
  const lines = [`${paint.red("refused")} ${paint.bold(refusal.code)}: ${safe(refusal.message)}`];
  for (const problem of refusal.problems) {
    const { pointer, message, hint } = problem;
    const line = problemText(problem);
    const isSaid =
      refusal.message === line || (pointer === "" && refusal.message.startsWith(message));
    if (!isSaid) lines.push(`  ${safe(line)}`);
    if (hint !== undefined) lines.push(`${isSaid ? "" : "  "}  ${safe(hint)}`);
  }
  const isHinted = refusal.problems.some(({ hint }) => hint === refusal.hint);
  if (refusal.hint !== undefined && !isHinted) lines.push(`  ${safe(refusal.hint)}`);
  if (refusal.gate !== undefined) {
    const phase = phaseBehind(refusal.gate);
    lines.push(`  stopped at the gate ${refusal.gate}, before ${phase} (${PHASE_TITLES[phase]})`);
  }
  if (refusal.trace !== undefined) lines.push(`  recorded as ${refusal.trace}`);
  return `${lines.join("\n")}\n`;
}

/** `1 record`, `2,000 records`. */
export function count(number: number | bigint, what: string): string {
  return `${number.toLocaleString("en-US")} ${what}${String(number) === "1" ? "" : "s"}`;
}

const GAP = 2;

/** A table whose first row is its head. The last column is as wide as it likes. */
export function columns(rows: readonly (readonly string[])[], paint: ChalkInstance): string {
  const [head = []] = rows;
  // Not by spreading: there may be more rows than a call takes arguments.
  const widths = head.map((_, at) =>
    rows.reduce((widest, row) => Math.max(widest, safe(row[at] ?? "").length), 0),
  );
  return rows
    .map((row, index) => {
      const cells = row.map((cell, at) => safe(cell).padEnd((widths[at] ?? 0) + GAP));
      const line = cells.join("").trimEnd();
      return `${index === 0 ? paint.bold(line) : line}\n`;
    })
    .join("");
}
