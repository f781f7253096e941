/**
 * What may be undone, in which order, and what stands after it: compensations are for what happened,
 * the last first, exactly those within the part that is undone. Whether they were given what was
 * written down for them is shown by a full replay.
 */
import type { GraphNode, UndoNode } from "../../protocol/language/graph.ts";
import { isObject, type Json, member } from "../../protocol/language/json.ts";
import type { ClosedBody, NodeBody, StepRecord } from "../../protocol/language/records.ts";
import { equal } from "../machine/compare.ts";
import { isSealed } from "../machine/places.ts";
import { isDoubtful } from "./call-order.ts";
import { isSameInClear } from "./clear-value.ts";
import type { Done, Live } from "./live-branch.ts";
import { unknownOf, wrongCall, wrongEffect } from "./possible-step.ts";

/** What a node's outcome leaves to be undone; undefined where it leaves nothing. */
export function doneBy(
  node: GraphNode,
  outcome: string,
  { told, branch }: Pick<Done, "told" | "branch">,
): Done | undefined {
  if (!("undone" in node) || node.undone === undefined) return undefined;
  const { undone } = node;
  const { by } = undone;
  if (undone.after.includes(outcome)) {
    return { told, branch, by, done: undone.by === null ? NOTHING : undone.done };
  }
  // Nobody knows what became of it, and nothing that is sealed says that it can be undone then.
  const unknown = node.kind === "external" && !Object.hasOwn(node.outcomes, outcome);
  return unknown ? { told, branch, by: null, done: NOTHING } : undefined;
}

const NOTHING: readonly string[] = Object.freeze([]);

/** Begins to undo what was done within a part, by the names that records tell. */
export function beginUndoing(live: Live, within: string): void {
  const left = live.done.filter(({ told }) => told.startsWith(within));
  live.done = live.done.filter(({ told }) => !told.startsWith(within));
  live.undo = { left, compensated: [], stands: [] };
  passStanding(live);
}

/** What stands for good is passed by without a record. */
function passStanding(live: Live): void {
  const left = live.undo?.left ?? [];
  for (let last = left.at(-1); last !== undefined && last.by === null; last = left.at(-1)) {
    stands(live, last);
  }
}

/** It stands, and may be told of again by whoever undoes more than this part. */
function stands(live: Live, last: Done): void {
  live.undo?.left.pop();
  live.undo?.stands.push(last.told);
  live.done.push({ ...last, by: null });
}

/** What is undone next; undefined where nothing is left. */
export function undoesNext({ undo }: Live): Done | undefined {
  return undo?.left.at(-1);
}

/** Takes what came of a compensation, or says why it cannot have. */
export function takeUndone(
  live: Live,
  { node, to }: { readonly node: GraphNode; readonly to: string },
  record: StepRecord,
): string | undefined {
  const next = undoesNext(live);
  if (live.undo === undefined || next === undefined) return "nothing is left to be undone";
  const wrong = wrongUndone(live, { node, next }, record);
  if (wrong !== undefined) return wrong;
  if (record.to !== to) return `\`${record.node}\` leads to \`${to}\`, not to \`${record.to}\``;
  if (next.done.includes(record.outcome))
    live.undo.compensated.push(live.undo.left.pop()?.told ?? "");
  else stands(live, next);
  live.call = undefined;
  live.first = undefined;
  passStanding(live);
  return undefined;
}

function wrongUndone(
  { call }: Live,
  { node, next }: { readonly node: GraphNode; readonly next: Done },
  record: StepRecord,
): string | undefined {
  if (record.type === "node") {
    const cannot = record.outcome === "VIOLATION" && call === undefined;
    return cannot ? undefined : `\`${node.name}\` is an effect and its record is none`;
  }
  const { outcome, compensates } = record;
  const wrong = record.type === "effect" ? wrongEffect(node, record) : wrongCall(node, record);
  if (wrong !== undefined) return wrong;
  if (!gives(node, outcome)) return `\`${node.name}\` has no outcome \`${outcome}\``;
  if (compensates === next.told) return undefined;
  return `\`${record.node}\` undoes \`${next.told}\`, not \`${compensates ?? "nothing"}\``;
}

/** It has no edges: what its contract declares, and what the engine says of an answer that is none. */
function gives(node: GraphNode, outcome: string): boolean {
  if (node.kind !== "effect" && node.kind !== "external") return false;
  if (Object.hasOwn(node.outcomes, outcome)) return true;
  return outcome === "FAULT" || (node.kind === "external" && outcome === unknownOf(node));
}

/** Why an undoing cannot have ended like this. */
export function wrongUndoEnd(
  { undo }: Live,
  { node, outcome, output }: NodeBody,
): string | undefined {
  if (undo === undefined) return undefined;
  const next = undo.left.at(-1);
  if (next !== undefined) return `\`${next.told}\` is still to be undone`;
  const { compensated, stands } = undo;
  const due = stands.length === 0 ? "COMPENSATED" : "PARTLY_COMPENSATED";
  if (due !== outcome) return `${namesOf(stands)} stands: that is ${due}, not ${outcome}`;
  if (output === undefined || !isObject(output)) return `\`${node}\` does not tell what stands`;
  if (isSealed(output)) return undefined;
  const told: Json = { compensated, stands };
  // Where a record cannot hold all of them, each node is named once.
  const shorter: Json = { compensated: eachOnce(compensated), stands: eachOnce(stands) };
  return equal(output, told) || equal(output, shorter)
    ? undefined
    : `${namesOf(stands)} stands, and its record tells otherwise`;
}

/** An undoing, and the record of its end. */
export interface Undone {
  readonly node: UndoNode;
  readonly record: NodeBody;
}

/** Why an end does not tell of what was undone as its record does. */
export function wrongSummary(
  node: GraphNode,
  undone: Undone | undefined,
  { exit, result }: ClosedBody,
): string | undefined {
  if (node.kind !== "exit" || undone === undefined || !("object" in node.result)) return undefined;
  const { slot } = undone.node;
  const output = undone.record.output ?? null;
  const other = node.result.object.find(([name, binding]) => {
    if (!("read" in binding) || binding.read[0] !== slot) return false;
    const [, step] = binding.read;
    const due = binding.read.length === 2 ? member(output, String(step)) : undefined;
    return due !== undefined && !isSameInClear(due, member(result, name) ?? null);
  });
  return other && `the result of \`${exit}\` tells another \`${other[0]}\` than what was undone`;
}

function eachOnce(names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => name.replace(/\[\d+\]/g, "[*]")))];
}

function namesOf(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.map((name) => `\`${name}\``).join(", ");
}

/**
 * Ends a branch where it stands, for the whole is cancelled: what it did may have to be undone, and
 * what it was doing to the outside, nobody knows.
 */
export function leaveUndone(live: Live, node: GraphNode, told: string): readonly Done[] {
  const { undo, call, done } = live;
  if (undo === undefined) {
    const outcome = call?.type === "retry" ? call.outcome : undefined;
    const lost = call !== undefined && node.kind === "external";
    const left = lost && doneBy(node, outcome ?? unknownOf(node), { told, branch: live.branch });
    return left ? [...done, left] : done;
  }
  const now = undo.left.at(-1);
  const isLost = call !== undefined && node.kind === "external" && node.repeat === "unsafe";
  return now === undefined
    ? done
    : [...done, ...undo.left.slice(0, -1), isLost ? { ...now, by: null } : now];
}

/** Whether a call was begun of which nobody will know the end, or one was whose end is unknown. */
export function isInDoubt({ call }: Live): boolean {
  return call !== undefined && isDoubtful(call);
}
