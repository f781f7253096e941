/**
 * What went wrong in an execution, and what to change: one finding a fault, with the artifact that
 * an author can mend. Where the artifact stands in which file is asked of whoever knows the sources;
 * without an answer it stays open, it is never guessed.
 */
import type { Graph, GraphNode } from "../../protocol/language/graph.ts";
import type { FullName } from "../../protocol/language/names.ts";
import {
  isStep,
  type LedgerRecord,
  type Reason,
  type StepRecord,
} from "../../protocol/language/records.ts";

export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly artifact: FullName | null;
  /** The node of `artifact`, where it is a workflow. */
  readonly node: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly hint: string | null;
}

/** Where an artifact's member stands in the sources; undefined when nobody knows. */
export type Locate = (
  artifact: FullName,
  path: readonly string[],
) => { readonly file: string; readonly line: number } | undefined;

/** A finding that no artifact is the cause of. */
export function finding(code: string, message: string, hint: string): Finding {
  return { code, message, artifact: null, node: null, file: null, line: null, hint };
}

/** A finding for each step that took an outcome of the engine. */
export function findingsOf(
  records: readonly LedgerRecord[],
  graph: Graph | undefined,
  locate: Locate,
): readonly Finding[] {
  const nodes = new Map(graph?.nodes.map((node) => [node.name, node]));
  return records
    .filter(isStep)
    .flatMap((step) =>
      step.reason === undefined ? [] : [faultOf(step, step.reason, { nodes, locate })],
    );
}

interface Sources {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly locate: Locate;
}

function faultOf(step: StepRecord, reason: Reason, { nodes, locate }: Sources): Finding {
  const node = nodes.get(step.node);
  const culprit = node === undefined ? undefined : culpritOf(node, step.outcome);
  const place = culprit === undefined ? undefined : locate(culprit.artifact, culprit.path);
  const places = (reason.problems ?? []).map(
    ({ pointer, message }) => `at \`${pointer}\`: ${message}`,
  );
  return {
    code: reason.code,
    message: [`\`${step.node}\` gave ${step.outcome}: ${reason.message}`, ...places].join("; "),
    artifact: culprit?.artifact ?? null,
    node: culprit?.node ?? null,
    file: place?.file ?? null,
    line: place?.line ?? null,
    hint: HINTS[reason.code] ?? null,
  };
}

interface Culprit {
  readonly artifact: FullName;
  readonly node: string | null;
  readonly path: readonly string[];
}

/** A value that does not fit is bound by a node; an answer that does not fit is a contract's. */
function culpritOf(node: GraphNode, outcome: string): Culprit {
  if (outcome === "FAULT" && node.kind === "transform") {
    return { artifact: node.capability, node: null, path: ["implementation"] };
  }
  if (outcome === "FAULT" && node.kind === "effect") {
    return { artifact: node.effect, node: null, path: ["value"] };
  }
  const { workflow, node: name } = node.origin;
  const path =
    node.kind === "exit" || node.kind === "leave"
      ? name === "on_fault"
        ? ["on_fault", "result"]
        : ["exits", name, "result"]
      : ["nodes", name, "with"];
  return { artifact: workflow, node: name, path };
}

const HINTS: Readonly<Record<string, string>> = {
  "violation/missing-value":
    "Require the value in the schema that it comes from, or decide on its presence before reading it.",
  "violation/too-many-visits": "Bind a smaller value, or a path that selects less of it.",
  "violation/unfit-input":
    "Make the schemas of both sides agree, or route VIOLATION at this node to where it is handled.",
  "violation/too-large": "Keep the value within the limits of a record, or leave parts of it out.",
  "fault/threw":
    "Mend the implementation so that it answers with a declared outcome; add the input as an example.",
  "fault/asynchronous": "A transform answers at once: remove the promise from the implementation.",
  "fault/not-json": "Let the implementation return plain JSON values only.",
  "fault/no-answer": "Let the implementation return an object with outcome and output.",
  "fault/undeclared-outcome": "Declare the outcome in the contract, or do not return it.",
  "fault/unfit-output":
    "Make the outcome's schema and what is returned agree; for a store, values of older schemas remain.",
  "fault/erased":
    "The key of a stored value was destroyed, and with it the value: store it anew, or do not read it.",
  "fault/unmarked-label":
    "Label the place in the contract that reads the value, as the one that stored it does.",
  "fault/too-large": "Return less, or move parts of it to an effect of its own.",
};
