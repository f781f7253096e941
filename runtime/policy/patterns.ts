/** Texts against patterns with wildcards, in time that grows with the text and not with the stars. */

/** `texts` stand between the wildcards, in their order; one alone is the whole text. */
export function isLike(value: string, texts: readonly string[]): boolean {
  const [head = "", ...rest] = texts;
  const tail = rest.pop();
  if (tail === undefined) return value === head;
  const end = value.length - tail.length;
  if (!value.startsWith(head) || !value.endsWith(tail)) return false;
  let at = head.length;
  for (const text of rest) {
    const found = value.indexOf(text, at);
    if (found < 0) return false;
    at = found + text.length;
  }
  return at <= end;
}
