/**
 * Why an execution ended where it did: the step that settled it, told from the records and, where
 * it is at hand, the graph. It tells what is recorded and never guesses at causes outside of it.
 */
import type { Graph, GraphNode } from "../../protocol/language/graph.ts";
import { member } from "../../protocol/language/json.ts";
import { COMPENSATED, PARTLY_COMPENSATED } from "../../protocol/language/names.ts";
import {
  type CancelledBody,
  type ClosedBody,
  isStep,
  type LedgerRecord,
  type StepRecord,
} from "../../protocol/language/records.ts";
import { placesOf } from "./told-name.ts";

export interface Ending {
  readonly closed: LedgerRecord & ClosedBody;
  /** The last step whose outcome could have been another; undefined where there was none. */
  readonly settledBy: StepRecord | undefined;
  /** The outcomes that its contract declares beside the one taken. */
  readonly alternatives: readonly string[];
  /** Who ended it before its time; undefined where it came to its own end. */
  readonly cancelled: (LedgerRecord & CancelledBody) | undefined;
}

/** How a trace ended; undefined for one that did not. */
export function endingOf(
  records: readonly LedgerRecord[],
  graph: Graph | undefined,
): Ending | undefined {
  const closed = records.at(-1);
  if (closed?.type !== "closed") return undefined;
  const cancelled = records.find((record) => record.type === "cancelled");
  if (cancelled !== undefined) {
    return { closed, settledBy: undefined, alternatives: [], cancelled };
  }
  const steps = records.filter(isStep).filter((step) => !undoes(step));
  const places = graph && placesOf(graph);
  const others = (step: StepRecord) => {
    return alternativesOf(places?.find(step.node)?.node, step.outcome);
  };
  const settledBy = closed.fault
    ? steps.at(-1)
    : (steps.findLast((step) => step.reason !== undefined || others(step).length > 0) ??
      (graph === undefined ? steps.at(-1) : undefined));
  const alternatives = settledBy === undefined ? [] : others(settledBy);
  return { closed, settledBy, alternatives, cancelled };
}

/** What is undone, and how far that went, is told by itself: it is not why it was undone. */
function undoes(step: StepRecord): boolean {
  if (step.node.endsWith("/compensate")) return true;
  const ended = step.outcome === COMPENSATED || step.outcome === PARTLY_COMPENSATED;
  return step.type === "node" && ended && member(step.output ?? null, "stands") !== undefined;
}

function alternativesOf(node: GraphNode | undefined, taken: string): readonly string[] {
  if (node === undefined) return [];
  return node.edges.flatMap(({ outcome, engine }) =>
    engine === true || outcome === taken ? [] : [outcome],
  );
}

/** A decision's matching row in words; undefined for what is no decision. */
export function rowText(step: StepRecord): string | undefined {
  if (step.type !== "node" || step.row === undefined) return undefined;
  return step.row < 0 ? "no row matched, otherwise applied" : `row ${step.row + 1} matched`;
}
