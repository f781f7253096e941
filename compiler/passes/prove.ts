/**
 * The pass `prove`: the laws that hold over whole graphs. Foremost those against fake success: what
 * did nothing, broke off or was refused never says SUCCESS. It changes nothing.
 */
import type { Passed, Typed } from "../model.ts";
import { flowOf } from "../rules/flow.ts";
import { PROTOCOL_RULES, WORKFLOW_RULES } from "../rules/prove.ts";

export function prove(typed: Typed): Passed<Typed> {
  const flows = [...typed.workflows.values()].map((workflow) => flowOf(typed, workflow));
  return {
    value: typed,
    diagnostics: [
      ...flows.flatMap((flow) => WORKFLOW_RULES.flatMap((rule) => rule(flow))),
      ...PROTOCOL_RULES.flatMap((rule) => rule(flows)),
    ],
  };
}
