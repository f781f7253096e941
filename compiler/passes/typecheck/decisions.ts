/**
 * Whether each row of a decision can match what reaches it, and whether it can do otherwise. Rows
 * are held against the input, not against each other: that is the business of the pass `routing`.
 */
import type { ResolvedNode } from "../../model.ts";
import { prover } from "../../types/prove.ts";
import { both } from "../../types/type.ts";
import { report, type Site } from "./scope.ts";
import { isWrong, typeOfValue, type Value } from "./value.ts";

type Decide = Extract<ResolvedNode, { kind: "decide" }>;

/** `site` is the node's own. */
export function checkRows(site: Site, node: Decide, value: Value): void {
  if (isWrong(value)) return;
  const { pass, workflow } = site.scope;
  const input = typeOfValue(value);
  for (const [index, { when, outcome }] of node.rows.entries()) {
    const span = workflow.artifact.document.spanOf([...site.at, "decide", index, "when"]);
    if (prover().impossible(both(input, when))) {
      report(pass, "typecheck/row-never-matches", { span }, { outcome });
    } else if (prover().implies(input, when)) {
      report(pass, "typecheck/row-always-matches", { span }, { outcome });
    }
  }
}
