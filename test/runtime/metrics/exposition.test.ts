/** Metrics are text that every reader of the exposition format takes, whatever their labels hold. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Counter } from "../../../runtime/metrics/counter.ts";
import { exposition } from "../../../runtime/metrics/exposition.ts";
import { BOUNDS_SECONDS, boundOf, Histogram } from "../../../runtime/metrics/histogram.ts";
import { readExposition, valueIn } from "./exposition-format.ts";

test("a counter, a gauge and a histogram read as the format has them", () => {
  const counter = new Counter("workflow");
  for (const name of ["a", "b", "a"]) counter.add(name);
  const histogram = new Histogram("workflow");
  for (const ms of [1, 2, 40, 7_000, 10_000_000]) histogram.add(ms, "a");
  const text = exposition([
    { name: "x_total", help: "What it is.", type: "counter", samples: counter.rows() },
    { name: "y", help: "A\\B\nC", type: "gauge", samples: [{ labels: {}, value: 2.5 }] },
    { name: "z_seconds", help: "Durations.", type: "histogram", samples: histogram.rows() },
  ]);
  expect(text.split("\n").slice(0, 8)).toEqual([
    "# HELP x_total What it is.",
    "# TYPE x_total counter",
    'x_total{workflow="a"} 2',
    'x_total{workflow="b"} 1',
    "# HELP y A\\\\B\\nC",
    "# TYPE y gauge",
    "y 2.5",
    "# HELP z_seconds Durations.",
  ]);
  const families = readExposition(text);
  expect(families.get("y")?.help).toBe("A\\B\nC");
  const upTo = (le: string) => valueIn(families, "z_seconds_bucket", { workflow: "a", le });
  expect(["0.001", "0.0025", "0.05", "5", "10", "3600", "+Inf"].map(upTo)).toEqual([
    1, 2, 3, 3, 4, 4, 5,
  ]);
  expect(valueIn(families, "z_seconds_sum", { workflow: "a" })).toBe(10_007.043);
  expect(valueIn(families, "z_seconds_count", { workflow: "a" })).toBe(5);
});

const TEXTS = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\u0000"));

test("labels come back as they went in: quotes, backslashes, line feeds, braces", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(TEXTS, TEXTS)), (drawn) => {
      const counter = new Counter("one", "other");
      const expected = new Map<string, number>();
      for (const [one, other] of drawn) {
        counter.add(one, other);
        const key = JSON.stringify({ one, other });
        expected.set(key, (expected.get(key) ?? 0) + 1);
      }
      const family = {
        name: "x_total",
        help: "",
        type: "counter",
        samples: counter.rows(),
      } as const;
      const samples = readExposition(exposition([family])).get("x_total")?.samples ?? [];
      expect(new Map(samples.map(({ labels, value }) => [JSON.stringify(labels), value]))).toEqual(
        expected,
      );
    }),
  );
});

test("buckets are cumulative, whatever is counted", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 10_000_000 })), (durations) => {
      const histogram = new Histogram();
      for (const ms of durations) histogram.add(ms);
      const [row] = histogram.rows();
      const upTo = BOUNDS_SECONDS.map(
        (bound) => durations.filter((ms) => ms <= bound * 1_000).length,
      );
      expect(row?.upTo ?? upTo).toEqual(upTo);
      expect(row?.count ?? 0).toBe(durations.length);
      const total = durations.reduce((sum, ms) => sum + ms, 0);
      expect(row?.sum ?? 0).toBe(total / 1_000);
    }),
  );
});

test("the bound of a share is the least that so many keep", () => {
  const histogram = new Histogram();
  for (const ms of [1, 1, 1, 40, 10_000_000]) histogram.add(ms);
  const [row] = histogram.rows();
  expect(row && boundOf(row, 0.5)).toBe(0.001);
  expect(row && boundOf(row, 0.8)).toBe(0.05);
  expect(row && boundOf(row, 0.99)).toBe(undefined);
});

test("a counter without labels is there before anything was counted", () => {
  expect(new Counter().rows()).toEqual([{ labels: {}, value: 0 }]);
  expect(new Counter("label").rows()).toEqual([]);
});

test.each([
  ["a counter that does not end in `_total`", { name: "x", type: "counter" }],
  ["a gauge that does", { name: "x_total", type: "gauge" }],
  ["a name with a hyphen", { name: "x-y", type: "gauge" }],
] as const)("%s is our own fault", (_, of) => {
  expect(() => exposition([{ ...of, help: "", samples: [] }])).toThrow();
});
