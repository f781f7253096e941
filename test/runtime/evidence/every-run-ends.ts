/** How forks end and what is left of branches that are cut short, as brute force sees it. */
import type { Graph, GraphNode, MapNode, ParallelNode } from "../../../protocol/language/graph.ts";
import type { Branch, Done, Fork } from "./every-run-words.ts";
import { tellIn } from "./every-run-words.ts";

/** The outcome of a fork whose branches have all ended, and its output in words. */
export function forkOutcome(
  node: MapNode | ParallelNode,
  { total, ends }: Fork,
): readonly [outcome: string, output: string] {
  const inOrder = [...ends].sort(([a], [b]) => a - b).map(([, outcome]) => outcome);
  if (node.kind === "parallel") {
    const all = inOrder.every((outcome, at) => node.branches[at]?.succeed.includes(outcome));
    return [all ? "SUCCESS" : "FAILED", JSON.stringify(inOrder)];
  }
  const succeeded = inOrder.filter((outcome) => node.succeed.includes(outcome)).length;
  const counts = [...new Set(inOrder)]
    .sort()
    .map((outcome) => [outcome, inOrder.filter((one) => one === outcome).length]);
  const output = JSON.stringify([total, succeeded, counts, node.collect ? inOrder : null]);
  if (total === 0) return ["EMPTY", output];
  if (succeeded === total) return ["SUCCESS", output];
  const enough = node.threshold !== null && succeeded >= node.threshold * total;
  return [enough ? "PARTIAL" : "FAILED", output];
}

/** What an outcome leaves to be undone. */
export function keptOf(node: GraphNode, name: string, outcome: string): readonly Done[] {
  if (!("undone" in node) || node.undone === undefined) return [];
  const { undone } = node;
  if (undone.after.includes(outcome)) {
    const done = undone.by === null ? [] : undone.done;
    return [{ name, by: undone.by, done }];
  }
  const isLost = node.kind === "external" && !(outcome in node.outcomes) && outcome !== "VIOLATION";
  return isLost ? [{ name, by: null, done: [] }] : [];
}

function unknownOf(node: GraphNode): string {
  return node.kind === "external" && node.repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
}

/** Whether some call was begun whose end nobody knows. */
export function inDoubt(graph: Graph, branch: Branch): boolean {
  if (branch.fork?.live.some((one) => inDoubt(graph, one))) return true;
  const { attempt = 0, retrying } = branch;
  if (attempt === 0) return false;
  return retrying === undefined || retrying === "TIMEOUT" || retrying === "IN_DOUBT";
}

/** What was done, and may be undone where all of it is cancelled. */
export function gathered(graph: Graph, branch: Branch): readonly Done[] {
  const { fork, undo, at, attempt = 0, done, path, retrying } = branch;
  const live = (fork?.live ?? []).flatMap((one) => gathered(graph, one));
  const last = undo?.left.at(-1);
  if (undo !== undefined && last !== undefined) {
    const by = graph.nodes[last.by ?? -1];
    const isLost = attempt > 0 && by?.kind === "external" && by.repeat === "unsafe";
    return [...done, ...undo.left.slice(0, -1), isLost ? { ...last, by: null } : last];
  }
  const node = graph.nodes[at];
  if (node?.kind !== "external" || attempt === 0) return [...done, ...live];
  const name = tellIn(graph, node.name, path);
  return [...done, ...keptOf(node, name, retrying ?? unknownOf(node))];
}
