/**
 * Whether the records of a trace are a walk: each step begins where the one before led, and, where
 * the sealed graph is at hand, takes an edge that the graph has, from its start to an exit (L1). It
 * compares names and outcomes; values are compared by a full replay.
 */
import type { Graph, GraphNode } from "../../protocol/language/graph.ts";
import {
  type AttemptedBody,
  type CancelledBody,
  type ClosedBody,
  type ExternalBody,
  isMachineRecord,
  isStep,
  type LedgerRecord,
  type StepRecord,
} from "../../protocol/language/records.ts";
import { callKey } from "../machine/attempt.ts";
import { cancelTargetOf, targetOf } from "../machine/edges.ts";

/** A record that does not belong where it stands. */
export interface Misstep {
  readonly record: LedgerRecord;
  readonly code: string;
  readonly message: string;
}

/** Every misstep of a trace whose chain holds. */
export function missteps(
  records: readonly LedgerRecord[],
  graph: Graph | undefined,
): readonly Misstep[] {
  const nodes = new Map(graph?.nodes.map((node) => [node.name, node]));
  const found: Misstep[] = [];
  const [opened] = records;
  let next = graph?.nodes[graph.start]?.name;
  for (const record of records) {
    const name = nodeOf(record);
    if (name === undefined) continue;
    const wrong = (code: string, message: string) => found.push({ record, code, message });
    if (next !== undefined && name !== next) {
      wrong("path/broken", `\`${next}\` comes next and \`${name}\` stands here`);
    }
    if (record.type === "attempted" && opened?.type === "opened") {
      const key = callKey(opened.tenant, opened.trace, name);
      if (record.idempotency_key !== key)
        wrong("call/other-key", `the key of \`${name}\` is ${key}`);
    }
    const node = nodes.get(name);
    next = nextOf(record);
    if (record.type === "cancelled" && opened?.type === "opened" && record.tenant !== opened.tenant)
      wrong("tenant/another", `\`${opened.tenant}\` asked, and \`${record.tenant}\` cancels`);
    if (graph === undefined) continue;
    if (node === undefined) wrong("path/unknown-node", `the graph has no node \`${name}\``);
    else {
      const message = wrongRecord(graph, node, record);
      if (message !== undefined) wrong("path/not-in-graph", message);
    }
  }
  return found;
}

/** The node that comes behind a record. */
function nextOf(record: LedgerRecord): string | undefined {
  if (!isMachineRecord(record)) return undefined;
  return "to" in record ? record.to : record.node;
}

/** The node that a record speaks of. */
function nodeOf(record: LedgerRecord): string | undefined {
  if (record.type === "closed") return record.exit;
  return isMachineRecord(record) ? record.node : undefined;
}

function wrongRecord(graph: Graph, node: GraphNode, record: LedgerRecord): string | undefined {
  if (isStep(record)) return wrongStep(graph, node, record);
  if (record.type === "closed") return wrongEnd(node, record);
  if (record.type === "cancelled") return wrongCancellation(graph, node, record);
  return record.type === "attempted" ? wrongAttempt(node, record) : undefined;
}

function wrongStep(graph: Graph, node: GraphNode, record: StepRecord): string | undefined {
  const { outcome, to } = record;
  const index = targetOf(node, outcome);
  if (index === undefined) return `\`${node.name}\` has no outcome \`${outcome}\``;
  const target = graph.nodes[index]?.name;
  if (target === cancelTargetOf(graph, node)?.name) {
    return `\`${node.name}\` was not cancelled, and leads to where it would be`;
  }
  if (target !== to) {
    return `\`${outcome}\` of \`${node.name}\` leads to \`${target}\`, not to \`${to}\``;
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

function wrongEffect(
  node: GraphNode,
  { store, operation }: StepRecord & { type: "effect" },
): string | undefined {
  if (node.kind !== "effect") return `\`${node.name}\` is no effect`;
  if (node.store === store && node.operation === operation) return undefined;
  return `\`${node.name}\` is ${node.operation} on \`${node.store}\`, not ${operation} on \`${store}\``;
}

/** That it answers the last attempt is the chain's business. */
function wrongCall(
  node: GraphNode,
  { effect, operation }: AttemptedBody | ExternalBody,
): string | undefined {
  if (node.kind !== "external") return `\`${node.name}\` does not call the outside`;
  if (node.effect === effect && node.operation === operation) return undefined;
  return `\`${node.name}\` is ${node.operation} of \`${node.effect}\`, not ${operation} of \`${effect}\``;
}

function wrongAttempt(node: GraphNode, record: AttemptedBody): string | undefined {
  const wrong = wrongCall(node, record);
  if (wrong !== undefined || node.kind !== "external") return wrong;
  if (node.repeat === "safe" || record.attempt === 1) return undefined;
  return `\`${node.name}\` must not be repeated, and attempt ${record.attempt} was made`;
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

function wrongCancellation(
  graph: Graph,
  node: GraphNode,
  { to }: CancelledBody,
): string | undefined {
  const target = cancelTargetOf(graph, node)?.name;
  if (target === undefined) return `\`${node.name}\` asks for nothing and cannot be cancelled`;
  return target === to ? undefined : `what is cancelled ends in \`${target}\`, not in \`${to}\``;
}

function wrongEnd(node: GraphNode, closed: ClosedBody): string | undefined {
  if (node.kind !== "exit") return `\`${node.name}\` is no exit`;
  if (node.fault !== closed.fault) return `\`${node.name}\` and the record differ about the fault`;
  if (node.outcome === closed.outcome) return undefined;
  return `exit \`${node.name}\` gives \`${node.outcome}\`, not \`${closed.outcome}\``;
}
