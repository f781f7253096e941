/**
 * Points in time as text, as in RFC 3339, and as milliseconds since 1970. It reads texts and counts;
 * it never asks what time it is.
 */

const DAY_MS = 86_400_000;
/** Days from 1 March of the year 0 to 1 January 1970. */
const EPOCH_DAYS = 719_468;
const DAYS_OF_400_YEARS = 146_097;

const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,20}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** The first and the last that are told with four digits of a year. */
const FIRST_MS = -62_167_219_200_000;
const LAST_MS = 253_402_300_799_999;

/** The milliseconds of a date and time with its offset; undefined where it is none. */
export function readInstant(text: string): number | undefined {
  const [, year, month, day, hour, minute, second, fraction, sign, hours, minutes] =
    INSTANT.exec(text) ?? [];
  if (year === undefined) return undefined;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number) as Six;
  // A leap second is the first of the next minute.
  if (mo < 1 || mo > 12 || d < 1 || d > daysIn(y, mo) || h > 23 || mi > 59 || s > 60)
    return undefined;
  if (Number(hours ?? 0) > 23 || Number(minutes ?? 0) > 59) return undefined;
  const offset = (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
  const ms = Number((fraction ?? "").padEnd(3, "0").slice(0, 3));
  const all = daysTo(y, mo, d) * DAY_MS + ((h * 60 + mi - offset) * 60 + s) * 1_000 + ms;
  return all < FIRST_MS || all > LAST_MS ? undefined : all;
}

type Six = [number, number, number, number, number, number];

/** In UTC, with milliseconds; what is later than all that can be told is the last of these. */
export function instantOf(instantMs: number): string {
  const all = Math.min(Math.max(instantMs, FIRST_MS), LAST_MS);
  const days = Math.floor(all / DAY_MS);
  const [year, month, day] = dateOf(days);
  const ms = all - days * DAY_MS;
  const seconds = Math.floor(ms / 1_000);
  const clock = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const date = [padded(year, 4), padded(month, 2), padded(day, 2)].join("-");
  return `${date}T${clock.map((part) => padded(part, 2)).join(":")}.${padded(ms % 1_000, 3)}Z`;
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, "0");
}

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days since 1970, of years that begin in March: their last day is the one that may be missing. */
function daysTo(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + dayOfYear;
  return era * DAYS_OF_400_YEARS + dayOfEra - EPOCH_DAYS;
}

function dateOf(days: number): readonly [year: number, month: number, day: number] {
  const since = days + EPOCH_DAYS;
  const era = Math.floor(since / DAYS_OF_400_YEARS);
  const ofEra = since - era * DAYS_OF_400_YEARS;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
      365,
  );
  const beforeYear = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  const dayOfYear = ofEra - beforeYear;
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}
