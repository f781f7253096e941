/** Paths that came and went, against all paths of both graphs; and what a graph is compared with itself. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { pathsMissing } from "../../../compiler/diff/path-diff.ts";
import { resultsOf } from "../../../compiler/diff/result-types.ts";
import { compareWorkflows } from "../../../compiler/diff/workflow-diff.ts";
import { trunkOf } from "../../../compiler/proofs/part.ts";
import type { Graph, GraphNode } from "../../../protocol/language/graph.ts";
import { costlyGraph } from "../proofs/costly-graph.ts";

/** Every declared path, as text. */
function declaredPaths(graph: Graph): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const walk = (at: number, text: string, length: number): void => {
    const node = graph.nodes[at] as GraphNode;
    const here = `${text}${node.kind} ${node.name}`;
    if (node.kind === "exit") found.set(`${here} ${node.outcome}`, length);
    for (const { outcome, to, engine } of node.edges) {
      if (engine !== true) walk(to, `${here} ${outcome}, `, length + 1);
    }
  };
  walk(graph.start, "", 0);
  return found;
}

/** The graph with some edges led elsewhere, some outcomes gone, some ends called otherwise. */
function changed(graph: Graph, choices: readonly number[]): Graph {
  let at = 0;
  const choose = (below: number) => (choices[at++ % choices.length] ?? 0) % below;
  const live = trunkOf(graph).order;
  const places = new Map(live.map((index, place) => [index, place]));
  const nodes = graph.nodes.map((node, index) => {
    const place = places.get(index);
    if (place === undefined) return node;
    if (node.kind === "exit" && choose(8) === 0) return { ...node, outcome: "NEW" };
    const later = live.slice(place + 1);
    const edges = node.edges
      .filter(() => choose(20) !== 0)
      .map((edge) =>
        choose(6) === 0 && later.length > 0
          ? { ...edge, to: later[choose(later.length)] ?? edge.to }
          : edge,
      );
    return { ...node, edges };
  });
  return { ...graph, nodes };
}

test("the paths that came and went are those of the one and not of the other", () => {
  const law = fc.property(
    costlyGraph({ size: 4, forks: true, undoes: true }),
    fc.array(fc.nat(), { minLength: 20, maxLength: 60 }),
    (before, choices) => {
      const after = changed(before, choices);
      const [old, now] = [declaredPaths(before), declaredPaths(after)];
      const gone = [...old].filter(([path]) => !now.has(path));
      const one = { graph: before, part: trunkOf(before) };
      const other = { graph: after, part: trunkOf(after) };
      const missing = pathsMissing(one, other);
      expect(Number(missing.count)).toBe(gone.length);
      const least = Math.min(...gone.map(([, length]) => length));
      if (gone.length > 0) expect(missing.shortest?.steps).toHaveLength(least);
      expect(pathsMissing(one, one)).toEqual({ count: "0" });
      expect(Number(pathsMissing(other, undefined).count)).toBe(now.size);
    },
  );
  fc.assert(law, { numRuns: 500 });
});

test("a graph compared with itself has no change, and breaks nobody", () => {
  const law = fc.property(costlyGraph({ size: 3, forks: true, undoes: true }), (graph) => {
    const none = { added: [], removed: [] };
    const { diff, breaking } = compareWorkflows(graph, graph, () => ["a", "b"]);
    expect(breaking).toEqual([]);
    expect(diff).toMatchObject({
      outcomes: none,
      effects: none,
      flows: none,
      paths: [],
      bounds: [],
    });
    expect(diff.nodes).toEqual({ ...none, changed: [] });
  });
  fc.assert(law, { numRuns: 200 });
});

test("every end has a result", () => {
  const law = fc.property(costlyGraph({ size: 3, forks: true, undoes: true }), (graph) => {
    const ends = trunkOf(graph).order.flatMap((index) => {
      const node = graph.nodes[index];
      return node?.kind === "exit" ? [node.outcome] : [];
    });
    expect([...resultsOf(graph).keys()].sort()).toEqual([...new Set(ends)].sort());
  });
  fc.assert(law, { numRuns: 200 });
});
