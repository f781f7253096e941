/** The decision tables of a workflow, for the rules about their rows. */
import { canonical } from "../../../protocol/language/canonical.ts";
import type { Span } from "../../diagnostic.ts";
import type { Schema } from "../../model.ts";
import { type Flow, placeOf } from "../flow.ts";

export interface Row {
  readonly when: Schema;
  /** `when` as canonical text: equal rows have equal texts. */
  readonly text: string;
  readonly outcome: string;
}

/** Without the last row, `otherwise`. */
export interface Table {
  readonly node: string;
  readonly rows: readonly Row[];
}

export function tablesOf(flow: Flow): readonly Table[] {
  return flow.nodes.flatMap(({ name, typed: { node } }) => {
    if (node.kind !== "decide") return [];
    return { node: name, rows: node.rows.map((row) => ({ ...row, text: canonical(row.when) })) };
  });
}

/** Where a row's condition was written; rows count from 0. */
export function rowPlace(flow: Flow, node: string, row: number): Span {
  return placeOf(flow, ["nodes", node, "decide", row, "when"]);
}
