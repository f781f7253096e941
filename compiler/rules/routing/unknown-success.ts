/** What counts as a success of an item or a branch is an outcome that its workflow has, and no fault. */
import {
  COMPENSATED,
  type FullName,
  isEngineOutcome,
  PARTLY_COMPENSATED,
} from "../../../protocol/language/names.ts";
import { quoteAll } from "../../codes/quote.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { didYouMean } from "../../did-you-mean.ts";
import type { PathStep } from "../../model.ts";
import { endingsOf } from "../../outcomes.ts";
import { type Flow, type FlowNode, placeOf, type Rule } from "../flow.ts";

export const unknownSuccess: Rule = (flow) =>
  flow.nodes.flatMap((node) => bodiesOf(node).flatMap((body) => faultsOf(flow, body)));

interface Body {
  readonly workflow: FullName;
  readonly succeed: readonly string[];
  /** Where `succeed` was written. */
  readonly at: readonly PathStep[];
}

function bodiesOf({ name, typed: { node } }: FlowNode): readonly Body[] {
  if (node.kind === "map") return [{ ...node, at: ["nodes", name, "succeed"] }];
  if (node.kind !== "parallel") return [];
  return node.branches.map((branch) => ({
    ...branch,
    at: ["nodes", name, "parallel", branch.name, "succeed"],
  }));
}

const UNDONE: ReadonlySet<string> = new Set([COMPENSATED, PARTLY_COMPENSATED]);

function faultsOf(flow: Flow, { workflow, succeed, at }: Body): readonly Diagnostic[] {
  const known = endingsOf(workflow, flow.typed.world);
  return succeed.flatMap((outcome, index) => {
    const place = placeOf(flow, [...at, index]);
    if (isEngineOutcome(outcome) || UNDONE.has(outcome)) {
      return diagnose("routing/fault-is-no-success", place, { outcome });
    }
    if (known.includes(outcome)) return [];
    const hint = didYouMean(outcome, known) ?? `It has ${quoteAll(known)}.`;
    return diagnose("routing/outcome-no-exit-gives", place, { workflow, outcome }, { hint });
  });
}
