import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SealedPlace } from "../../../protocol/language/graph.ts";
import type { Json } from "../../../protocol/language/json.ts";
import type { SealedValue } from "../../../protocol/language/records.ts";
import { countPlaces, isSealed, replacePlaces } from "../../../runtime/machine/places.ts";
import { open, seal, sealingKey } from "../../../runtime/sealing/cipher.ts";

const value = fc.jsonValue() as fc.Arbitrary<Json>;
const KEY = sealingKey("default/t1", Buffer.alloc(32, 7));
const OTHER = sealingKey("default/t1", Buffer.alloc(32, 8));

describe("a sealed value", () => {
  test("opens under its key to what it was, and under no other", () => {
    fc.assert(
      fc.property(value, fc.string(), (clear, place) => {
        const sealed = seal(KEY, place, clear);
        expect(open(KEY, sealed)).toEqual(JSON.parse(JSON.stringify(clear)));
        expect(open(OTHER, sealed)).toBeUndefined();
        expect(open({ ...KEY, name: "default/t2" }, sealed)).toBeUndefined();
      }),
    );
  });

  test("is the same bytes again for the same key, place and value, and differs otherwise", () => {
    expect(seal(KEY, "payload/a", "s")).toEqual(seal(KEY, "payload/a", "s"));
    const data = new Set(
      [seal(KEY, "payload/a", "s"), seal(KEY, "payload/b", "s"), seal(KEY, "payload/a", "t")].map(
        ({ $sealed }) => $sealed.data,
      ),
    );
    expect(data.size).toBe(3);
  });

  test("that was changed does not open", () => {
    const sealed = seal(KEY, "p", { secret: "s3cr3t" });
    const { key, mac, data } = sealed.$sealed;
    const bytes = Buffer.from(data, "base64");
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const forged: SealedValue = { $sealed: { key, mac, data: changed.toString("base64") } };
      expect(open(KEY, forged)).toBeUndefined();
    }
    const otherMac: SealedValue = { $sealed: { key, mac: mac.replace(/^./, "g"), data } };
    expect(open(KEY, otherMac)).toBeUndefined();
    expect(open(KEY, { $sealed: { key, mac, data: "" } })).toBeUndefined();
  });
});

describe("labelled places", () => {
  const places = (...paths: SealedPlace["path"][]): readonly SealedPlace[] =>
    paths.map((path) => ({ path, labels: ["secret"] }));
  const mark = (_: Json, pointer: string): Json => ({
    $sealed: { key: pointer, mac: "", data: "" },
  });
  const shape = (value: Json): Json =>
    JSON.parse(
      JSON.stringify(value, (_, inner) => (isSealed(inner) ? `<${inner.$sealed.key}>` : inner)),
    );
  const every = { every: true } as const;

  test("are replaced where they are, and nothing else is", () => {
    const value: Json = { a: { b: 1, c: [1, 2] }, d: [{ e: 1 }, { f: 2 }] };
    const cases: readonly (readonly [readonly SealedPlace[], Json])[] = [
      [places([]), "<>"],
      [places(["a", "b"]), { a: { b: "</a/b>", c: [1, 2] }, d: value.d ?? null }],
      [places(["a", "c", every]), { a: { b: 1, c: ["</a/c/0>", "</a/c/1>"] }, d: value.d ?? null }],
      [places(["a", every]), { a: { b: "</a/b>", c: "</a/c>" }, d: value.d ?? null }],
      [places(["d", every, "e"]), { a: value.a ?? null, d: [{ e: "</d/0/e>" }, { f: 2 }] }],
      [places(["d", -1]), { a: value.a ?? null, d: [{ e: 1 }, "</d/1>"] }],
      [places(["absent"], ["a", "b", "c"], ["d", 7], ["d", "e"], ["a", 0]), value],
    ];
    for (const [at, expected] of cases) {
      expect(shape(replacePlaces(value, at, mark))).toEqual(expected);
    }
  });

  test("within another are sealed once, with it", () => {
    const value: Json = { a: { b: { c: 1 } } };
    for (const order of [places(["a", "b", "c"], ["a"]), places(["a"], ["a", every, every])]) {
      expect(shape(replacePlaces(value, order, mark))).toEqual({ a: "</a>" });
      expect(countPlaces(value, order)).toBeGreaterThan(0);
    }
  });

  test("keep the value itself where none of them is in it", () => {
    const value: Json = { a: 1 };
    expect(replacePlaces(value, [], mark)).toBe(value);
  });
});
