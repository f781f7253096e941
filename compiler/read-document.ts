/**
 * One YAML text that is no part of a protocol, read as strictly as a protocol is: the same bytes,
 * the same subset of YAML, the same places. What its keys mean is the business of whoever asks.
 */
import type { Diagnostic } from "./diagnostic.ts";
import type { ParsedDocument, Passed, Source } from "./model.ts";
import { textOf } from "./passes/load/text.ts";
import { textDiagnostic } from "./passes/load.ts";
import { parse } from "./passes/parse.ts";

export type ReadDocument = Pick<ParsedDocument, "value" | "spanOf">;

/** Its documents; none where something is wrong, or where the text holds nothing but comments. */
export function readDocument(bytes: Uint8Array, file: string): Passed<readonly ReadDocument[]> {
  const text = textOf(bytes);
  if (typeof text === "object") return { value: [], diagnostics: [textDiagnostic(file, text)] };
  const source: Source = { file, domain: "", text };
  const { value, diagnostics } = parse([source]);
  const wrong = diagnostics.filter((found: Diagnostic) => found.code !== "parse/empty-file");
  return { value: wrong.length === 0 ? value : [], diagnostics: wrong };
}
