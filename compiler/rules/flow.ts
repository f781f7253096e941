/**
 * A workflow as its rules see it: what each node can end in, and where its routes lead. It is made
 * once for all rules and says nothing of what is wrong.
 */

import { isEngineOutcome } from "../../protocol/language/names.ts";
import type { Operation } from "../../protocol/language/semantics.ts";
import type { Diagnostic, Span } from "../diagnostic.ts";
import { closest } from "../did-you-mean.ts";
import { engineOutcomesOf } from "../engine-outcomes.ts";
import type { Links } from "../graph-order.ts";
import type { PathStep, ResolvedNode, Typed, TypedNode, TypedWorkflow } from "../model.ts";
import { outcomesOf, possibleOf } from "../outcomes.ts";

export interface Flow {
  readonly typed: Typed;
  readonly workflow: TypedWorkflow;
  readonly start: string;
  /** In the order written. */
  readonly nodes: readonly FlowNode[];
  /** From every node to the nodes and exits that its routes name. */
  readonly links: Links;
}

export interface FlowNode {
  readonly name: string;
  readonly typed: TypedNode;
  /** What the contract declares, but for what cannot happen. */
  readonly declared: readonly string[];
  /** What the engine may add. */
  readonly engine: readonly string[];
  /** Outcome to target, as written. */
  readonly routes: ReadonlyMap<string, string>;
  /** Declared outcomes without a route. */
  readonly unrouted: readonly string[];
  /** Routes of outcomes that the node has not, each with the unrouted one that was meant. */
  readonly unknown: ReadonlyMap<string, string | undefined>;
}

/** A law about one workflow: what it finds is one kind of fault. */
export type Rule = (flow: Flow) => readonly Diagnostic[];

/** A law about all workflows together. */
export type ProtocolRule = (flows: readonly Flow[]) => readonly Diagnostic[];

export function flowOf(typed: Typed, workflow: TypedWorkflow): Flow {
  const nodes = [...workflow.nodes.values()].map((node) => flowNode(typed, node));
  return {
    typed,
    workflow,
    start: workflow.workflow.artifact.text.start,
    nodes,
    links: new Map(nodes.map(({ name, routes }) => [name, [...routes.values()]])),
  };
}

function flowNode(typed: Typed, node: TypedNode): FlowNode {
  const declared = possibleOf(node, typed.world);
  const known = outcomesOf(node.node, typed.world);
  const routes = new Map(Object.entries(node.text.on));
  const unrouted = declared.filter((outcome) => !routes.has(outcome));
  const strange = [...routes.keys()].filter(
    (outcome) => !known.includes(outcome) && !isEngineOutcome(outcome),
  );
  return {
    name: node.node.name,
    typed: node,
    declared,
    engine: engineOutcomesOf(node),
    routes,
    unrouted,
    unknown: meantBy(strange, unrouted),
  };
}

/** A close name is meant; and of one strange name beside one missing route it is the one. */
function meantBy(strange: readonly string[], unrouted: readonly string[]) {
  const open = new Set(unrouted);
  const meant = new Map<string, string | undefined>();
  for (const outcome of strange) {
    const close = closest(outcome, open);
    if (close !== undefined) open.delete(close);
    meant.set(outcome, close);
  }
  const [left, ...more] = strange.filter((outcome) => meant.get(outcome) === undefined);
  if (left !== undefined && more.length === 0 && open.size === 1) meant.set(left, [...open][0]);
  return meant;
}

/** Where something of the workflow was written. */
export function placeOf(flow: Flow, path: readonly PathStep[], part?: "key" | "value"): Span {
  return flow.workflow.workflow.artifact.document.spanOf(path, part);
}

/** The operation that a node performs on a store; undefined where it does nothing to one. */
export function operationOf(node: ResolvedNode): Operation | undefined {
  return node.kind === "effect" ? node.effect.operations[node.operation] : undefined;
}
