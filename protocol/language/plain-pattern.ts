/**
 * Patterns of the plainest kind, `^[A-Z]{2}_[0-9a-f]{64}$`: anchored at both ends, characters and
 * classes with counts, at most one without an upper bound. The language's own expressions cannot go
 * wrong on these, however they backtrack; every other pattern is the linear-time engine's.
 */

/** A letter, digit or mark that stands for itself, or a class of such, and how often. */
const PART =
  /(?:[A-Za-z0-9_:/@ -]|\[[A-Za-z0-9_:/@ -]+\])(?:\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\}|([*+?]))?/y;
/** How many ways there are to share a text between the counted parts, at most. */
const WAYS_MAX = 4_096;

/** The expression, where the pattern is of that kind; undefined where it is not. */
export function plainPattern(pattern: string): RegExp | undefined {
  if (!pattern.startsWith("^") || !pattern.endsWith("$")) return undefined;
  const end = pattern.length - 1;
  let ways = 1;
  let unbounded = 0;
  for (let at = 1; at < end; ) {
    PART.lastIndex = at;
    const part = PART.exec(pattern);
    if (part === null) return undefined;
    const [text, least, comma, most, sign] = part;
    if (sign === "*" || sign === "+" || (comma !== undefined && most === undefined)) unbounded += 1;
    else if (sign === "?") ways *= 2;
    else if (most !== undefined) ways *= 1 + Math.max(0, Number(most) - Number(least));
    at += text.length;
  }
  return unbounded <= 1 && ways <= WAYS_MAX ? expressionOf(pattern) : undefined;
}

/** Classes whose ends are in the wrong order are told by whoever compiles the pattern in earnest. */
function expressionOf(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}
