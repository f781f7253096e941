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
  if (isDeep(bytes)) throw malformed(path, [{ pointer: "", message: "nested too deeply" }]);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { path, value: JSON.parse(text) };
  } catch {
    throw malformed(path, [{ pointer: "", message: "expected JSON" }]);
  }
}

/** The value, frozen, when it has the form and keeps the laws. */
export function believe<T>(
  { path, value }: SealedJson,
  form: Form,
  law: (value: T) => Problem | undefined,
): T {
  const problem = form(value, "") ?? law(value as T);
  if (problem !== undefined) throw malformed(path, [problem]);
  return deepFreeze(value as T);
}

function malformed(path: string, problems: readonly Problem[]): Error {
  return refuse("malformed-file", path, "is not what this program takes", problems);
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Counts brackets outside of strings. */
function isDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) inString = !inString;
    else if (inString) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    if (depth > LIMITS.snapshotDepthMax) return true;
  }
  return false;
}
