/** Exits of one outcome give results with the same members: callers go by the outcome. */
import type { Binding } from "../../../protocol/language/graph.ts";
import { isObject } from "../../../protocol/language/json.ts";
import { quoteAll } from "../../codes/quote.ts";
import { diagnose } from "../../diagnostic.ts";
import { placeOf, type Rule } from "../flow.ts";

/** Each exit is held against the first with its outcome. */
export const resultsDiffer: Rule = (flow) => {
  const first = new Map<string, string>();
  return [...flow.workflow.exits].flatMap(([exit, { outcome, result }]) => {
    const other = first.get(outcome);
    if (other === undefined) {
      first.set(outcome, exit);
      return [];
    }
    const before = flow.workflow.exits.get(other)?.result;
    const names = onlyInOne(membersOf(result.binding), before && membersOf(before.binding));
    if (names.length === 0) return [];
    const related = [{ span: placeOf(flow, ["exits", other]), message: `\`${other}\`` }];
    const parameters = { exit, other, outcome, members: quoteAll(names) };
    const place = placeOf(flow, ["exits", exit], "key");
    return diagnose("prove/results-differ", place, parameters, { related });
  });
};

/** The members that a result has as it is written; undefined where that cannot be said. */
function membersOf(binding: Binding): readonly string[] | undefined {
  if ("object" in binding) return binding.object.map(([name]) => name);
  if (!("literal" in binding)) return undefined;
  if (binding.literal === null) return [];
  return isObject(binding.literal) ? Object.keys(binding.literal) : undefined;
}

function onlyInOne(a: readonly string[] | undefined, b: readonly string[] | undefined) {
  if (a === undefined || b === undefined) return [];
  return [...a.filter((name) => !b.includes(name)), ...b.filter((name) => !a.includes(name))];
}
