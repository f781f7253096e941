/** Routes that lead straight to an exit which says SUCCESS, for the rules against fake success. */
import type { Span } from "../../diagnostic.ts";
import { type Flow, type FlowNode, placeOf } from "../flow.ts";

export interface Straight {
  readonly node: FlowNode;
  readonly outcome: string;
  readonly exit: string;
  /** Where the route's target was written. */
  readonly place: Span;
}

export function straightToSuccess(flow: Flow): readonly Straight[] {
  return flow.nodes.flatMap((node) =>
    [...node.routes].flatMap(([outcome, exit]) =>
      flow.workflow.exits.get(exit)?.outcome === "SUCCESS"
        ? { node, outcome, exit, place: placeOf(flow, ["nodes", node.name, "on", outcome]) }
        : [],
    ),
  );
}
