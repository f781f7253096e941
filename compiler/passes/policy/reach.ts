/**
 * What a workflow may do to the world at most, whatever path is taken: the effects that it asks, and
 * those of the workflows that it calls. Policies see it of what is asked for; it is read off what
 * was resolved, and never guessed.
 */
import { byCodeUnits } from "../../../protocol/language/canonical.ts";
import type { GovernedWorkflow, Reach } from "../../../protocol/language/governance.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import type { FullName, Label } from "../../../protocol/language/names.ts";
import { calledBy } from "../../called.ts";
import type { ResolvedEffectNode, ResolvedExternalNode, ResolvedNode, World } from "../../model.ts";
import { labelsIn, placesOf } from "../../types/labels.ts";

/** Every workflow, sorted by name. */
export function governedWorkflows({ workflows }: World): readonly GovernedWorkflow[] {
  const known = new Map<FullName, Reach>();
  // Callees stand before their callers.
  for (const [name, { nodes }] of workflows) known.set(name, reachOf(nodes, known));
  return [...workflows]
    .map(([workflow, { payload }]) => {
      const reach = known.get(workflow);
      invariant(reach !== undefined, "the reach of every workflow was read");
      return { workflow, labels: labelsIn(placesOf(payload)), reach };
    })
    .sort((a, b) => byCodeUnits(a.workflow, b.workflow));
}

function reachOf(nodes: readonly ResolvedNode[], known: ReadonlyMap<FullName, Reach>): Reach {
  return together(nodes.map((node) => partOf(node, known)));
}

function calledReach(workflow: FullName, known: ReadonlyMap<FullName, Reach>): Reach {
  const called = known.get(workflow);
  invariant(called !== undefined, "a called workflow stands before its caller");
  return called;
}

function together(parts: readonly Reach[]): Reach {
  const effects = new Set<FullName>();
  const clearance = new Set<Label>();
  let outside = false;
  for (const part of parts) {
    for (const effect of part.effects) effects.add(effect);
    for (const label of part.clearance) clearance.add(label);
    outside ||= part.outside;
  }
  return {
    effects: [...effects].sort(byCodeUnits),
    clearance: [...clearance].sort(byCodeUnits),
    outside,
  };
}

const NOWHERE: Reach = { effects: [], clearance: [], outside: false };

function partOf(node: ResolvedNode, known: ReadonlyMap<FullName, Reach>): Reach {
  switch (node.kind) {
    case "transform":
    case "decide":
    case "await":
      return NOWHERE;
    case "effect": {
      const { name, text } = node.effect.artifact;
      const own = { effects: [name], clearance: text.clearance ?? [], outside: false };
      return together([own, undoingPart(node, known)]);
    }
    case "external": {
      const { name, text } = node.external.artifact;
      const own = { effects: [name], clearance: text.clearance ?? [], outside: true };
      return together([own, undoingPart(node, known)]);
    }
    case "call":
    case "map":
    case "parallel":
      return together(calledBy(node).map((workflow) => calledReach(workflow, known)));
  }
}

/** What undoes an effect is within reach as well. */
function undoingPart(
  { undoing }: ResolvedEffectNode | ResolvedExternalNode,
  known: ReadonlyMap<FullName, Reach>,
): Reach {
  const by = undoing?.by ?? null;
  return by === null ? NOWHERE : partOf(by, known);
}
