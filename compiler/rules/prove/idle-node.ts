/** Every node makes a difference: by what it writes, by what it gives, or by where it leads. */
import type { FullName } from "../../../protocol/language/names.ts";
import { diagnose } from "../../diagnostic.ts";
import type { Typed, TypedBinding } from "../../model.ts";
import { type Flow, type FlowNode, operationOf, placeOf, type Rule } from "../flow.ts";

/** A table of `otherwise` alone is let be: nobody takes it for a check, and a sketch has some. */
export const idleNode: Rule = (flow) => {
  const read = new Set(bindingsOf(flow).flatMap(({ roots }) => roots));
  return flow.nodes.flatMap((node) => {
    const [target, ...others] = new Set(node.routes.values());
    const used = read.has(`nodes.${node.name}`) || node.typed.mayViolate;
    const differs = target === undefined || others.length > 0;
    if (differs || used || isSketch(node) || writes(flow.typed, node)) return [];
    const place = placeOf(flow, ["nodes", node.name], "key");
    return diagnose("prove/idle-node", place, { node: node.name, target });
  });
};

function isSketch({ typed: { node } }: FlowNode): boolean {
  return node.kind === "decide" && node.rows.length === 0;
}

function bindingsOf({ workflow }: Flow): readonly TypedBinding[] {
  return [
    ...[...workflow.nodes.values()].map(({ input }) => input),
    ...[...workflow.exits.values()].map(({ result }) => result),
  ];
}

function writes(typed: Typed, node: FlowNode): boolean {
  const { node: resolved } = node.typed;
  if (resolved.kind === "call") return mayWrite(typed, resolved.workflow);
  return operationOf(node)?.writes === true;
}

/** Whether some node of a workflow, or of one that it calls, writes. */
function mayWrite(typed: Typed, workflow: FullName): boolean {
  const nodes = typed.world.workflows.get(workflow)?.nodes ?? [];
  return nodes.some((node) =>
    node.kind === "call"
      ? mayWrite(typed, node.workflow)
      : node.kind === "effect" && node.effect.operations[node.operation]?.writes,
  );
}
