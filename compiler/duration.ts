/**
 * Durations as authors write them: days, hours, minutes and seconds of ISO 8601, down to a
 * millisecond. Months and years are no durations: nobody can say how long one is. It says how long
 * one is, never whether that is too long for its place.
 */

/** As the schemas of the kinds have it, for editors; at least one part stands. */
export const DURATION_PATTERN =
  /^P(?=[0-9T])([0-9]{1,6}D)?(T(?=[0-9])([0-9]{1,6}H)?([0-9]{1,6}M)?([0-9]{1,6}([.][0-9]{1,3})?S)?)?$/;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** A duration in milliseconds, a whole number; undefined where the text is none. */
export function durationMs(text: string): number | undefined {
  if (!DURATION_PATTERN.test(text)) return undefined;
  const part = (letter: string): number =>
    Number(new RegExp(`([0-9.]+)${letter}`).exec(text)?.[1] ?? 0);
  const parts =
    part("D") * DAY_MS + part("H") * HOUR_MS + part("M") * MINUTE_MS + part("S") * SECOND_MS;
  return Math.round(parts);
}

/** The shortest way to write a bound, in whole days or hours, for messages. */
export function durationText(ms: number): string {
  return ms % DAY_MS === 0 ? `P${ms / DAY_MS}D` : `PT${ms / HOUR_MS}H`;
}
