/**
 * What must go together inside of one node, beside its edges: outcomes that it names are those of
 * its contract, and an end that says FAULT is one.
 */
import type {
  EffectNode,
  ExternalNode,
  Graph,
  GraphNode,
  JoinNode,
} from "../../protocol/language/graph.ts";
import { isEngineOutcome } from "../../protocol/language/names.ts";
import type { Problem } from "../../protocol/language/refusal.ts";
import { first, problem } from "./form.ts";

/** The first node whose members contradict each other. */
export function brokenContents({ nodes }: Graph): Problem | undefined {
  return first(nodes.entries(), ([index, node]) => {
    const wrong = wrongIn(nodes, node);
    return wrong === undefined ? undefined : problem(`/nodes/${index}`, wrong);
  });
}

function wrongIn(nodes: readonly GraphNode[], node: GraphNode): string | undefined {
  switch (node.kind) {
    case "effect":
      return wrongUndone(nodes, node);
    case "external":
      return wrongUndone(nodes, node) ?? wrongRetry(node);
    case "map":
      return wrongSuccess([node.succeed]);
    case "parallel": {
      const names = node.branches.map(({ name }) => name);
      if (new Set(names).size !== names.length) return "expected a name for each branch";
      return wrongSuccess(node.branches.map(({ succeed }) => succeed));
    }
    case "join":
      return wrongJoin(nodes, node);
    case "await": {
      const names = node.signals.map(([name]) => name);
      return new Set(names).size === names.length ? undefined : "expected a name for each signal";
    }
    case "undo":
      return isOwnPart(node) ? undefined : "expected to undo what its own part did";
    default:
      return undefined;
  }
}

function hasOutcome({ outcomes }: EffectNode | ExternalNode, outcome: string): boolean {
  return Object.hasOwn(outcomes, outcome) || isEngineOutcome(outcome);
}

function wrongUndone(
  nodes: readonly GraphNode[],
  node: EffectNode | ExternalNode,
): string | undefined {
  const { undone } = node;
  if (undone === undefined) return undefined;
  if (!undone.after.every((outcome) => hasOutcome(node, outcome))) {
    return "expected outcomes of what is undone";
  }
  if (undone.by === null) return undefined;
  const by = nodes[undone.by];
  const acts = by?.kind === "effect" || by?.kind === "external";
  return acts && undone.done.every((outcome) => Object.hasOwn(by.outcomes, outcome))
    ? undefined
    : "expected outcomes of what undoes it";
}

/** Whoever does not know what came of a call never makes it again. */
function wrongRetry({ retry, outcomes, repeat }: ExternalNode): string | undefined {
  if (retry === undefined) return undefined;
  const known = retry.outcomes.every(
    (outcome) => Object.hasOwn(outcomes, outcome) || (outcome === "TIMEOUT" && repeat === "safe"),
  );
  return known ? undefined : "expected outcomes after which it may be tried again";
}

const UNDONE: readonly string[] = ["COMPENSATED", "PARTLY_COMPENSATED"];

function wrongSuccess(lists: readonly (readonly string[])[]): string | undefined {
  const real = lists.every(
    (outcomes) =>
      outcomes.length > 0 &&
      !outcomes.some((outcome) => isEngineOutcome(outcome) || UNDONE.includes(outcome)),
  );
  return real ? undefined : "expected outcomes that may be a success";
}

function wrongJoin(nodes: readonly GraphNode[], node: JoinNode): string | undefined {
  if (node.fault !== isEngineOutcome(node.outcome)) return "expected that a fault says FAULT";
  if (node.fault && node.outcome !== "FAULT") return "expected that a fault says FAULT";
  const leads = node.edges.every(({ to }) => {
    const end = nodes[to];
    return end?.kind === "undo" || (end?.kind === "join" && end.fault);
  });
  return leads ? undefined : "expected to fail on the fault route of its part";
}

/** It undoes what the workflow did whose end it is, and what that one ran: no more, and no less. */
function isOwnPart({ name, within }: Extract<GraphNode, { kind: "undo" }>): boolean {
  return within === name.slice(0, name.lastIndexOf("/") + 1);
}
