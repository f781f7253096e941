/**
 * Sealed text as data. The digest says only that it is what was sealed, not that whoever sealed it
 * meant well: depth is bounded before anything is built, the form is checked before it is believed.
 */
import { deepFreeze } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import type { Problem } from "../../protocol/language/refusal.ts";
import type { Form } from "./form.ts";
import { refuse } from "./sealed-files.ts";

/** JSON of bounded depth that is named in refusals by its path. */
export interface SealedJson {
  readonly path: string;
  readonly value: unknown;
}

export function parseSealed(path: string, bytes: Uint8Array): SealedJson {
  const text = textOf(bytes);
  if (text === undefined) throw malformed(path, [{ pointer: "", message: "expected JSON" }]);
  if (isDeep(text)) throw malformed(path, [{ pointer: "", message: "nested too deeply" }]);
  try {
    return { path, value: JSON.parse(text) };
  } catch {
    throw malformed(path, [{ pointer: "", message: "expected JSON" }]);
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The value, frozen, when it has the form and keeps the laws. */
export function believe<T>(
  { path, value }: SealedJson,
  form: Form,
  law: (value: T) => Problem | undefined,
): T {
  const problem = form(value) ?? law(value as T);
  if (problem !== undefined) throw malformed(path, [problem]);
  return deepFreeze(value as T);
}

function malformed(path: string, problems: readonly Problem[]): Error {
  return refuse("malformed-file", path, "is not what this program takes", problems);
}

/**
 * Counts brackets outside of strings. What is no JSON is told of later, by whoever parses it. The
 * searches are the engine's own: a loop over each character takes longer than all else at a start.
 */
function isDeep(text: string): boolean {
  const unescaped = text.replaceAll("\\\\", "").replaceAll('\\"', "");
  const brackets = unescaped.replace(/"[^"]*"/g, "").replace(/[^[\]{}]+/g, "");
  let depth = 0;
  for (const bracket of brackets) {
    depth += bracket === "[" || bracket === "{" ? 1 : -1;
    if (depth > LIMITS.snapshotDepthMax) return true;
  }
  return false;
}
