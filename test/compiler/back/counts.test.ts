/** How many paths were compiled, exactly, however many there are. */
import { expect, test } from "vitest";
import { countsOf, exactJson } from "../../../compiler/counts.ts";
import type { Graph } from "../../../protocol/language/graph.ts";

/** So many forks in the road, one after the other. */
function forks(count: number): Graph {
  const nodes = Array.from({ length: count }, (_, at) => ({
    kind: "decide",
    edges: [
      { outcome: "A", to: at + 1 },
      { outcome: "B", to: at + 1 },
    ],
  }));
  const graph = { nodes: [...nodes, { kind: "exit", edges: [] }], start: 0 };
  return graph as unknown as Graph;
}

test("paths are counted exactly, past all numbers that hold them", () => {
  expect(countsOf(1, [forks(2), forks(3)]).paths).toBe(12n);
  expect(countsOf(1, [forks(300), forks(0)]).paths).toBe(2n ** 300n + 1n);
});

test("JSON holds a number where it is exact, and digits else", () => {
  expect(exactJson(2n ** 53n - 1n)).toBe(9007199254740991);
  expect(exactJson(2n ** 53n)).toBe("9007199254740992");
  expect(exactJson(2n ** 53n + 1n)).toBe("9007199254740993");
});
