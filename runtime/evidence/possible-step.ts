/**
 * Whether one record may stand at one node of the sealed graph: its kind, its outcome, where that
 * leads, what it says of a store, a call, a decision. It compares names; values are compared by a
 * full replay, and what stands before and behind by `conformance.ts`.
 */
import type { ExternalNode, Graph, GraphNode } from "../../protocol/language/graph.ts";
import type {
  AttemptedBody,
  CancelledBody,
  ClosedBody,
  EffectBody,
  ExternalBody,
  RetryBody,
  StepRecord,
} from "../../protocol/language/records.ts";
import { cancelTargetOf, targetOf } from "../machine/edges.ts";

/** Where an outcome leads at a node, as a record tells it; or why it cannot be taken there. */
export interface Led {
  readonly index: number;
  readonly to: string;
}

/** The node of a step, and how records name what it leads to. */
export interface AtNode {
  readonly graph: Graph;
  readonly node: GraphNode;
  readonly tell: (index: number) => string;
}

export function wrongStep({ graph, node, tell }: AtNode, record: StepRecord): string | Led {
  const { outcome } = record;
  const index = targetOf(node, outcome);
  if (index === undefined) return `\`${node.name}\` has no outcome \`${outcome}\``;
  if (index === cancelTargetOf(graph, node)?.index) {
    return `\`${node.name}\` was not cancelled, and leads to where it would be`;
  }
  const to = tell(index);
  if (to !== record.to) {
    return `\`${outcome}\` of \`${record.node}\` leads to \`${to}\`, not to \`${record.to}\``;
  }
  return wrongKind(node, record) ?? { index, to };
}

function wrongKind(node: GraphNode, record: StepRecord): string | undefined {
  if (record.type !== "node" && record.outcome === "VIOLATION") {
    return `\`${record.node}\` was asked: it cannot have been unfit to be`;
  }
  switch (record.type) {
    case "effect":
      return wrongEffect(node, record);
    case "external":
      return wrongCall(node, record);
    case "node":
      return wrongNode(node, record);
  }
}

export function wrongEffect(
  node: GraphNode,
  { store, operation }: Pick<EffectBody, "store" | "operation">,
): string | undefined {
  if (node.kind !== "effect") return `\`${node.name}\` is no effect`;
  if (node.store === store && node.operation === operation) return undefined;
  return `\`${node.name}\` is ${node.operation} on \`${node.store}\`, not ${operation} on \`${store}\``;
}

/** Which attempt it is about is `possible-wait.ts`'s to judge. */
export function wrongCall(
  node: GraphNode,
  { effect, operation }: Pick<AttemptedBody | ExternalBody | RetryBody, "effect" | "operation">,
): string | undefined {
  if (node.kind !== "external") return `\`${node.name}\` does not call the outside`;
  if (node.effect === effect && node.operation === operation) return undefined;
  return `\`${node.name}\` is ${node.operation} of \`${node.effect}\`, not ${operation} of \`${effect}\``;
}

/** The engine's own outcomes of a call: what its contract lets nobody know. */
export function unknownOf({ repeat }: ExternalNode): string {
  return repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
}

function wrongNode(
  node: GraphNode,
  { outcome, row }: StepRecord & { type: "node" },
): string | undefined {
  const acts = node.kind === "effect" || node.kind === "external";
  if (acts && outcome !== "VIOLATION") {
    return `\`${node.name}\` is an effect and its record is none`;
  }
  if (node.kind !== "decide" || outcome === "VIOLATION") {
    return row === undefined ? undefined : `\`${node.name}\` has no row ${row}`;
  }
  if (row === undefined) return `\`${node.name}\` decides and its record names no row`;
  const decided = row === -1 ? node.otherwise : node.rows[row]?.outcome;
  if (decided === outcome) return undefined;
  return `row ${row} of \`${node.name}\` gives \`${decided ?? "nothing"}\`, not \`${outcome}\``;
}

export function wrongCancellation(
  { graph, node, tell }: AtNode,
  { to }: CancelledBody,
): string | Led {
  const target = cancelTargetOf(graph, node);
  if (target === undefined) return `\`${node.name}\` asks for nothing and cannot be cancelled`;
  const told = tell(target.index);
  return told === to
    ? { index: target.index, to }
    : `what is cancelled ends in \`${told}\`, not in \`${to}\``;
}

export function wrongEnd(node: GraphNode, closed: ClosedBody): string | undefined {
  if (node.kind !== "exit") return `\`${node.name}\` is no exit`;
  if (node.fault !== closed.fault) return `\`${node.name}\` and the record differ about the fault`;
  if (node.outcome === closed.outcome) return undefined;
  return `exit \`${node.name}\` gives \`${node.outcome}\`, not \`${closed.outcome}\``;
}
