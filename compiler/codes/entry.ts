/** The form of a catalogue entry. Messages: lower case, no full stop, the author's words in backticks. */

export type Severity = "error" | "warning";

export interface Entry<P> {
  readonly severity?: Severity;
  readonly message: (p: P) => string;
  /** A sentence of its own: what to do. A place may give a better one. */
  readonly hint?: string;
}

export function entry<P extends Readonly<Record<string, string>>>(
  message: (p: P) => string,
  rest: Omit<Entry<P>, "message"> = {},
): Entry<P> {
  return { message, ...rest };
}
