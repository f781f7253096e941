/** No two rows of a decision table ask for the same: the second would never match. */
import { diagnose } from "../../diagnostic.ts";
import type { Rule } from "../flow.ts";
import { rowPlace, tablesOf } from "./tables.ts";

export const duplicateRow: Rule = (flow) =>
  tablesOf(flow).flatMap(({ node, rows }) => {
    const first = new Map<string, number>();
    return rows.flatMap(({ text, outcome }, at) => {
      const same = first.get(text);
      if (same === undefined) {
        first.set(text, at);
        return [];
      }
      const related = [{ span: rowPlace(flow, node, same), message: "the first of the two" }];
      const row = String(same + 1);
      return diagnose(
        "routing/duplicate-row",
        rowPlace(flow, node, at),
        { outcome, row },
        { related },
      );
    });
  });
