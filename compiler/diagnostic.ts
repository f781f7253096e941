/**
 * A diagnostic is data: a code, a place, parameters. The sentence is its last form, made from the
 * code's entry in the catalogue (`codes.ts`); nothing here decides what is wrong.
 */

import type { Severity } from "./codes/entry.ts";
import { type Code, MESSAGES, type Parameters } from "./codes.ts";

export type { Severity };

/** A half-open range of a file. Lines and columns count from 1, in UTF-16 code units. */
export interface Span {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface Related {
  readonly span: Span;
  readonly message: string;
}

export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly span: Span;
  readonly parameters: Readonly<Record<string, string>>;
  readonly message: string;
  readonly hint?: string;
  readonly related: readonly Related[];
}

export interface Extras {
  readonly hint?: string | undefined;
  readonly related?: readonly Related[];
}

/** Makes a diagnostic of a code, with the parameters that its entry asks for. */
export function diagnose<C extends Code>(
  code: C,
  span: Span,
  parameters: Parameters<C>,
  extras: Extras = {},
): Diagnostic {
  const entry = MESSAGES[code];
  const text = (entry.message as (p: Parameters<C>) => string)(parameters);
  const hint = extras.hint ?? ("hint" in entry ? entry.hint : undefined);
  return {
    code,
    severity: "severity" in entry ? entry.severity : "error",
    span,
    parameters: parameters as Readonly<Record<string, string>>,
    message: text,
    ...(hint === undefined ? {} : { hint }),
    related: extras.related ?? [],
  };
}
