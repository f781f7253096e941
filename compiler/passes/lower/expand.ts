/**
 * Writes a workflow out: every call replaced by the called workflow between an `enter` and its
 * `leave` nodes, and every edge made, those of the engine too. After this no edge is implicit.
 */
import type { RoutesText } from "../../../protocol/language/artifacts.ts";
import { CANCELLED, ON_CANCEL, type SealedPlace } from "../../../protocol/language/graph.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import { engineOutcomesOf } from "../../engine-outcomes.ts";
import type { ResolvedNode, Typed, TypedExit, TypedNode, TypedWorkflow } from "../../model.ts";
import { outcomesOf } from "../../outcomes.ts";
import { bodyOf } from "./body.ts";
import { type Draft, type DraftEdge, numbered, ON_FAULT, payloadOf, type Scope } from "./draft.ts";

type CallNode = TypedNode & { readonly node: Extract<ResolvedNode, { kind: "call" }> };

/** A workflow written out, in the order written. */
export interface Expanded {
  readonly nodes: readonly Draft[];
  /** The exits, then `on_cancel`, `on_fault` last. */
  readonly exits: readonly Draft[];
}

export function expand(typed: Typed, workflow: TypedWorkflow): Expanded {
  const scope: Scope = { typed, workflow, prefix: "", end: exit };
  return { nodes: nodesOf(scope), exits: endsOf(scope).toSpliced(-1, 0, cancelled(scope)) };
}

function nodesOf(scope: Scope): Draft[] {
  return [...scope.workflow.nodes.values()].flatMap((node) =>
    isCall(node) ? call(scope, node) : [plain(scope, node)],
  );
}

function endsOf(scope: Scope): Draft[] {
  const { exits, onFault } = scope.workflow;
  return [
    ...[...exits].map(([name, end]) => scope.end(scope, name, end)),
    scope.end(scope, ON_FAULT, onFault),
  ];
}

function isCall(node: TypedNode): node is CallNode {
  return node.node.kind === "call";
}

function plain(scope: Scope, node: TypedNode): Draft {
  const { name } = node.node;
  const declared = outcomesOf(node.node, scope.typed.world).map((outcome) =>
    edge(scope, node.text.on, outcome),
  );
  return {
    ...at(scope, name),
    edges: [
      ...declared,
      ...engineOutcomesOf(node).map((outcome) => engineEdge(scope, node.text.on, outcome)),
      ...(node.node.kind === "decide" ? [] : [CANCEL]),
    ],
    body: (numbers) => bodyOf(scope, node, numbers),
  };
}

function call(scope: Scope, node: CallNode): Draft[] {
  const callee = scope.typed.workflows.get(node.node.workflow);
  invariant(callee !== undefined, "a called workflow exists");
  const { name } = node.node;
  const inner: Scope = {
    typed: scope.typed,
    workflow: callee,
    prefix: `${scope.prefix}${name}/`,
    end: (within, exitName, end) => leave({ within, caller: scope, node }, exitName, end),
  };
  const enter: Draft = {
    ...at(scope, name),
    edges: [
      { outcome: "ENTERED", to: `${inner.prefix}${callee.workflow.artifact.text.start}` },
      engineEdge(scope, node.text.on, "VIOLATION"),
    ],
    body: (numbers) => ({
      kind: "enter",
      workflow: callee.workflow.artifact.name,
      input: numbered(scope, node.input, numbers),
      check: node.check === null ? null : numbers.schema(node.check),
      seal: union(node.sealInput, callee.sealPayload),
      slot: numbers.write(payloadOf(inner.prefix)),
    }),
  };
  return [enter, ...nodesOf(inner), ...endsOf(inner)];
}

interface Call {
  readonly within: Scope;
  readonly caller: Scope;
  readonly node: CallNode;
}

/** Where even the result of `on_fault` is too large for a record, the call has failed all the same. */
function leave({ within, caller, node }: Call, name: string, end: TypedExit): Draft {
  const { on } = node.text;
  const fault = engineEdge(caller, on, "FAULT");
  const isFault = name === ON_FAULT;
  const outcome = isFault ? fault.outcome : end.outcome;
  return {
    ...at(within, name),
    edges: isFault
      ? [fault, { ...fault, outcome: "VIOLATION" }]
      : [edge(caller, on, outcome), violation(within)],
    body: (numbers) => ({
      kind: "leave",
      outcome,
      result: numbered(within, end.result, numbers),
      seal: end.seal,
      slot: numbers.write(`${caller.prefix}${node.node.name}`),
    }),
  };
}

function exit(scope: Scope, name: string, end: TypedExit): Draft {
  return {
    ...at(scope, name),
    edges: name === ON_FAULT ? [] : [violation(scope)],
    body: (numbers) => ({
      kind: "exit",
      outcome: end.outcome,
      result: numbered(scope, end.result, numbers),
      seal: end.seal,
      fault: name === ON_FAULT,
    }),
  };
}

/** Where an execution ends that was cancelled, whatever it had come to: it reads nothing. */
function cancelled(scope: Scope): Draft {
  return {
    ...at(scope, ON_CANCEL),
    edges: [],
    body: () => ({
      kind: "exit",
      outcome: CANCELLED,
      result: { literal: null },
      seal: [],
      fault: false,
      cancel: true,
    }),
  };
}

/** Of every node that asks for something, those of called workflows too: it ends the whole. */
const CANCEL: DraftEdge = Object.freeze({ outcome: CANCELLED, to: ON_CANCEL, engine: true });

function at(scope: Scope, name: string): Pick<Draft, "name" | "origin"> {
  return {
    name: `${scope.prefix}${name}`,
    origin: { workflow: scope.workflow.workflow.artifact.name, node: name },
  };
}

function edge(scope: Scope, on: RoutesText, outcome: string): DraftEdge {
  const target = on[outcome];
  invariant(target !== undefined, "every outcome is routed");
  return { outcome, to: `${scope.prefix}${target}` };
}

/** An engine outcome leads where the author says, and else to `on_fault`. */
function engineEdge(scope: Scope, on: RoutesText, outcome: string): DraftEdge {
  return { outcome, to: `${scope.prefix}${on[outcome] ?? ON_FAULT}`, engine: true };
}

/** An exit whose result is missing or larger than a record holds ends on `on_fault`. */
function violation(scope: Scope): DraftEdge {
  return { outcome: "VIOLATION", to: `${scope.prefix}${ON_FAULT}`, engine: true };
}

function union(a: readonly SealedPlace[], b: readonly SealedPlace[]): SealedPlace[] {
  return [...new Map([...a, ...b].map((place) => [JSON.stringify(place), place])).values()];
}
