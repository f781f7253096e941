/** Every node makes a difference: by what it does, by what it gives, or by where it leads. */
import { calledBy } from "../../called.ts";
import { diagnose } from "../../diagnostic.ts";
import type { ResolvedNode, Typed, TypedBinding } from "../../model.ts";
import { type Flow, type FlowNode, placeOf, type Rule } from "../flow.ts";

/** Findings of one workflow that are told one by one: somebody who made more of them made them alike. */
const TOLD_MAX = 20;

/** A table of `otherwise` alone is let be: nobody takes it for a check, and a sketch has some. */
export const idleNode: Rule = (flow) => {
  const read = new Set(bindingsOf(flow).flatMap(({ roots }) => roots));
  const found = flow.nodes.flatMap((node) => {
    const [target, ...others] = new Set(node.routes.values());
    const used = read.has(`nodes.${node.name}`) || node.typed.mayViolate;
    const differs = target === undefined || others.length > 0;
    if (differs || used || isSketch(node) || acts(flow.typed, node.typed.node)) return [];
    return [{ node: node.name, target }];
  });
  const told = found.slice(0, found.length > TOLD_MAX + 1 ? TOLD_MAX : found.length);
  const left = found.slice(told.length, told.length + 1).map((one) => {
    return { ...one, more: (found.length - told.length).toLocaleString("en-US") };
  });
  return [...told.map((one) => ({ ...one, more: "" })), ...left].map((one) => {
    const place = placeOf(flow, ["nodes", one.node], "key");
    return diagnose("prove/idle-node", place, one);
  });
};

function isSketch({ typed: { node } }: FlowNode): boolean {
  return node.kind === "decide" && node.rows.length === 0;
}

function bindingsOf({ workflow }: Flow): readonly TypedBinding[] {
  return [
    ...[...workflow.nodes.values()].flatMap(({ input, compensation, bodies = [] }) => [
      input,
      ...(compensation === undefined ? [] : [compensation.input]),
      ...bodies.map((body) => body.input),
    ]),
    ...[...workflow.exits.values()].map(({ result }) => result),
  ];
}

/**
 * Whether a node changes a store, or the outside: what a call does there nobody can see, so each
 * counts. Of a called workflow some node, or one of a workflow that it calls in turn.
 */
function acts(typed: Typed, node: ResolvedNode): boolean {
  switch (node.kind) {
    case "effect":
      return node.effect.operations[node.operation]?.writes === true;
    case "external":
    case "await":
      return true;
    case "call":
    case "map":
    case "parallel":
      return calledBy(node).some((workflow) => {
        const nodes = typed.world.workflows.get(workflow)?.nodes ?? [];
        return nodes.some((inner) => acts(typed, inner));
      });
    case "transform":
    case "decide":
      return false;
  }
}
