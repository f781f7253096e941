/**
 * What happened on a way to an end that undoes, and is not undone there: found in a graph alone, with
 * a way that shows it. Ends within calls undo what their own workflow did, and are looked at in that
 * workflow's graph.
 */
import type { Graph, GraphNode } from "../../protocol/language/graph.ts";
import { operationsOf } from "../../protocol/language/semantics.ts";
import { nodeOf } from "./part.ts";
import type { Trail } from "./trail.ts";
import { type Onward, onwardTo, tell, trailsFrom, type Ways, waysIn } from "./ways.ts";

export type Acting = Extract<GraphNode, { kind: "effect" | "external" }>;

export type BreakCode =
  | "proofs/not-undone"
  | "proofs/doubt-not-undone"
  | "proofs/irreversible-before-failure";

/** An effect that would neither be undone nor be known to stand. */
export interface Break {
  readonly code: BreakCode;
  readonly node: Acting;
  /** The outcome after which it is so, the end that is reached, and the way there. */
  readonly outcome: string;
  readonly exit: string;
  readonly path: string;
}

export interface Undone {
  readonly breaks: readonly Break[];
  /** Ends that undo, before which nothing ever happens that is undone or stands. */
  readonly idle: readonly string[];
  /** Nodes whose compensation, or standing, is asked for. */
  readonly used: readonly Acting[];
}

const NOTHING: Undone = Object.freeze({ breaks: [], idle: [], used: [] });

export function undoneIn(graph: Graph, isPivot: (node: Acting) => boolean): Undone {
  const ends = graph.nodes.flatMap((node, index) =>
    node.kind === "undo" && node.within === "" ? [index] : [],
  );
  if (ends.length === 0) return NOTHING;
  const ways = waysIn(graph);
  const onward = onwardTo(ends, ways);
  const trails = trailsFrom(graph.start, ways);
  const breaks: Break[] = [];
  const used: Acting[] = [];
  for (const [index, begun] of trails) {
    const node = nodeOf(graph, index);
    if (!isActing(node)) continue;
    const after = (outcomes: readonly string[]) => hopAfter(index, outcomes, { ways, onward });
    if (node.undone !== undefined && after(node.undone.after) !== undefined) used.push(node);
    for (const { code, outcomes } of wrongsOf(node, isPivot)) {
      const hop = after(outcomes);
      if (hop === undefined) continue;
      const { target, path } = tell(graph, onward, begun)(hop);
      const outcome = hop.steps.at(-1)?.outcome ?? "";
      breaks.push({ code, node, outcome, exit: nodeOf(graph, target).name, path });
      break;
    }
  }
  return { breaks, idle: idleEnds(graph, ends, { ways, trails }), used };
}

/** The first hop from a node, after one of these outcomes, from which an end that undoes is reached. */
function hopAfter(
  index: number,
  outcomes: readonly string[],
  { ways, onward }: { readonly ways: Ways; readonly onward: Onward },
) {
  return (ways.get(index) ?? []).find(
    ({ steps, to }) => onward.has(to) && outcomes.includes(steps.at(-1)?.outcome ?? ""),
  );
}

function isActing(node: GraphNode): node is Acting {
  return node.kind === "effect" || node.kind === "external";
}

interface Wrong {
  readonly code: BreakCode;
  /** Outcomes after which no way may lead to an end that undoes. */
  readonly outcomes: readonly string[];
}

/** What is asked of a node, the worst first. */
function wrongsOf(node: Acting, isPivot: (node: Acting) => boolean): readonly Wrong[] {
  const { undone } = node;
  if (undone === undefined) return [{ code: "proofs/not-undone", outcomes: happenedAfter(node) }];
  const doubt = node.kind === "external" ? [unansweredIn(node)] : [];
  const unclear = doubt.filter((outcome) => !undone.after.includes(outcome));
  const early = undone.by === null && !isPivot(node) ? undone.after : [];
  return [
    { code: "proofs/irreversible-before-failure", outcomes: early },
    { code: "proofs/doubt-not-undone", outcomes: unclear },
  ];
}

function unansweredIn({ repeat }: Extract<Acting, { kind: "external" }>): string {
  return repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
}

/**
 * Outcomes after which an effect of which nothing is said may have happened. A store changes in
 * SUCCESS alone, and in FAULT where that is what SUCCESS gave back; of a call to the outside only
 * what was never sent is known not to have happened.
 */
function happenedAfter(node: Acting): readonly string[] {
  if (node.kind === "effect") {
    const operation = operationsOf(node.semantics, true, true)[node.operation];
    if (operation?.writes !== true) return [];
    return operation.givesBack.includes("SUCCESS") ? ["SUCCESS", "FAULT"] : ["SUCCESS"];
  }
  const declared = Object.keys(node.outcomes);
  const did = declared.includes("SUCCESS") ? ["SUCCESS"] : declared;
  return [...did, unansweredIn(node), "FAULT", "CANCELLED"];
}

function idleEnds(
  graph: Graph,
  ends: readonly number[],
  { ways, trails }: { readonly ways: Ways; readonly trails: ReadonlyMap<number, Trail> },
): readonly string[] {
  const behind = new Set<number>();
  for (const index of trails.keys()) {
    const node = nodeOf(graph, index);
    // What nothing undoes is reported at the node itself.
    const undone = isActing(node) ? (node.undone?.after ?? happenedAfter(node)) : [];
    for (const { steps, to } of ways.get(index) ?? []) {
      if (undone.includes(steps.at(-1)?.outcome ?? "")) behind.add(to);
    }
  }
  for (const index of behind) for (const { to } of ways.get(index) ?? []) behind.add(to);
  return ends.filter((end) => !behind.has(end)).map((end) => nodeOf(graph, end).name);
}
