/** Whether each row of a decision can match what reaches it, and whether it can do otherwise. */
import type { ResolvedNode } from "../../model.ts";
import { prover } from "../../types/prove.ts";
import { both, schemaOf } from "../../types/type.ts";
import { report, type Site } from "./scope.ts";
import { isWrong, typeOfValue, type Value } from "./value.ts";

type Decide = Extract<ResolvedNode, { kind: "decide" }>;

/** `site` is the node's own. After a row that always matches, no other is looked at. */
export function checkRows(site: Site, node: Decide, value: Value): void {
  if (isWrong(value)) return;
  const input = typeOfValue(value);
  let left = input;
  for (const [index, { when, outcome }] of node.rows.entries()) {
    const span = site.scope.workflow.artifact.document.spanOf([
      ...site.at,
      "decide",
      index,
      "when",
    ]);
    if (prover().impossible(both(left, when))) {
      report(site.scope.pass, "typecheck/row-never-matches", { span }, { outcome });
    } else if (prover().implies(input, when)) {
      report(site.scope.pass, "typecheck/row-always-matches", { span }, { outcome });
      return;
    }
    left = both(left, typeof when === "boolean" ? !when : { not: schemaOf(both([], when)) });
  }
}
