/**
 * The name that somebody most likely meant. It suggests one that is close, or none: a far guess is
 * worse than silence.
 */

/** The closest of `names` to `wrong`, undefined when none is close. Ties go to the first. */
export function closest(wrong: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  // One edit for every three characters: a word of one or two has no close neighbours.
  let least = Math.floor(wrong.length / 3) + 1;
  for (const name of names) {
    const distance = distanceBelow(wrong.toLowerCase(), name.toLowerCase(), least);
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** `Did you mean …?`, or nothing to say. */
export function didYouMean(wrong: string, names: Iterable<string>): string | undefined {
  const name = closest(wrong, names);
  return name === undefined ? undefined : `Did you mean \`${name}\`?`;
}

/** Names longer than this are not compared: nobody means one by accident. */
const COMPARED_CHARS_MAX = 200;

/**
 * The number of edits (insertions, deletions, substitutions, swaps of neighbours) between two words,
 * or `limit` when it is at least that: optimal string alignment, row by row.
 */
function distanceBelow(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  if (a.length > COMPARED_CHARS_MAX || b.length > COMPARED_CHARS_MAX) return limit;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next[j] = Math.min(
        (row[j] ?? limit) + 1,
        (next[j - 1] ?? limit) + 1,
        (row[j - 1] ?? limit) + (same ? 0 : 1),
        swapped ? (before[j - 2] ?? limit) + 1 : limit,
      );
    }
    if (Math.min(...next) >= limit) return limit;
    [before, row] = [row, next];
  }
  return Math.min(row[b.length] ?? limit, limit);
}
