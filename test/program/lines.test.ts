/** A batch is cut into the same lines however its bytes arrive, and keeps no line that is too long. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Line, lineSplitter } from "../../bin/batch/lines.ts";

const BYTES_MAX = 8;

function linesOf(chunks: readonly Uint8Array[]): readonly Line[] {
  const splitter = lineSplitter(BYTES_MAX);
  return [...chunks.flatMap((chunk) => [...splitter.take(chunk)]), ...splitter.end()];
}

function check(text: string, expected: readonly (readonly [number, string | number])[]): void {
  const found = linesOf([Buffer.from(text)]).map(({ number, length, bytes }) => [
    number,
    bytes === undefined ? length : Buffer.from(bytes).toString(),
  ]);
  expect(found).toEqual(expected);
}

test("lines are numbered from one, the last with its newline or without", () => {
  check("", []);
  check("a", [[1, "a"]]);
  check("a\nb\n", [
    [1, "a"],
    [2, "b"],
  ]);
  check("a\r\nb", [
    [1, "a\r"],
    [2, "b"],
  ]);
});

test("empty lines count where something follows, and are none at the end", () => {
  check("\n \t\r\n\n", []);
  check("\n\na\n\n", [
    [1, ""],
    [2, ""],
    [3, "a"],
  ]);
});

test("a line that is too long is counted, not kept", () => {
  check("12345678\n123456789\nb", [
    [1, "12345678"],
    [2, 9],
    [3, "b"],
  ]);
});

test("chunks make no difference", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "é", " ", "\n", "\r"), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(60), { maxLength: 8 }), (whole, cuts) => {
      const bytes = Buffer.from(whole);
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
        (a, b) => a - b,
      );
      const chunks = places.slice(1).map((to, at) => bytes.subarray(places[at], to));
      const plain = (lines: readonly Line[]) =>
        lines.map(({ bytes: kept, ...rest }) => ({
          ...rest,
          text: kept && String(Buffer.from(kept)),
        }));
      expect(plain(linesOf(chunks))).toEqual(plain(linesOf([bytes])));
    }),
  );
});
