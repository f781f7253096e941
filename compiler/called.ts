/** The workflows that a node runs: the one that it calls, or those that it runs for items or as branches. */
import type { FullName } from "../protocol/language/names.ts";
import type { ResolvedNode } from "./model.ts";

export function calledBy(node: ResolvedNode): readonly FullName[] {
  switch (node.kind) {
    case "call":
    case "map":
      return [node.workflow];
    case "parallel":
      return node.branches.map(({ workflow }) => workflow);
    default:
      return [];
  }
}
