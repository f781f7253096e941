/**
 * Writes a workflow out: every call replaced by the called workflow between an `enter` and its
 * `leave` nodes, and every edge made, those of the engine too. After this no edge is implicit. What
 * forks run is written out in `forks.ts`.
 */
import { CANCELLED, ON_CANCEL } from "../../../protocol/language/graph.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import type { ResolvedNode, Typed, TypedExit, TypedNode, TypedWorkflow } from "../../model.ts";
import { bodyOf } from "./body.ts";
import { type Draft, numbered, ON_FAULT, payloadOf, type Scope } from "./draft.ts";
import { at, edge, edgesOf, engineEdge, union, violation } from "./edges.ts";
import { endOf, isFaultEnd } from "./ends.ts";
import { fork, isFork } from "./forks.ts";

type CallNode = TypedNode & { readonly node: Extract<ResolvedNode, { kind: "call" }> };

/** A workflow written out, in the order written. */
export interface Expanded {
  readonly nodes: readonly Draft[];
  /** The exits, then `on_cancel`, `on_fault` last. */
  readonly exits: readonly Draft[];
}

export function expand(typed: Typed, workflow: TypedWorkflow): Expanded {
  const scope: Scope = { typed, workflow, prefix: "", end: exit };
  const { exits, onFault } = workflow;
  const ends = [...exits].flatMap(([name, end]) => endOf(scope, name, end));
  const cancels = workflow.workflow.artifact.text.on_cancel !== undefined;
  const cancelled: Scope = { ...scope, end: cancel };
  return {
    nodes: nodesOf(scope),
    exits: [
      ...ends,
      ...endOf(cancelled, ON_CANCEL, cancels ? { ...CANCELLING, compensate: true } : CANCELLING),
      ...endOf(scope, ON_FAULT, onFault),
    ],
  };
}

function nodesOf(scope: Scope): Draft[] {
  return [...scope.workflow.nodes.values()].flatMap((node) => {
    if (isCall(node)) return call(scope, node);
    return isFork(node) ? fork(scope, node, writtenOut) : [plain(scope, node)];
  });
}

function writtenOut(scope: Scope): Draft[] {
  return [...nodesOf(scope), ...endsOf(scope)];
}

function endsOf(scope: Scope): Draft[] {
  const { exits, onFault } = scope.workflow;
  return [
    ...[...exits].flatMap(([name, end]) => endOf(scope, name, end)),
    ...endOf(scope, ON_FAULT, onFault),
  ];
}

function isCall(node: TypedNode): node is CallNode {
  return node.node.kind === "call";
}

function plain(scope: Scope, node: TypedNode): Draft {
  const { name } = node.node;
  return {
    ...at(scope, name),
    edges: edgesOf(scope, node),
    body: (numbers) => bodyOf(scope, node, numbers),
    ...(node.compensation === undefined ? {} : { compensation: undoer(scope, node.compensation) }),
  };
}

/** No edge leads to it, and none from it: what comes of it is for what undoes to say. */
function undoer(scope: Scope, compensation: TypedNode): Draft {
  return {
    ...at(scope, compensation.node.name),
    edges: [],
    body: (numbers) => bodyOf(scope, compensation, numbers),
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
    ...(scope.inBody === true ? { inBody: true } : {}),
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
  return [enter, ...writtenOut(inner)];
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
  const isFault = isFaultEnd(name);
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
    edges: isFaultEnd(name) ? [] : [violation(scope)],
    body: (numbers) => ({
      kind: "exit",
      outcome: end.outcome,
      result: numbered(scope, end.result, numbers),
      seal: end.seal,
      fault: isFaultEnd(name),
    }),
  };
}

/** Where an execution ends that was cancelled, whatever it had come to: it reads nothing. */
const CANCELLING: TypedExit = Object.freeze({
  outcome: CANCELLED,
  result: { binding: { literal: null }, roots: [], fallible: false },
  seal: [],
});

function cancel(scope: Scope, name: string, end: TypedExit): Draft {
  return {
    ...at(scope, name),
    edges: [],
    body: (numbers) => ({
      kind: "exit",
      outcome: end.outcome,
      result: numbered(scope, end.result, numbers),
      seal: [],
      fault: false,
      cancel: true,
    }),
  };
}
