/** A write that the store refused does not lead straight to an exit that says SUCCESS. */
import { diagnose } from "../../diagnostic.ts";
import { operationOf, type Rule } from "../flow.ts";
import { straightToSuccess } from "./straight-to-success.ts";

/** A writing operation changes its store in SUCCESS alone; every other outcome left it as it was. */
export const refusedWriteSaysSuccess: Rule = (flow) =>
  straightToSuccess(flow)
    .filter(
      ({ node, outcome }) =>
        outcome !== "SUCCESS" &&
        node.declared.includes(outcome) &&
        operationOf(node.typed.node)?.writes,
    )
    .map(({ node, outcome, exit, place }) =>
      diagnose("prove/refused-write-says-success", place, { node: node.name, outcome, exit }),
    );
