/** Diagnostics as data for other programs. The members keep their names and meaning over releases. */
import type { Diagnostic, Span } from "../diagnostic.ts";

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly end_line: number;
  readonly end_column: number;
}

export interface DiagnosticJson extends Place {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly hint: string | null;
  readonly related: readonly (Place & { readonly message: string })[];
}

export function diagnosticJson({
  code,
  severity,
  message,
  hint,
  span,
  related,
}: Diagnostic): DiagnosticJson {
  return {
    code,
    severity,
    message,
    hint: hint ?? null,
    ...placeJson(span),
    related: related.map((one) => ({ ...placeJson(one.span), message: one.message })),
  };
}

function placeJson({ file, line, column, endLine, endColumn }: Span): Place {
  return { file, line, column, end_line: endLine, end_column: endColumn };
}
