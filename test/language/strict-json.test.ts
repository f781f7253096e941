/** The strict reader takes what JSON.parse takes, but for a list of refusals, each with its place. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { type JsonFaultCode, readStrictJson } from "../../protocol/language/strict-json.ts";

const refused: readonly (readonly [string, string | Uint8Array, JsonFaultCode, string])[] = [
  ["text that is not JSON", "{a: 1}", "json/syntax", ""],
  ["an empty text", "", "json/syntax", ""],
  ["text behind the value", "{} {}", "json/syntax", ""],
  ["a trailing comma", '{"a":[1,]}', "json/syntax", "/a/1"],
  ["a leading zero", '{"a":01}', "json/syntax", ""],
  ["a raw newline in a string", '{"a":"\n"}', "json/syntax", "/a"],
  ["a half escape", '{"a":"\\u12"}', "json/syntax", "/a"],
  ["an unclosed string", '{"a":"x', "json/syntax", "/a"],
  ["a duplicate key", '{"a":{"b":1,"b":2}}', "json/duplicate-key", "/a/b"],
  ["a key that is a duplicate once unescaped", '{"a":1,"\\u0061":2}', "json/duplicate-key", "/a"],
  ["__proto__", '{"a":{"__proto__":{}}}', "json/forbidden-key", "/a"],
  ["an escaped __proto__", '{"\\u005f_proto__":{}}', "json/forbidden-key", ""],
  ["a number beyond double precision", '{"a":1e400}', "json/number-range", "/a"],
  ["an integer beyond 2^53", '{"a":9007199254740993}', "json/number-range", "/a"],
  ["a lone surrogate", '{"a":"\\ud800"}', "json/lone-surrogate", "/a"],
  ["a lone surrogate in a key", '{"\\udc00":1}', "json/lone-surrogate", ""],
  ["a byte order mark", "\uFEFF{}", "json/byte-order-mark", ""],
  ["a byte that is not UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "json/not-utf8", ""],
  ["UTF-16", new Uint8Array(Buffer.from('{"a":1}', "utf16le")), "json/syntax", ""],
  ["a NUL byte", '{"a":\u0000}', "json/syntax", "/a"],
  ["depth 10,000", "[".repeat(10_000) + "]".repeat(10_000), "json/too-deep", "/0".repeat(64)],
  ["a key that is too long", `{"${"k".repeat(1025)}":1}`, "json/key-too-long", ""],
  ["100 MB", new Uint8Array(100 * 1024 * 1024).fill(0x20), "json/too-large", ""],
  ["too many values", `[${"0,".repeat(LIMITS.jsonValuesMax)}0]`, "json/too-many-values", ""],
];

for (const [what, text, code, pointer] of refused) {
  test(`${what} is refused`, () => {
    const read = readStrictJson(text);
    expect(read).toMatchObject({ fault: { code } });
    if (code !== "json/too-many-values" && "fault" in read)
      expect(read.fault.pointer).toBe(pointer);
  });
}

test("a byte that is not UTF-8 is named by its position", () => {
  const bytes = Buffer.concat([Buffer.from('{"a":"é'), Buffer.of(0xc3, 0x28), Buffer.from('"}')]);
  expect(readStrictJson(bytes)).toMatchObject({ fault: { code: "json/not-utf8", offset: 9 } });
});

test("what is read equals what JSON.parse reads, frozen, with -0 as 0", () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false } as object), (text) => {
      const read = readStrictJson(text);
      if ("fault" in read) {
        expect(["json/forbidden-key", "json/number-range", "json/lone-surrogate"]).toContain(
          read.fault.code,
        );
        return;
      }
      expect(JSON.stringify(read.value)).toBe(JSON.stringify(JSON.parse(text)));
      expect(isFrozen(read.value)).toBe(true);
    }),
  );
});

test("any bytes give a value or a fault, never an exception", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(Object.keys(readStrictJson(bytes))).toHaveLength(1);
    }),
  );
});

test("a text that is accepted is accepted again when its value is written", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const first = readStrictJson(JSON.stringify(value));
      if ("fault" in first) return;
      expect(readStrictJson(JSON.stringify(first.value))).toEqual(first);
    }),
  );
});

function isFrozen(value: Json): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozen);
}
