/**
 * Undoing: what was done is kept in the execution's value, with what undoes it as it was bound at
 * the time, and where the graph says so it is undone, the last first, each in a record of its own.
 * What nothing undoes, what failed to be undone, and what nobody knows the end of stand, and are
 * named: never is anything called undone of which it is not known.
 */
import type { EffectNode, ExternalNode, UndoNode } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { attempt } from "./attempt.ts";
import { nodeAt } from "./edges.ts";
import { Violation, writable } from "./inputs.ts";
import type { Done, Names, Program, Undoing, Waiting, Walk } from "./program.ts";
import { nodeRecord } from "./record.ts";
import { commit } from "./stores.ts";
import { nameOf, takenBy, toldIn } from "./told.ts";
import { overweight } from "./weigh.ts";

/** Keeps in mind what an outcome leaves behind, and what would undo it. */
export function keepDone(
  going: Walk,
  node: EffectNode | ExternalNode,
  { at, outcome }: { readonly at: number; readonly outcome: string },
): void {
  const { undone } = node;
  if (undone === undefined) return;
  const name = nameOf(going, node);
  if (undone.after.includes(outcome)) {
    const undo = undone.by === null ? null : boundUndo(going, undone.by);
    going.done = { node: at, name, undo, before: going.done };
  } else if (node.kind === "external" && !Object.hasOwn(node.outcomes, outcome)) {
    // Nobody knows what became of it, and the author did not say that it can be undone then.
    going.done = { node: at, name, undo: null, before: going.done };
  }
}

function boundUndo(going: Walk, at: number): Done["undo"] {
  const node = undoerAt(going.program, at);
  const input = writable(going, node);
  return input instanceof Violation ? { at, violation: input.reason } : { at, input };
}

function undoerAt({ graph }: Program, at: number): EffectNode | ExternalNode {
  const node = nodeAt(graph, at);
  invariant(node.kind === "effect" || node.kind === "external", "an effect undoes an effect");
  return node;
}

/** Comes to a node that undoes: begins with the last of what was done within. */
export function visitUndo(going: Walk, node: UndoNode, at: number): number | Waiting {
  const { graph } = going.program;
  const inside: Done[] = [];
  let kept: Done | null = null;
  const outside: Done[] = [];
  for (let one = going.done; one !== null; one = one.before) {
    (nodeAt(graph, one.node).name.startsWith(node.within) ? inside : outside).push(one);
  }
  for (const one of outside.reverse()) kept = { ...one, before: kept };
  let left: Done | null = null;
  for (const one of inside.reverse()) left = { ...one, before: left };
  return undoNext(going, node, { at, left, kept, compensated: null, stands: null });
}

type Left = Omit<Undoing, "now" | "name">;

/** Asks for what undoes the last of what is left; goes on where nothing is. */
function undoNext(going: Walk, node: UndoNode, from: Left): number | Waiting {
  let { kept, stands } = from;
  for (let now = from.left; now !== null; now = now.before) {
    const { undo } = now;
    if (undo !== null && "input" in undo) {
      const name = undoerName(going.program, now, undo.at);
      going.undoing = { ...from, now, name, left: now.before, kept, stands };
      return begin(going, undo);
    }
    if (undo !== null) {
      const name = undoerName(going.program, now, undo.at);
      const to = toldIn(going.scope, node.name);
      const found = { outcome: "VIOLATION", to, reason: undo.violation };
      going.commands.push(nodeRecord(name, found));
    }
    kept = { ...now, undo: null, before: kept };
    stands = { name: now.name, before: stands };
  }
  return conclude(going, node, { ...from, left: null, kept, stands });
}

/** What undoes a node is called after it, in each branch as the node is. */
function undoerName({ graph }: Program, { node, name }: Done, by: number): string {
  return name + nodeAt(graph, by).name.slice(nodeAt(graph, node).name.length);
}

function begin(
  going: Walk,
  { at, input }: Extract<Done["undo"], { readonly input: unknown }>,
): Waiting {
  const node = undoerAt(going.program, at);
  return node.kind === "effect"
    ? commit(going, node, { at, input })
    : attempt(going, node, { at, input, attempt: 1 });
}

/** Goes on behind a compensation, by what came of it. */
export function undoFurther(going: Walk, undoing: Undoing, outcome: string): number | Waiting {
  const { graph } = going.program;
  const node = nodeAt(graph, undoing.at);
  invariant(node.kind === "undo", "an `undo` node undoes");
  const { now } = undoing;
  const of = nodeAt(graph, now.node);
  const undone = "undone" in of ? of.undone : undefined;
  invariant(undone !== undefined && undone.by !== null, "what is undone says by what");
  going.undoing = null;
  const { compensated, stands, kept } = undoing;
  const isDone = undone.done.includes(outcome);
  const told = { name: now.name, before: isDone ? compensated : stands };
  const next = isDone
    ? { ...undoing, compensated: told }
    : { ...undoing, stands: told, kept: { ...now, undo: null, before: kept } };
  return undoNext(going, node, next);
}

function conclude(going: Walk, node: UndoNode, { kept, compensated, stands }: Left): number {
  const outcome = stands === null ? "COMPENSATED" : "PARTLY_COMPENSATED";
  const whole = { compensated: namesOf(compensated), stands: namesOf(stands) };
  // Of very many items only the nodes are named, each once, where a record cannot hold them all.
  const output =
    overweight(whole, []) === null
      ? whole
      : { compensated: anyOf(whole.compensated), stands: anyOf(whole.stands) };
  const to = takenBy(going, node, outcome);
  going.done = kept;
  going.slots[node.slot] = Object.freeze(output);
  going.commands.push(nodeRecord(nameOf(going, node), { outcome, output, to: to.name }));
  return to.index;
}

/** In the order in which it was worked through. */
function namesOf(last: Names | null): readonly string[] {
  const names: string[] = [];
  for (let one = last; one !== null; one = one.before) names.push(one.name);
  return Object.freeze(names.reverse());
}

function anyOf(names: readonly string[]): readonly string[] {
  return Object.freeze([...new Set(names.map((name) => name.replace(/\[\d+\]/g, "[*]")))]);
}

/** All of one, with all of another behind it. */
export function appended(first: Done | null, then: Done | null): Done | null {
  if (first === null) return then;
  const entries: Done[] = [];
  for (let one = then; one !== null; one = one.before) entries.push(one);
  let all: Done | null = first;
  for (const one of entries.reverse()) all = { ...one, before: all };
  return all;
}
