/**
 * Topological order and circles of small directed graphs: routes between nodes, calls between
 * workflows, references between schemas. The only file that knows the graph library, whose error
 * does not name the circle; this one does.
 */
import { DirectedGraph } from "graphology";
import { topologicalSort } from "graphology-dag";

/** By name the names it leads to; the keys stand in the order written. */
export type Links = ReadonlyMap<string, readonly string[]>;

export interface GraphOrder {
  /** Every name after all that lead to it, ties in the order written; empty where a circle stands. */
  readonly order: readonly string[];
  /**
   * One circle for each set of names that reach one another: a shortest one, beginning with the
   * set's first name. The last name leads back to the first.
   */
  readonly cycles: readonly (readonly string[])[];
}

/** Orders the keys of `links`. Targets that are no keys are left out. */
export function graphOrder(links: Links): GraphOrder {
  const graph = new DirectedGraph();
  for (const name of links.keys()) graph.addNode(name);
  for (const [from, targets] of links) {
    for (const to of targets) if (links.has(to)) graph.mergeEdge(from, to);
  }
  try {
    return { order: topologicalSort(graph), cycles: [] };
  } catch (error) {
    const cycles = circlesOf(coreOf(links));
    // The library has one word for every failure: without a circle it was another one.
    if (cycles.length === 0) throw error;
    return { order: [], cycles };
  }
}

/** All that can be reached from a name, itself only when a circle leads back to it. */
export function reachable(links: Links, from: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const waiting = [from];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    for (const target of links.get(name) ?? []) {
      if (seen.has(target)) continue;
      seen.add(target);
      waiting.push(target);
    }
  }
  return seen;
}

/** The links between those names that lie on a circle or on a way from one circle to another. */
function coreOf(links: Links): Links {
  return withoutLeaves(reversed(withoutLeaves(reversed(links))));
}

/** The links that remain when names that lead nowhere are taken away, again and again. */
function withoutLeaves(links: Links): Map<string, readonly string[]> {
  const sources = reversed(links);
  const open = new Map([...links].map(([name, targets]) => [name, new Set(targets).size]));
  const leaves = [...links.keys()].filter((name) => open.get(name) === 0);
  const gone = new Set(leaves);
  for (let leaf = leaves.pop(); leaf !== undefined; leaf = leaves.pop()) {
    for (const source of sources.get(leaf) ?? []) {
      const left = (open.get(source) ?? 0) - 1;
      open.set(source, left);
      if (left > 0) continue;
      gone.add(source);
      leaves.push(source);
    }
  }
  const kept = [...links].filter(([name]) => !gone.has(name));
  return new Map(kept.map(([name, to]) => [name, to.filter((target) => !gone.has(target))]));
}

/** The same names in the same order, every link turned round, each once. */
function reversed(links: Links): Map<string, readonly string[]> {
  const turned = new Map<string, string[]>([...links.keys()].map((name) => [name, []]));
  for (const [from, targets] of links) {
    for (const to of new Set(targets)) turned.get(to)?.push(from);
  }
  return turned;
}

function circlesOf(core: Links): string[][] {
  const back = reversed(core);
  const done = new Set<string>();
  const cycles: string[][] = [];
  for (const name of core.keys()) {
    if (done.has(name)) continue;
    const circle = shortestCircle(core, name);
    if (circle === undefined) continue;
    cycles.push(circle);
    const behind = reachable(back, name);
    for (const other of reachable(core, name)) if (behind.has(other)) done.add(other);
  }
  return cycles;
}

/** A shortest way from a name back to it, breadth first. */
function shortestCircle(links: Links, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const waiting = [start];
  for (const name of waiting) {
    for (const target of links.get(name) ?? []) {
      if (target === start) return wayTo(name, cameFrom, start);
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, name);
      waiting.push(target);
    }
  }
  return undefined;
}

function wayTo(end: string, cameFrom: ReadonlyMap<string, string>, start: string): string[] {
  const way = [end];
  for (let at = end; at !== start; ) {
    at = cameFrom.get(at) ?? start;
    way.push(at);
  }
  return way.reverse();
}
