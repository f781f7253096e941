import { describe, expect, test } from "vitest";
import type { Json } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import type { Logical, Query } from "../../../protocol/language/query.ts";
import { evaluate } from "../../../runtime/machine/query.ts";

/** The bookstore of RFC 9535, section 1.5. */
const STORE: Json = {
  store: {
    book: [
      { category: "reference", author: "Nigel Rees", price: 8.95 },
      { category: "fiction", author: "Evelyn Waugh", price: 12.99 },
      { category: "fiction", author: "Herman Melville", isbn: "0-553-21311-3", price: 8.99 },
      { category: "fiction", author: "J. R. R. Tolkien", isbn: "0-395-19395-8", price: 22.99 },
    ],
    bicycle: { color: "red", price: 399 },
  },
};

const books: Query = [[{ name: "store" }], [{ name: "book" }]];
const authors = (...selected: Query): readonly Json[] | undefined =>
  evaluate([...books, ...selected, [{ name: "author" }]], STORE);

/** The truth of a comparison on the object of RFC 9535, section 2.3.5.3, Table 11. */
function truth(test: Logical): boolean {
  return evaluate([[{ filter: test }]], [{ obj: { x: "y" }, arr: [2, 3] }])?.length === 1;
}

describe("a plural path", () => {
  test("selects by name, wildcard, index and slice in document order", () => {
    expect(authors([{ wildcard: true }])).toEqual([
      "Nigel Rees",
      "Evelyn Waugh",
      "Herman Melville",
      "J. R. R. Tolkien",
    ]);
    expect(authors([{ index: -1 }])).toEqual(["J. R. R. Tolkien"]);
    expect(authors([{ index: 9 }])).toEqual([]);
    expect(authors([{ slice: [null, 2, null] }])).toEqual(["Nigel Rees", "Evelyn Waugh"]);
    expect(authors([{ slice: [null, null, -2] }])).toEqual(["J. R. R. Tolkien", "Evelyn Waugh"]);
    expect(authors([{ slice: [0, 3, 0] }])).toEqual([]);
    expect(authors([{ index: 1 }, { index: 0 }])).toEqual(["Evelyn Waugh", "Nigel Rees"]);
    expect(
      evaluate([[{ name: "store" }], [{ wildcard: true }], [{ name: "color" }]], STORE),
    ).toEqual(["red"]);
  });

  test("filters by existence and by comparison", () => {
    const isbn: Logical = { exists: { from: "@", query: [[{ name: "isbn" }]] } };
    expect(authors([{ filter: isbn }])).toEqual(["Herman Melville", "J. R. R. Tolkien"]);
    const cheap: Logical = {
      compare: "<",
      left: { value: { from: "@", query: [[{ name: "price" }]] } },
      right: { literal: 10 },
    };
    expect(authors([{ filter: cheap }])).toEqual(["Nigel Rees", "Herman Melville"]);
    expect(authors([{ filter: { and: [cheap, { not: isbn }] } }])).toEqual(["Nigel Rees"]);
  });

  test("never reads what a prototype lends", () => {
    expect(evaluate([[{ name: "constructor" }]], {})).toEqual([]);
    expect(evaluate([[{ name: "length" }]], [1])).toEqual([]);
  });

  test("stops at its budget instead of hanging", () => {
    const wide = Array.from({ length: 1_000 }, (_, at) => at);
    const again: Logical = { exists: { from: "$", query: [[{ wildcard: true }]] } };
    expect(evaluate([[{ filter: again }]], wide)).toBeUndefined();
    const long = "x".repeat(LIMITS.payloadBytesMax);
    const slow: Logical = {
      compare: "==",
      left: { value: { from: "$", query: [[{ index: 0 }]] } },
      right: { literal: `${long.slice(1)}y` },
    };
    expect(evaluate([[{ filter: slow }]], [long, ...wide])).toBeUndefined();
  });
});

describe("a comparison", () => {
  const absent = { value: { from: "@", query: [[{ name: "absent" }]] } } as const;
  const read = (name: string) => ({ value: { from: "@", query: [[{ name }]] } }) as const;
  const cases: readonly (readonly [string, Logical, boolean])[] = [
    ["nothing equals nothing", { compare: "==", left: absent, right: absent }, true],
    ["nothing is at most nothing", { compare: "<=", left: absent, right: absent }, true],
    [
      "nothing differs from a value",
      { compare: "==", left: absent, right: { literal: "g" } },
      false,
    ],
    [
      "nothing is unequal to a value",
      { compare: "!=", left: absent, right: { literal: "g" } },
      true,
    ],
    ["numbers have an order", { compare: "<=", left: { literal: 1 }, right: { literal: 2 } }, true],
    ["kinds have none", { compare: ">", left: { literal: 13 }, right: { literal: "12" } }, false],
    [
      "strings have an order",
      { compare: "<", left: { literal: "a" }, right: { literal: "b" } },
      true,
    ],
    [
      "strings are ordered by scalar values, not by code units",
      { compare: "<", left: { literal: "\uffff" }, right: { literal: "\u{10000}" } },
      true,
    ],
    [
      "an object differs from an array",
      { compare: "==", left: read("obj"), right: read("arr") },
      false,
    ],
    ["an object is at most itself", { compare: "<=", left: read("obj"), right: read("obj") }, true],
    [
      "an array is not less than itself",
      { compare: "<", left: read("arr"), right: read("arr") },
      false,
    ],
    [
      "true is at most true",
      { compare: "<=", left: { literal: true }, right: { literal: true } },
      true,
    ],
    [
      "true is not more than true",
      { compare: ">", left: { literal: true }, right: { literal: true } },
      false,
    ],
    [
      "a length is that of scalar values",
      { compare: "==", left: { call: "length", of: { literal: "😀é" } }, right: { literal: 2 } },
      true,
    ],
    [
      "a number has no length",
      { compare: "==", left: { call: "length", of: { literal: 7 } }, right: absent },
      true,
    ],
    [
      "a count counts values",
      {
        compare: "==",
        left: { call: "count", of: { from: "@", query: [[{ wildcard: true }]] } },
        right: { literal: 2 },
      },
      true,
    ],
    [
      "the value of several values is nothing",
      {
        compare: "==",
        left: { call: "value", of: { from: "@", query: [[{ wildcard: true }]] } },
        right: absent,
      },
      true,
    ],
  ];
  for (const [name, expression, expected] of cases) {
    test(name, () => expect(truth(expression)).toBe(expected));
  }
});
