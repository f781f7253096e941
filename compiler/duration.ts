/**
 * Durations as authors write them: hours, minutes and seconds of ISO 8601, down to a millisecond.
 * It says how long one is, never whether that is too long for its place.
 */

/** As the schema of the kind has it, for editors; at least one part stands. */
export const DURATION_PATTERN =
  /^PT(?=[0-9])([0-9]{1,6}H)?([0-9]{1,6}M)?([0-9]{1,6}([.][0-9]{1,3})?S)?$/;

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** A duration in milliseconds, a whole number; undefined where the text is none. */
export function durationMs(text: string): number | undefined {
  if (!DURATION_PATTERN.test(text)) return undefined;
  const part = (letter: string): number =>
    Number(new RegExp(`([0-9.]+)${letter}`).exec(text)?.[1] ?? 0);
  return Math.round(part("H") * HOUR_MS + part("M") * MINUTE_MS + part("S") * SECOND_MS);
}
