/**
 * What went wrong in an execution, and what to change: one finding a fault, with the artifact that
 * an author can mend. Where the artifact stands in which file is asked of whoever knows the sources;
 * without an answer it stays open, it is never guessed.
 */
import type { Repeat } from "../../protocol/language/artifacts.ts";
import type { Graph, GraphNode } from "../../protocol/language/graph.ts";
import { unreachable } from "../../protocol/language/invariant.ts";
import type { FullName } from "../../protocol/language/names.ts";
import {
  isStep,
  type LedgerRecord,
  type Reason,
  type StepRecord,
} from "../../protocol/language/records.ts";
import { type Standing, standingOf } from "../traces/standing.ts";
import { type Places, placesOf } from "../traces/told-name.ts";
import type { Saga } from "./saga.ts";

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
  const places = graph && placesOf(graph);
  return records
    .filter(isStep)
    .flatMap((step) =>
      step.reason === undefined ? [] : [faultOf(step, step.reason, { places, locate })],
    );
}

interface Sources {
  readonly places: Places | undefined;
  readonly locate: Locate;
}

function faultOf(step: StepRecord, reason: Reason, { places, locate }: Sources): Finding {
  const node = places?.find(step.node)?.node;
  const culprit = node === undefined ? undefined : culpritOf(node, step.outcome);
  const place = culprit === undefined ? undefined : locate(culprit.artifact, culprit.path);
  const problems = (reason.problems ?? []).map(
    ({ pointer, message }) => `at \`${pointer}\`: ${message}`,
  );
  return {
    code: reason.code,
    message: [`\`${step.node}\` gave ${step.outcome}: ${reason.message}`, ...problems].join("; "),
    artifact: culprit?.artifact ?? null,
    node: culprit?.node ?? null,
    file: place?.file ?? null,
    line: place?.line ?? null,
    hint: HINTS[reason.code] ?? UNKNOWN_HINTS[step.outcome] ?? null,
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
  if (outcome === "FAULT" && node.kind === "external") {
    return { artifact: node.effect, node: null, path: ["operations", node.operation, "outcomes"] };
  }
  if (outcome === "TIMEOUT" && node.kind === "external") {
    return { artifact: node.effect, node: null, path: ["operations", node.operation, "timeout"] };
  }
  const { workflow, node: name } = node.origin;
  if (outcome === "IN_DOUBT") {
    return { artifact: workflow, node: name, path: ["nodes", name, "on"] };
  }
  const path =
    node.kind === "exit" || node.kind === "leave"
      ? name === "on_fault"
        ? ["on_fault", "result"]
        : ["exits", name, "result"]
      : ["nodes", name, "with"];
  return { artifact: workflow, node: name, path };
}

/** What to do where nobody knows whether a call to the outside arrived. */
const UNKNOWN_HINTS: Readonly<Record<string, string>> = {
  TIMEOUT:
    "The call may have arrived. To call again under the same idempotency key is safe: route TIMEOUT to where that is decided, or give the operation more time.",
  IN_DOUBT:
    "The call may have arrived and must not be made again: ask the outside about its idempotency key, and route IN_DOUBT to where that is decided.",
};

/** A call that was begun and has no answer yet, at the end of an open trace. */
export function unansweredFindings(
  records: readonly LedgerRecord[],
  graph: Graph | undefined,
): readonly Finding[] {
  return standingOf(records).flatMap((standing) => {
    if (standing.kind !== "calling") return [];
    const { node: name, idempotency_key: key, attempt } = standing.attempt;
    const node = graph && placesOf(graph).find(name)?.node;
    const repeat = node?.kind === "external" ? node.repeat : undefined;
    const message = `\`${name}\` was begun (attempt ${attempt}, idempotency key \`${key}\`) and no answer is recorded: the call may have arrived`;
    return [finding("call/unanswered", message, nextOf(repeat))];
  });
}

/** What stands although it was to be undone. */
export function standsFindings(saga: Saga | null): readonly Finding[] {
  const left = (saga?.steps ?? []).filter(({ standing }) => standing === "stands");
  const told = left.slice(0, WAITS_MAX).map(({ node, effect, operation, why }) => {
    const message = `\`${node}\` stands: ${operation} on \`${effect}\`${why === null ? "" : `, for ${why}`}`;
    return finding("saga/stands", message, STANDS);
  });
  const more = left.length - told.length;
  if (more === 0) return told;
  return [...told, finding("saga/stands", `${more} more of what was done stands`, STANDS)];
}

const STANDS =
  "`pgs saga show` tells what there is to it; `pgs saga retry` tries to undo it again.";

/** So many waits are told one by one. */
const WAITS_MAX = 20;

/** What an execution waits for that has not ended. */
export function waitingFindings(records: readonly LedgerRecord[]): readonly Finding[] {
  const waits = standingOf(records).filter(({ kind }) => kind !== "calling");
  const told = waits.slice(0, WAITS_MAX).map(waitingFinding);
  const more = waits.length - told.length;
  if (more === 0) return told;
  return [...told, finding("trace/waiting", `it waits in ${more} more places`, WAKE)];
}

const WAKE = "`pgs wake` lets it go on when time is up.";

function waitingFinding(standing: Standing): Finding {
  const { node } = standing;
  if (standing.kind === "retrying") {
    const message = `\`${node}\` is tried again, not before ${standing.retry.until}`;
    return finding("trace/waiting", message, WAKE);
  }
  const { signals, until } = (standing as Standing & { kind: "waiting" }).timer;
  const names = signals.map((name) => `\`${name}\``).join(" or ");
  return signals.length === 0
    ? finding("trace/waiting", `\`${node}\` waits until ${until}`, WAKE)
    : finding(
        "trace/waiting",
        `\`${node}\` waits for ${names} until ${until}`,
        `\`pgs signal\` tells it what it waits for. ${WAKE}`,
      );
}

function nextOf(repeat: Repeat | undefined): string {
  switch (repeat) {
    case "safe":
      return "The next `pgs run` on its data root calls again, under the same idempotency key.";
    case "unsafe":
      return "The next `pgs run` on its data root makes no call and ends the node in IN_DOUBT; ask the outside about the idempotency key.";
    case undefined:
      return "The next `pgs run` on its data root goes on with it, as its contract says.";
    default:
      return unreachable(repeat);
  }
}

const HINTS: Readonly<Record<string, string>> = {
  "violation/missing-value":
    "Require the value in the schema that it comes from, or decide on its presence before reading it.",
  "violation/too-many-visits": "Bind a smaller value, or a path that selects less of it.",
  "violation/unfit-input":
    "Make the schemas of both sides agree, or route VIOLATION at this node to where it is handled.",
  "violation/too-large": "Keep the value within the limits of a record, or leave parts of it out.",
  "violation/unfit-list":
    "Bind a list, and bound its length in the schema that it comes from, or raise `max`.",
  "violation/unfit-time": "Bind a text in the form `2026-11-21T10:00:00Z`.",
  "violation/too-far": "Wait in several steps, or bind an earlier time.",
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
