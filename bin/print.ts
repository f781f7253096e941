/**
 * Text for people. Everything that comes from outside is made safe for a terminal before it is
 * printed: control characters cannot move the cursor or change what was written before.
 */
import type { ChalkInstance } from "chalk";
import type { Json } from "../protocol/language/json.ts";
import type { Refusal } from "../protocol/language/refusal.ts";

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

export function refusalText(refusal: Refusal, paint: ChalkInstance): string {
  const lines = [`${paint.red("refused")} ${paint.bold(refusal.code)}: ${safe(refusal.message)}`];
  for (const { pointer, message } of refusal.problems) {
    lines.push(`  at ${safe(pointer === "" ? "the root" : pointer)}: ${safe(message)}`);
  }
  if (refusal.hint !== undefined) lines.push(`  ${safe(refusal.hint)}`);
  return `${lines.join("\n")}\n`;
}
