/**
 * What a workflow may come to in the stores, on whatever path: by itself, through the workflows that
 * it runs, and by what undoes its effects. A key is told apart from another only where both are
 * written in the protocol's text, in the node or in what a caller hands to it.
 */
import type { Binding, Step } from "../../protocol/language/graph.ts";
import { type Json, member } from "../../protocol/language/json.ts";
import type { FullName } from "../../protocol/language/names.ts";
import type { Span } from "../diagnostic.ts";
import type {
  ResolvedEffectNode,
  Typed,
  TypedBinding,
  TypedNode,
  TypedWorkflow,
} from "../model.ts";

/** The key itself; the steps to it in the workflow's payload; or nothing that is known. */
export type Key =
  | { readonly text: string }
  | { readonly payload: readonly Step[] }
  | { readonly unknown: true };

export interface Touch {
  /** `domain/store`. */
  readonly store: string;
  readonly operation: string;
  readonly how: "reads" | "appends" | "writes";
  readonly key: Key;
  /** Where it was written. */
  readonly at: Span;
}

const UNKNOWN: Key = Object.freeze({ unknown: true });

/** The touches of every workflow, each kind of touch once. */
export function touchesOf({ workflows }: Typed): ReadonlyMap<FullName, readonly Touch[]> {
  const known = new Map<FullName, readonly Touch[]>();
  // Callees stand before their callers.
  for (const [name, workflow] of workflows) {
    const nodes = [...workflow.nodes.values()];
    known.set(name, once(nodes.flatMap((node) => touchesAt(workflow, node, known))));
  }
  return known;
}

/** What a called workflow touches, where it is given such a payload. */
export function touchesWith(touches: readonly Touch[], input: TypedBinding): readonly Touch[] {
  return touches.map((touch) =>
    "payload" in touch.key ? { ...touch, key: keyAt(input, touch.key.payload) } : touch,
  );
}

/** Whether two touches side by side may come to the same thing, so that their order would matter. */
export function collide(a: Touch, b: Touch): boolean {
  if (a.store !== b.store || (a.how === "reads" && b.how === "reads")) return false;
  if (a.how === "appends" && b.how === "appends") return false;
  return !("text" in a.key && "text" in b.key && a.key.text !== b.key.text);
}

function touchesAt(
  workflow: TypedWorkflow,
  { node, input, compensation, bodies = [] }: TypedNode,
  known: ReadonlyMap<FullName, readonly Touch[]>,
): readonly Touch[] {
  const of = (name: FullName, given: TypedBinding) => touchesWith(known.get(name) ?? [], given);
  if (node.kind === "call") return of(node.workflow, input);
  if (bodies.length > 0) return bodies.flatMap((body) => of(body.workflow, body.input));
  const own = node.kind === "effect" ? [touchBy(workflow, node, input)] : [];
  const undoing = compensation?.node;
  if (compensation === undefined || undoing?.kind !== "effect") return own;
  return [...own, touchBy(workflow, undoing, compensation.input)];
}

function touchBy(
  { workflow: { artifact } }: TypedWorkflow,
  { name, effect, operation }: ResolvedEffectNode,
  input: TypedBinding,
): Touch {
  const writes = effect.operations[operation]?.writes === true;
  const isStream = effect.artifact.text.semantics === "stream";
  return {
    store: effect.store,
    operation,
    how: writes ? (isStream ? "appends" : "writes") : "reads",
    key: isStream ? UNKNOWN : keyAt(input, ["key"]),
    at: artifact.document.spanOf(["nodes", ...name.split("/"), "op"]),
  };
}

/** What stands at some steps of what is bound. */
function keyAt({ binding, roots }: TypedBinding, steps: readonly Step[]): Key {
  let here: Binding = binding;
  for (const [at, step] of steps.entries()) {
    const rest = steps.slice(at);
    if ("read" in here) return keyRead(here.read, roots, rest);
    if ("literal" in here) return literalKey(rest.reduce(valueAt, here.literal));
    const part: Binding | undefined = partOf(here, step);
    if (part === undefined) return UNKNOWN;
    here = part;
  }
  if ("read" in here) return keyRead(here.read, roots, []);
  return "literal" in here ? literalKey(here.literal) : UNKNOWN;
}

function partOf(binding: Binding, step: Step): Binding | undefined {
  if ("object" in binding) return binding.object.find(([name]) => name === step)?.[1];
  return "array" in binding && typeof step === "number" ? binding.array.at(step) : undefined;
}

function keyRead(
  [slot, ...before]: readonly [number, ...Step[]],
  roots: TypedBinding["roots"],
  rest: readonly Step[],
): Key {
  return roots[slot] === "payload" ? { payload: [...before, ...rest] } : UNKNOWN;
}

function valueAt(value: Json | undefined, step: Step): Json | undefined {
  if (typeof step === "number") return Array.isArray(value) ? value.at(step) : undefined;
  return member(value, step);
}

function literalKey(value: Json | undefined): Key {
  return typeof value === "string" ? { text: value } : UNKNOWN;
}

/** Each kind of touch at the place where it was written first. */
function once(touches: readonly Touch[]): readonly Touch[] {
  const first = new Map<string, Touch>();
  for (const touch of touches) {
    const kind = JSON.stringify([touch.store, touch.how, touch.key]);
    if (!first.has(kind)) first.set(kind, touch);
  }
  return [...first.values()];
}
