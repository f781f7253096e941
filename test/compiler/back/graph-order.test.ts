import fc from "fast-check";
import { expect, test } from "vitest";
import { graphOrder, reachable } from "../../../compiler/graph-order.ts";

function links(text: Record<string, string>): Map<string, string[]> {
  return new Map(
    Object.entries(text).map(([from, to]) => [from, to.split(" ").filter((name) => name !== "")]),
  );
}

const anyLinks = fc
  .integer({ min: 1, max: 9 })
  .chain((size) =>
    fc.array(fc.array(fc.integer({ min: 0, max: size - 1 }), { maxLength: 3 }), {
      minLength: size,
      maxLength: size,
    }),
  )
  .map((rows) => new Map(rows.map((row, from) => [`n${from}`, row.map((to) => `n${to}`)])));

test("an acyclic graph is ordered, and ties stand in the order written", () => {
  const { order, cycles } = graphOrder(links({ a: "d", b: "d", c: "", d: "c" }));
  expect(order).toEqual(["a", "b", "d", "c"]);
  expect(cycles).toEqual([]);
});

test("a circle is named from its first name on, by the shortest way", () => {
  const { order, cycles } = graphOrder(links({ a: "b", b: "c d", c: "d", d: "e b", e: "" }));
  expect(order).toEqual([]);
  expect(cycles).toEqual([["b", "d"]]);
});

test("two circles apart are both named, what lies between them is not", () => {
  const graph = links({ a: "b", b: "a m", m: "x", x: "y", y: "x z", z: "" });
  expect(graphOrder(graph).cycles).toEqual([
    ["a", "b"],
    ["x", "y"],
  ]);
});

test("a name that leads to itself is a circle of one", () => {
  expect(graphOrder(links({ a: "a" })).cycles).toEqual([["a"]]);
});

test("one edge that closes circles in several ways is one circle", () => {
  const graph = links({ s: "m", v: "p q", p: "m", q: "m", m: "u", u: "v" });
  expect(graphOrder(graph).cycles).toHaveLength(1);
});

test("for every graph: an order that respects each link, or circles that exist", () => {
  fc.assert(
    fc.property(anyLinks, (graph) => {
      const { order, cycles } = graphOrder(graph);
      const onCircle = [...graph.keys()].filter((name) => reachable(graph, name).has(name));
      for (const cycle of cycles) {
        for (const [index, name] of cycle.entries()) {
          expect(graph.get(name)).toContain(cycle[(index + 1) % cycle.length]);
        }
        expect(new Set(cycle).size).toBe(cycle.length);
      }
      expect(cycles.length > 0).toBe(onCircle.length > 0);
      for (const name of onCircle) {
        const together = (circle: readonly string[]) => {
          const first = circle[0] ?? "";
          return (
            circle.includes(name) ||
            (reachable(graph, first).has(name) && reachable(graph, name).has(first))
          );
        };
        expect(cycles.filter(together)).toHaveLength(1);
      }
      if (cycles.length > 0) return;
      expect([...order].sort()).toEqual([...graph.keys()].sort());
      const at = new Map(order.map((name, index) => [name, index]));
      for (const [from, targets] of graph) {
        for (const to of targets) expect(at.get(from)).toBeLessThan(at.get(to) ?? -1);
      }
    }),
  );
});
