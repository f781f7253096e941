/** Points in time are read and written as RFC 3339 means them, without asking what time it is. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { instantOf, readInstant } from "../../../runtime/machine/instants.ts";

const instant = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 });

test("an instant is written as everybody writes it, and read again", () => {
  fc.assert(
    fc.property(instant, (ms) => {
      expect(instantOf(ms)).toBe(new Date(ms).toISOString());
      expect(readInstant(instantOf(ms))).toBe(ms);
    }),
  );
});

test("an offset is taken off, and what is finer than a millisecond is cut off", () => {
  const minutes = fc.integer({ min: -1_439, max: 1_439 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2e12 }), minutes, (ms, offset) => {
      const sign = offset < 0 ? "-" : "+";
      const [hours, rest] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
      const zone = `${sign}${String(hours).padStart(2, "0")}:${String(rest).padStart(2, "0")}`;
      const text = instantOf(ms + offset * 60_000).replace("Z", `999${zone}`);
      expect(readInstant(text)).toBe(ms);
    }),
  );
  expect(readInstant("2026-11-22t01:02:03z")).toBe(Date.UTC(2026, 10, 22, 1, 2, 3));
  expect(readInstant("2016-12-31T23:59:60Z")).toBe(Date.UTC(2017, 0, 1));
  expect(readInstant("2026-11-22T01:02:03.5Z")).toBe(Date.UTC(2026, 10, 22, 1, 2, 3, 500));
});

test.each([
  "",
  "2026-11-22",
  "2026-11-22T01:02:03",
  "2026-11-22T01:02Z",
  "2026-02-29T00:00:00Z",
  "1900-02-29T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-11-31T00:00:00Z",
  "2026-11-22T24:00:00Z",
  "2026-11-22T00:60:00Z",
  "2026-11-22T00:00:61Z",
  "2026-11-22T00:00:00+24:00",
  "2026-11-22T00:00:00.Z",
  "0000-01-01T00:00:00+00:01",
  "9999-12-31T23:59:59-00:01",
  " 2026-11-22T01:02:03Z",
  "+002026-11-22T01:02:03Z",
])("%j is no instant", (text) => {
  expect(readInstant(text)).toBeUndefined();
});

test("what is later than four digits of a year can tell is the last that they can", () => {
  expect(instantOf(Number.MAX_SAFE_INTEGER)).toBe("9999-12-31T23:59:59.999Z");
});
