/**
 * Which nodes and edges of a graph an execution passed, in order and how often, and where it stands.
 * It only reads records and the graph; it never decides what should have happened, and what the
 * graph does not hold it leaves out. Whatever ran for each item of a list lights up the one node.
 */
import { CANCELLED, type Graph } from "../../protocol/language/graph.ts";
import { isStep, type LedgerRecord } from "../../protocol/language/records.ts";
import { callsOf } from "./calls.ts";
import { type Standing, standingOf } from "./standing.ts";
import { type Place, placesOf } from "./told-name.ts";

/** A node that was passed. */
export interface Pass {
  /** Its number among all steps, from 1; the first one's, where there were several. */
  readonly step: number;
  readonly times: number;
  /** True for the exit at which the execution ended. */
  readonly end: boolean;
}

export interface LitPath {
  /** By node index. */
  readonly nodes: ReadonlyMap<number, Pass>;
  /** How often each outcome was taken, by `from` and `to` as in `edgeKey`. */
  readonly edges: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** By index: nodes that were called and have no answer, in what was cut off there. */
  readonly cutOff: ReadonlySet<number>;
  /** By node index: what waits there. */
  readonly standing: ReadonlyMap<number, readonly Standing[]>;
}

export function edgeKey(from: number, to: number): string {
  return `${from} ${to}`;
}

/** The path that the records of one trace say was taken. */
export function litPath(graph: Graph, records: readonly LedgerRecord[]): LitPath {
  const places = placesOf(graph);
  const nodes = new Map<number, Pass>();
  const edges = new Map<string, Map<string, number>>();
  let step = 0;
  const pass = (at: Place | undefined, end = false): void => {
    step += 1;
    if (at === undefined) return;
    const before = nodes.get(at.index);
    const times = (before?.times ?? 0) + 1;
    nodes.set(at.index, { step: before?.step ?? step, times, end });
  };
  for (const record of records) {
    if (record.type === "closed") pass(places.find(record.exit), true);
    if (!isStep(record) && record.type !== "cancelled") continue;
    const from = places.find(record.node);
    const to = places.find(record.to);
    // What undoes is passed where it leads back: no edge is taken.
    pass(from);
    if (from === undefined || to === undefined) continue;
    const outcome = isStep(record) ? record.outcome : CANCELLED;
    const key = edgeKey(from.index, to.index);
    const taken = edges.get(key) ?? new Map<string, number>();
    edges.set(key, taken.set(outcome, (taken.get(outcome) ?? 0) + 1));
  }
  const standing = standingIn(graph, records);
  const unanswered = callsOf(records).filter(({ last }) => last.type !== "external");
  const called = unanswered.flatMap(({ node }) => places.find(node)?.index ?? []);
  const cutOff = new Set(called.filter((at) => !nodes.has(at) && !standing.has(at)));
  return { nodes, edges, cutOff, standing };
}

function standingIn(
  graph: Graph,
  records: readonly LedgerRecord[],
): ReadonlyMap<number, readonly Standing[]> {
  const places = placesOf(graph);
  const found = new Map<number, Standing[]>();
  for (const standing of standingOf(records)) {
    const at = places.find(standing.node);
    if (at === undefined) continue;
    const there = found.get(at.index) ?? [];
    there.push(standing);
    found.set(at.index, there);
  }
  return found;
}
