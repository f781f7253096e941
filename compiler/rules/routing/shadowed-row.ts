/** No row of a decision table stands behind one that takes everything that it would. */
import { diagnose } from "../../diagnostic.ts";
import { prover } from "../../types/prove.ts";
import { typeOf } from "../../types/type.ts";
import type { Rule } from "../flow.ts";
import { type Row, rowPlace, tablesOf } from "./tables.ts";

/** Proven by structure, so some are missed. A row that repeats another is `duplicate-row`'s. */
export const shadowedRow: Rule = (flow) =>
  tablesOf(flow).flatMap(({ node, rows }) =>
    rows.flatMap((later, at) => {
      const before = rows.slice(0, at);
      if (before.some(({ text }) => text === later.text)) return [];
      const first = before.findIndex((earlier) => takesAll(earlier, later));
      if (first < 0) return [];
      const related = [{ span: rowPlace(flow, node, first), message: "the row that takes it" }];
      const parameters = { outcome: later.outcome, row: String(first + 1) };
      return diagnose("routing/shadowed-row", rowPlace(flow, node, at), parameters, { related });
    }),
  );

function takesAll(earlier: Row, later: Row): boolean {
  return prover().implies(typeOf(later.when), earlier.when);
}
