/**
 * Writes `map` and `parallel` out: the fork itself, and each workflow that it runs as a part of the
 * graph of its own, from an `enter` to its `join` nodes. No edge leads into that part or out of it.
 */
import { ON_ITEM, type SealedPlace } from "../../../protocol/language/graph.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import type {
  ResolvedMap,
  ResolvedParallel,
  TypedBody,
  TypedExit,
  TypedNode,
} from "../../model.ts";
import {
  type Body,
  type Draft,
  type Numbers,
  numbered,
  payloadOf,
  type Scope,
  valueNamed,
  withSlots,
} from "./draft.ts";
import { at, edgesOf, union, violation } from "./edges.ts";
import { isFaultEnd } from "./ends.ts";

export type ForkNode = TypedNode & { readonly node: ResolvedMap | ResolvedParallel };

export function isFork(node: TypedNode): node is ForkNode {
  return node.node.kind === "map" || node.node.kind === "parallel";
}

/** What `on_fault` gives is lost with the item or the branch that broke off. */
const FAULTED: TypedExit = Object.freeze({
  outcome: "FAULT",
  result: { binding: { literal: null }, roots: [], fallible: false },
  seal: [],
});

/** One workflow that a fork runs, at its place in the graph. */
interface Place {
  readonly body: TypedBody;
  /** Of the node that begins it, without what stands before it. */
  readonly enter: string;
  /** Within the fork's own scope. */
  readonly prefix: string;
}

/** A fork and its bodies; `inside` writes a workflow out. */
export function fork(
  scope: Scope,
  node: ForkNode,
  inside: (inner: Scope) => readonly Draft[],
): readonly Draft[] {
  const places = placesOf(node);
  const begins = places.map(({ enter }) => `${scope.prefix}${enter}`);
  const itself: Draft = {
    ...at(scope, node.node.name),
    edges: edgesOf(scope, node),
    begins,
    body: (numbers) => forkBody(scope, node, begins, numbers),
  };
  return [itself, ...places.flatMap((place) => bodyAt(scope, node, place, inside))];
}

function placesOf({ node, bodies = [] }: ForkNode): readonly Place[] {
  return bodies.map((body, index) => {
    if (node.kind === "map") {
      return { body, enter: `${node.name}/${ON_ITEM}`, prefix: `${node.name}/` };
    }
    const branch = node.branches[index];
    invariant(branch !== undefined, "a branch has its body");
    const enter = `${node.name}/${branch.name}`;
    return { body, enter, prefix: `${enter}/` };
  });
}

function forkBody(
  scope: Scope,
  { node, input, sealOutput }: ForkNode,
  begins: readonly string[],
  numbers: Numbers,
): Body {
  const seal = [...sealOutput.values()].reduce<SealedPlace[]>(union, []);
  const bodies = begins.map(numbers.node);
  const name = `${scope.prefix}${node.name}`;
  if (node.kind === "parallel") {
    const branches = node.branches.map(({ name: branch, succeed }, index) => ({
      name: branch,
      body: bodies[index] ?? 0,
      succeed,
    }));
    return { kind: "parallel", slot: numbers.write(name), branches, seal };
  }
  const { max, succeed, threshold, collect } = node;
  return {
    kind: "map",
    items: numbered(scope, input, numbers),
    slot: numbers.write(name),
    max,
    // More at a time than there are items never are.
    concurrency: Math.min(node.concurrency, max),
    item: numbers.write(itemOf(name)),
    body: bodies[0] ?? 0,
    succeed,
    threshold,
    collect,
    seal,
  };
}

/** The value of an item, by the name of the map that goes through the list. */
function itemOf(map: string): string {
  return `item of ${map}`;
}

function bodyAt(
  scope: Scope,
  { node }: ForkNode,
  { body, enter, prefix }: Place,
  inside: (inner: Scope) => readonly Draft[],
): readonly Draft[] {
  const callee = scope.typed.workflows.get(body.workflow);
  invariant(callee !== undefined, "a workflow that is run exists");
  const inner: Scope = {
    typed: scope.typed,
    workflow: callee,
    prefix: `${scope.prefix}${prefix}`,
    end: join,
    inBody: true,
  };
  const item = itemOf(`${scope.prefix}${node.name}`);
  const begin: Draft = {
    ...at(scope, enter),
    edges: [
      { outcome: "ENTERED", to: `${inner.prefix}${callee.workflow.artifact.text.start}` },
      violation(inner),
    ],
    body: (numbers) => ({
      kind: "enter",
      workflow: callee.workflow.artifact.name,
      input: withSlots(body.input, (root) =>
        numbers.read(root === "item" ? item : valueNamed(scope.prefix, root)),
      ),
      check: body.check === null ? null : numbers.schema(body.check),
      seal: union(body.sealInput, callee.sealPayload),
      slot: numbers.write(payloadOf(inner.prefix)),
    }),
  };
  return [begin, ...inside(inner)];
}

/** The end of an item or a branch. */
function join(within: Scope, name: string, end: TypedExit): Draft {
  const fault = isFaultEnd(name);
  const { outcome, result, seal } = fault ? FAULTED : end;
  return {
    ...at(within, name),
    edges: fault ? [] : [violation(within)],
    body: (numbers) => ({
      kind: "join",
      outcome,
      result: numbered(within, result, numbers),
      seal,
      fault,
    }),
  };
}
