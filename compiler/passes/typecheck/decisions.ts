/**
 * Whether each row of a decision can match what reaches it, and whether it can do otherwise. Rows
 * are held against the input, not against each other: that is the business of the pass `routing`.
 */
import { prover } from "../../types/prove.ts";
import { both } from "../../types/type.ts";
import { type Decide, report, type Site } from "./scope.ts";
import { isWrong, typeOfValue, type Value } from "./value.ts";

/** What a warning may cost to prove. */
const STEPS_MAX = 1_000;

/** `site` is the node's own. */
export function checkRows(site: Site, node: Decide, value: Value): void {
  if (isWrong(value)) return;
  const { pass, workflow } = site.scope;
  const input = typeOfValue(value);
  for (const [index, { when, outcome }] of node.rows.entries()) {
    const never = prover(STEPS_MAX).impossible(both(input, when));
    if (!never && !prover(STEPS_MAX).implies(input, when)) continue;
    const span = workflow.artifact.document.spanOf([...site.at, "decide", index, "when"]);
    const code = never ? "typecheck/row-never-matches" : "typecheck/row-always-matches";
    report(pass, code, { span }, { outcome });
  }
}
