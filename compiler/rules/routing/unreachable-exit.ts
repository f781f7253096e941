/** Every exit is the target of a route. */
import { diagnose } from "../../diagnostic.ts";
import { placeOf, type Rule } from "../flow.ts";

export const unreachableExit: Rule = (flow) => {
  const led = new Set([...flow.links.values()].flat());
  return [...flow.workflow.exits.keys()]
    .filter((exit) => !led.has(exit))
    .map((exit) =>
      diagnose("routing/unreachable-exit", placeOf(flow, ["exits", exit], "key"), { exit }),
    );
};
