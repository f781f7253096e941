/**
 * Forks: what a `map` or a `parallel` begins with, what is kept of an item or a branch that has
 * ended, and what comes of it once all of them have. Nothing here walks: the step does.
 */
import type { MapNode, ParallelNode } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import { bind, Unbound } from "./bind.ts";
import { nodeAt } from "./edges.ts";
import { missing, tooLarge, Violation, violate } from "./inputs.ts";
import type { Forked, Joined, Program, Slots, Walk } from "./program.ts";
import { reason } from "./reasons.ts";
import { nodeRecord } from "./record.ts";
import { nameOf, takenBy } from "./told.ts";
import { appended } from "./undo.ts";
import { overweight } from "./weigh.ts";

export type ForkNode = MapNode | ParallelNode;

export function forkAt({ graph }: Program, { at }: Forked): ForkNode {
  const node = nodeAt(graph, at);
  invariant(node.kind === "map" || node.kind === "parallel", "a `map` or a `parallel` forks");
  return node;
}

/** Comes to a `map`: nothing of it has begun. */
export function visitMap(going: Walk, node: MapNode, at: number): number | Forked {
  const items = bind(node.items, going.slots);
  if (items instanceof Unbound) return violate(going, node, missing(going, items));
  if (!Array.isArray(items)) return violate(going, node, unfit("expected a list"));
  if (items.length > node.max) {
    return violate(going, node, unfit(`expected a list of at most ${node.max} items`));
  }
  return begun(going, at, items);
}

function unfit(message: string): Violation {
  return new Violation(reason("violation/unfit-list", message, { confidential: false }));
}

export function visitParallel(going: Walk, at: number): Forked {
  return begun(going, at, null);
}

function begun({ slots, done }: Walk, at: number, items: readonly Json[] | null): Forked {
  return {
    status: "forked",
    at,
    slots,
    done,
    items,
    next: 0,
    live: [],
    counts: {},
    succeeded: 0,
    ends: null,
  };
}

/** How many begin in all, and how many may be under way at a time. */
export function sizeOf(
  node: ForkNode,
  { items }: Forked,
): { readonly total: number; readonly atOnce: number } {
  if (node.kind === "map") return { total: items?.length ?? 0, atOnce: node.concurrency };
  const total = node.branches.length;
  return { total, atOnce: total };
}

/** Where an item or a branch begins, and with which values. */
export function beginningOf(
  node: ForkNode,
  { slots, items }: Forked,
  index: number,
): { readonly at: number; readonly slots: Slots[number][] } {
  const own = [...slots];
  if (node.kind === "parallel") {
    const branch = node.branches[index];
    invariant(branch !== undefined, "a `parallel` has a branch for each index");
    return { at: branch.body, slots: own };
  }
  own[node.item] = items?.[index];
  return { at: node.body, slots: own };
}

/** The fork behind the end of an item or a branch. */
export function endedIn(node: ForkNode, forked: Forked, index: number, end: Joined): Forked {
  const { outcome, result, done } = end;
  const succeed = node.kind === "map" ? node.succeed : node.branches[index]?.succeed;
  const isTold = node.kind === "parallel" || node.collect;
  const { counts, succeeded, ends } = forked;
  return {
    ...forked,
    done: appended(forked.done, done),
    counts: {
      ...counts,
      [outcome]: (Object.hasOwn(counts, outcome) ? (counts[outcome] ?? 0) : 0) + 1,
    },
    succeeded: succeeded + (succeed?.includes(outcome) === true ? 1 : 0),
    ends: isTold ? { index, outcome, result, before: ends } : null,
  };
}

/** Writes down what came of a fork whose items or branches have all ended. */
export function concludeFork(going: Walk, node: ForkNode, forked: Forked): number {
  const { total } = sizeOf(node, forked);
  const outcome = outcomeOf(node, total, forked.succeeded);
  const output = node.kind === "map" ? mapOutput(node, total, forked) : branchOutput(node, forked);
  const excess = overweight(output, node.seal);
  if (excess !== null) return violate(going, node, tooLarge(excess));
  const to = takenBy(going, node, outcome);
  going.slots[node.slot] = output;
  const found = { outcome, output, to: to.name };
  going.commands.push(nodeRecord(nameOf(going, node), found, node.seal));
  return to.index;
}

function outcomeOf(node: ForkNode, total: number, succeeded: number): string {
  if (node.kind === "map" && total === 0) return "EMPTY";
  if (succeeded === total) return "SUCCESS";
  const isPartial =
    node.kind === "map" && node.threshold !== null && succeeded / total >= node.threshold;
  return isPartial ? "PARTIAL" : "FAILED";
}

function mapOutput({ collect }: MapNode, total: number, { counts, succeeded, ends }: Forked): Json {
  const outcomes = Object.freeze(
    Object.fromEntries(
      Object.keys(counts)
        .sort()
        .map((outcome) => [outcome, counts[outcome] ?? 0]),
    ),
  );
  if (!collect) return Object.freeze({ total, succeeded, outcomes });
  const results = new Array<Json>(total);
  for (let end = ends; end !== null; end = end.before) {
    results[end.index] = Object.freeze({ outcome: end.outcome, result: end.result });
  }
  return Object.freeze({ total, succeeded, outcomes, results: Object.freeze(results) });
}

function branchOutput({ branches }: ParallelNode, { ends }: Forked): Json {
  const byIndex = new Map<number, Json>();
  for (let end = ends; end !== null; end = end.before) {
    byIndex.set(end.index, Object.freeze({ outcome: end.outcome, result: end.result }));
  }
  return Object.freeze(
    Object.fromEntries(branches.map(({ name }, index) => [name, byIndex.get(index) ?? null])),
  );
}
