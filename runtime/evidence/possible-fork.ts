/**
 * What a fork may begin, and how it may end: items in their order and not too many at a time, all
 * branches, and an outcome that follows from theirs. A list of the payload is as long as it says;
 * of one that was made on the way, a full replay shows how long it was.
 */
import type { GraphNode, MapNode, ParallelNode } from "../../protocol/language/graph.ts";
import { isObject, type Json } from "../../protocol/language/json.ts";
import type { NodeBody } from "../../protocol/language/records.ts";
import { equal } from "../machine/compare.ts";
import { isSealed } from "../machine/places.ts";
import { readOfPayload } from "./clear-value.ts";
import type { Forked, Live } from "./live-branch.ts";

export type ForkNode = MapNode | ParallelNode;

export function isFork(node: GraphNode): node is ForkNode {
  return node.kind === "map" || node.kind === "parallel";
}

export function forkOf(node: ForkNode): Forked {
  const tells = node.kind === "parallel" || node.collect;
  const ended = tells ? new Map<number, string>() : undefined;
  const counted = { outcomes: new Map<string, number>(), succeeded: 0, ended };
  return { begun: 0, exhausted: false, live: new Map(), ...counted };
}

/** The beginning of what comes next, where something may; `must` where nothing else can. */
export function nextBody(
  node: ForkNode,
  { begun, exhausted, live }: Forked,
): { readonly body: number; readonly must: boolean } | undefined {
  if (node.kind === "parallel") {
    const branch = node.branches[begun];
    return branch && { body: branch.body, must: true };
  }
  const full = exhausted || begun >= node.max || live.size >= node.concurrency;
  return full ? undefined : { body: node.body, must: false };
}

/** Counts an item or a branch that has come to its end. */
export function takeEnd(node: ForkNode, fork: Forked, number: number, outcome: string): void {
  fork.live.delete(number);
  fork.outcomes.set(outcome, (fork.outcomes.get(outcome) ?? 0) + 1);
  fork.ended?.set(number, outcome);
  const succeed = node.kind === "map" ? node.succeed : (node.branches[number]?.succeed ?? []);
  if (succeed.includes(outcome)) fork.succeeded += 1;
}

/** Why a fork cannot have ended like this; its outcome has an edge, and all that it began has ended. */
export function wrongForkEnd(
  { fork }: Live,
  { node, payload }: { readonly node: ForkNode; readonly payload: Json },
  { node: told, outcome, output }: NodeBody,
): string | undefined {
  if (fork === undefined || outcome === "VIOLATION") return undefined;
  const items = node.kind === "map" ? readOfPayload(node.items, payload) : undefined;
  if (Array.isArray(items) && items.length !== fork.begun) {
    return `\`${told}\` goes through ${items.length} items, and has records of ${fork.begun}`;
  }
  const due = node.kind === "map" ? mapOutcome(node, fork) : parallelOutcome(node, fork);
  if (due !== outcome) {
    return `${fork.succeeded} of ${fork.begun} have succeeded in \`${told}\`: that is ${due}, not ${outcome}`;
  }
  const wrong = node.kind === "map" ? wrongCounts(fork, output) : wrongBranches(node, fork, output);
  return wrong === undefined
    ? undefined
    : `\`${told}\` tells another \`${wrong}\` than its records`;
}

function mapOutcome({ threshold }: MapNode, { begun, succeeded }: Forked): string {
  if (begun === 0) return "EMPTY";
  if (succeeded === begun) return "SUCCESS";
  return threshold !== null && succeeded / begun >= threshold ? "PARTIAL" : "FAILED";
}

function parallelOutcome({ branches }: ParallelNode, { succeeded }: Forked): string {
  return succeeded === branches.length ? "SUCCESS" : "FAILED";
}

/** The first member of a map's output that does not sum up what its records say. */
function wrongCounts(fork: Forked, output: Json | undefined): string | undefined {
  if (output === undefined || !isObject(output)) return "output";
  if (isSealed(output)) return undefined;
  const { begun, succeeded, outcomes, ended } = fork;
  if (output.total !== begun) return "total";
  if (output.succeeded !== succeeded) return "succeeded";
  const counts = output.outcomes;
  if (counts === undefined || !equal(counts, Object.fromEntries(outcomes))) return "outcomes";
  const { results } = output;
  if (ended === undefined) return results === undefined ? undefined : "results";
  if (isSealed(results ?? null)) return undefined;
  if (!Array.isArray(results) || results.length !== begun) return "results";
  return results.every((one, item) => isOutcome(one, ended.get(item))) ? undefined : "results";
}

function isOutcome(result: Json, outcome: string | undefined): boolean {
  return isSealed(result) || (isObject(result) && result.outcome === outcome);
}

function wrongBranches(
  { branches }: ParallelNode,
  { ended }: Forked,
  output: Json | undefined,
): string | undefined {
  if (output === undefined || !isObject(output)) return "output";
  if (isSealed(output)) return undefined;
  const wrong = branches.find(({ name }, at) => !isOutcome(output[name] ?? null, ended?.get(at)));
  if (wrong !== undefined) return wrong.name;
  return Object.keys(output).length === branches.length ? undefined : "output";
}
