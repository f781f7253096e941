/**
 * Why an engine outcome came about, in words for a record. A reason names places and rules; where
 * labelled values are at hand it names neither, because a message may quote what it is about.
 */
import { CONTEXT_SLOT, type Graph, PAYLOAD_SLOT } from "../../protocol/language/graph.ts";
import { pointer } from "../../protocol/language/json.ts";
import type { Reason } from "../../protocol/language/records.ts";
import type { Problem } from "../../protocol/language/refusal.ts";
import type { Unbound } from "./bind.ts";

const WITHHELD = "details are withheld: labelled values are at hand";

/** A path of a binding led nowhere, or too far. Paths are the author's words, never data. */
export function unboundReason(graph: Graph, unbound: Unbound): Reason {
  const path = `$.${slotName(graph, unbound.slot)}${unbound.steps.map(stepText).join("")}`;
  return unbound.code === "binding/missing"
    ? {
        code: "violation/missing-value",
        message: `nothing stands at \`${path}\``,
        problems: [{ pointer: pointer(unbound.place), message: "nothing to bind here" }],
      }
    : {
        code: "violation/too-many-visits",
        message: `a path over \`${path}\` would visit more values than the limit allows`,
      };
}

function stepText(step: string | number): string {
  return typeof step === "number" ? `[${step}]` : `.${step}`;
}

/** A slot as an author names it. */
function slotName(graph: Graph, slot: number): string {
  if (slot === PAYLOAD_SLOT) return "payload";
  if (slot === CONTEXT_SLOT) return "context";
  const owner = graph.nodes.find((node) => "slot" in node && node.slot === slot);
  return owner === undefined ? `slots[${slot}]` : `nodes.${owner.name}`;
}

export function reason(
  code: string,
  message: string,
  detail: { readonly problems?: readonly Problem[]; readonly confidential: boolean },
): Reason {
  if (detail.confidential) return { code, message: WITHHELD };
  const { problems = [] } = detail;
  return problems.length === 0 ? { code, message } : { code, message, problems };
}
