/**
 * Every run of a small graph, one by one: each path, each number of attempts, each choice of items
 * and of what branches do, each end of what is undone. It is slow, and says the same as the proofs
 * by other means: it adds up as it goes, knows what was done, and never looks ahead.
 */
import type { Graph, GraphNode, MapNode, ParallelNode } from "../../../protocol/language/graph.ts";

export interface Run {
  readonly end: string;
  readonly writes: number;
  readonly external_calls: number;
  readonly attempts: number;
  readonly waits: number;
  readonly way: number;
  readonly undoing: number;
  /** Nodes whose effect stands, and can be undone. */
  readonly done: readonly number[];
}

type Sum = Omit<Run, "end">;
const ZERO: Sum = {
  writes: 0,
  external_calls: 0,
  attempts: 0,
  waits: 0,
  way: 0,
  undoing: 0,
  done: [],
};

/** The graph has more runs than anybody wants to wait for. */
export class TooMany extends Error {}
const RUNS_MAX = 4_000;

export function runsOf(graph: Graph): readonly Run[] {
  return runsFrom(graph, graph.start);
}

function runsFrom(graph: Graph, root: number): readonly Run[] {
  const found = new Map<string, Run>();
  const walk = (index: number, sum: Sum): void => {
    const node = graph.nodes[index] as GraphNode;
    if (node.kind === "exit" || node.kind === "join") {
      const run = { ...sum, end: node.outcome, done: sum.done.toSorted() };
      found.set(JSON.stringify(run), run);
      if (found.size > RUNS_MAX) throw new TooMany();
    }
    for (const { outcome, to } of node.edges) {
      for (const next of stepsOf(graph, index, { outcome, sum })) walk(to, next);
    }
  };
  walk(root, ZERO);
  return [...found.values()];
}

/** What may have been added up after one step with an outcome. */
function stepsOf(
  graph: Graph,
  index: number,
  { outcome, sum }: { readonly outcome: string; readonly sum: Sum },
): readonly Sum[] {
  const node = graph.nodes[index] as GraphNode;
  if (node.kind === "undo") return undone(graph, node.within, { outcome, sum });
  if (node.kind === "map") return mapped(graph, node, outcome).map((one) => add(sum, one));
  if (node.kind === "parallel") return branched(graph, node, outcome).map((one) => add(sum, one));
  const undo = "undone" in node ? node.undone : undefined;
  const done = undo?.after.includes(outcome) === true ? [index] : [];
  const ended = stepOf(node, outcome).map((one) => add(sum, { ...one, done }));
  if (node.kind !== "external" || outcome !== "CANCELLED") return ended;
  // Begun, and cut off unanswered or behind an attempt: whoever undoes takes it for that.
  const taken = ["IN_DOUBT", ...(node.retry?.outcomes ?? [])];
  if (!taken.some((as) => undo?.after.includes(as) === true)) return ended;
  const begun = stepOf(node, outcome).filter(({ attempts }) => attempts > 0);
  return [...ended, ...begun.map((one) => add(sum, { ...one, done: [index] }))];
}

function add(a: Sum, b: Sum): Sum {
  return {
    writes: a.writes + b.writes,
    external_calls: a.external_calls + b.external_calls,
    attempts: a.attempts + b.attempts,
    waits: a.waits + b.waits,
    way: a.way + b.way,
    undoing: a.undoing + b.undoing,
    done: [...a.done, ...b.done],
  };
}

function stepOf(node: GraphNode, outcome: string): readonly Sum[] {
  if (outcome === "VIOLATION") return [ZERO];
  const cancelled = outcome === "CANCELLED" ? [ZERO] : [];
  if (node.kind === "effect") {
    return [{ ...ZERO, writes: outcome === "SUCCESS" && node.operation !== "RESOLVE" ? 1 : 0 }];
  }
  if (node.kind === "await") {
    const way = "afterMs" in node.limit ? node.limit.afterMs : Number.POSITIVE_INFINITY;
    return [...cancelled, { ...ZERO, waits: 1, way }];
  }
  if (node.kind !== "external") return [ZERO];
  const { retry, timeoutMs } = node;
  const most = retry?.attempts ?? 1;
  let way = most * timeoutMs;
  for (let n = 1; n < most && retry !== undefined; n += 1) {
    way += Math.min(retry.waitMaxMs, retry.waitMs * retry.factor ** (n - 1));
  }
  const all = Array.from({ length: most }, (_, at) => at + 1);
  const last = retry?.outcomes.includes(outcome) === true ? [most] : all;
  return [...cancelled, ...last.map((attempts) => ({ ...ZERO, external_calls: 1, attempts, way }))];
}

/** Every compensation of what was done may end in any way; for COMPENSATED, in one that is enough. */
function undone(
  graph: Graph,
  within: string,
  { outcome, sum }: { readonly outcome: string; readonly sum: Sum },
): readonly Sum[] {
  const isOurs = (index: number) => graph.nodes[index]?.name.startsWith(within) === true;
  let sums: readonly Sum[] = [{ ...sum, done: sum.done.filter((index) => !isOurs(index)) }];
  for (const index of sum.done.filter(isOurs)) {
    const node = graph.nodes[index] as GraphNode;
    const how = "undone" in node ? node.undone : undefined;
    if (how === undefined) continue;
    if (how.by === null) {
      if (outcome === "COMPENSATED") return [];
      continue;
    }
    const by = graph.nodes[how.by] as GraphNode;
    const outcomes =
      outcome === "COMPENSATED"
        ? how.done
        : ["VIOLATION", "FAULT", ...("outcomes" in by ? Object.keys(by.outcomes) : [])];
    const ends = outcomes.flatMap((one) => stepOf(by, one));
    sums = distinct(
      sums.flatMap((one) => ends.map((end) => add(one, { ...end, way: 0, undoing: end.way }))),
    );
  }
  return sums;
}

function distinct(sums: readonly Sum[]): readonly Sum[] {
  const found = [...new Map(sums.map((sum) => [JSON.stringify(sum), sum])).values()];
  if (found.length > RUNS_MAX) throw new TooMany();
  return found;
}

/** Without `end`, so that runs which differ in nothing that counts are one. */
function bodyRuns(graph: Graph, body: number, succeed: readonly string[]) {
  const runs = new Map<string, { readonly sum: Sum; readonly ok: boolean }>();
  for (const { end, ...sum } of runsFrom(graph, body)) {
    const one = { sum, ok: succeed.includes(end) };
    runs.set(JSON.stringify(one), one);
  }
  return [...runs.values()];
}

function mapped(graph: Graph, node: MapNode, wanted: string): readonly Sum[] {
  const runs = bodyRuns(graph, node.body, node.succeed);
  if (runs.length ** node.max > RUNS_MAX) throw new TooMany();
  const found: Sum[] = ["EMPTY", "VIOLATION", "CANCELLED"].includes(wanted) ? [ZERO] : [];
  const begin = (items: readonly (typeof runs)[number][]): void => {
    if (
      items.length > 0 &&
      mayEndIn(wanted, items.filter(({ ok }) => ok).length / items.length, node)
    ) {
      const sums = items.map(({ sum }) => sum);
      found.push({ ...sums.reduce(add), way: makespan(sums, node.concurrency) });
    }
    if (items.length < node.max) for (const run of runs) begin([...items, run]);
  };
  begin([]);
  return distinct(found);
}

function mayEndIn(wanted: string, share: number, { threshold }: MapNode): boolean {
  if (wanted === "VIOLATION" || wanted === "CANCELLED") return true;
  if (share === 1) return wanted === "SUCCESS";
  return wanted === (threshold !== null && share >= threshold ? "PARTIAL" : "FAILED");
}

/** So many at a time, in their order; the next begins when one has ended. */
function makespan(sums: readonly Sum[], concurrency: number): number {
  const lanes = new Array<number>(concurrency).fill(0);
  for (const { way } of sums) {
    lanes.sort((a, b) => a - b);
    lanes[0] = (lanes[0] ?? 0) + way;
  }
  return Math.max(...lanes);
}

function branched(graph: Graph, { branches }: ParallelNode, wanted: string): readonly Sum[] {
  let all: readonly { readonly sums: readonly Sum[]; readonly ok: boolean }[] = [
    { sums: [], ok: true },
  ];
  for (const { body, succeed } of branches) {
    const runs = bodyRuns(graph, body, succeed);
    all = all.flatMap((one) =>
      runs.map((run) => ({ sums: [...one.sums, run.sum], ok: one.ok && run.ok })),
    );
    if (all.length > RUNS_MAX) throw new TooMany();
  }
  const cancelled = wanted === "CANCELLED";
  const ended = all.filter(({ ok }) => cancelled || ok === (wanted === "SUCCESS"));
  const sums = ended.map((one) => ({
    ...one.sums.reduce(add),
    way: Math.max(...one.sums.map(({ way }) => way)),
  }));
  return distinct(cancelled ? [ZERO, ...sums] : sums);
}
