/**
 * Diagnostics in SARIF 2.1.0 (OASIS), the form that code hosts and editors show beside the source.
 * Columns count UTF-16 code units, as everywhere in the compiler.
 */
import { type Code, MESSAGES } from "../codes.ts";
import type { Diagnostic, Span } from "../diagnostic.ts";

export interface SarifOptions {
  /** The program's version. */
  readonly version: string;
  /** The paragraph of a code, as Markdown; undefined where there is none. */
  readonly helpOf: (code: Code) => string | undefined;
}

/** A SARIF log with one run, as a JSON value. */
export function formatSarif(diagnostics: readonly Diagnostic[], options: SarifOptions): object {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "pgs",
            semanticVersion: options.version,
            rules: codes.map((code) => rule(code, options)),
          },
        },
        columnKind: "utf16CodeUnits",
        results: diagnostics.map((one) => result(one, codes.indexOf(one.code))),
      },
    ],
  };
}

function rule(code: Code, { helpOf }: SarifOptions): object {
  const entry = MESSAGES[code];
  const help = helpOf(code);
  return {
    id: code,
    shortDescription: { text: titleOf(code) },
    defaultConfiguration: { level: "severity" in entry ? entry.severity : "error" },
    ...(help === undefined ? {} : { help: { text: help, markdown: help } }),
  };
}

/** `routing/unrouted-outcome` as `unrouted outcome`. */
function titleOf(code: Code): string {
  return code.slice(code.indexOf("/") + 1).replaceAll("-", " ");
}

function result(
  { code, severity, message, hint, span, related }: Diagnostic,
  index: number,
): object {
  return {
    ruleId: code,
    ruleIndex: index,
    level: severity,
    message: { text: hint === undefined ? message : `${message}. ${hint}` },
    locations: [{ physicalLocation: physical(span) }],
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map((one, id) => ({
            id,
            message: { text: one.message },
            physicalLocation: physical(one.span),
          })),
        }),
  };
}

function physical({ file, line, column, endLine, endColumn }: Span): object {
  return {
    artifactLocation: { uri: file.split("/").map(encodeURIComponent).join("/") },
    region: { startLine: line, startColumn: column, endLine, endColumn },
  };
}
