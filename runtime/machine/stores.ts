/** Asking a store of the runtime's own: a node's effect, or what undoes one. It writes nothing. */
import type { EffectNode } from "../../protocol/language/graph.ts";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import type { Waiting, Walk } from "./program.ts";
import { ask, nameOf } from "./told.ts";

/** Asks for the effect, and waits. */
export function commit(
  going: Walk,
  node: EffectNode,
  { at, input }: { readonly at: number; readonly input: Json },
): Waiting {
  const { store, operation, sealInput, seal } = node;
  ask(going, {
    kind: "commit",
    node: at,
    name: nameOf(going, node),
    store,
    operation,
    input: input as JsonObject,
    sealInput,
    seal,
  });
  const { slots, done, undoing } = going;
  return { status: "waiting", at, input, slots, attempt: 0, done, wait: null, undoing };
}
