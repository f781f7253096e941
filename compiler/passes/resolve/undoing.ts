/**
 * What becomes of effects where an execution compensates, and how calls to the outside are made
 * again: outcomes that there are, of operations that change something. Which paths need a
 * compensation is not asked here.
 */
import type {
  CompensateText,
  EffectNodeText,
  RetryText,
} from "../../../protocol/language/artifacts.ts";
import type { Retry } from "../../../protocol/language/graph.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import { quoteAll } from "../../codes/quote.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { didYouMean } from "../../did-you-mean.ts";
import { durationMs } from "../../duration.ts";
import { unansweredOf } from "../../engine-outcomes.ts";
import type {
  ParsedDocument,
  PathStep,
  ResolvedEffectNode,
  ResolvedExternalNode,
  Undoing,
} from "../../model.ts";

type Acting = ResolvedEffectNode | ResolvedExternalNode;

/** A node that asks an effect, or the compensation of one, and where it was written. */
export interface Written {
  readonly document: ParsedDocument;
  readonly at: readonly PathStep[];
  readonly found: Diagnostic[];
}

/** The node with its retry, its own time limit, and what becomes of it where all is undone. */
export function withUndoing(
  node: Acting,
  text: EffectNodeText,
  by: Acting | null,
  written: Written,
): Acting {
  const again = withRetry(node, text, written);
  if (text.irreversible !== undefined) {
    if (!changes(node)) says(written, "irreversible", node, NOTHING_STANDS);
    const after = text.irreversible === true ? standsAfter(node) : text.irreversible;
    if (text.irreversible !== true) checkAfter(node, after, { written, key: "irreversible" });
    return { ...again, undoing: { by: null, after, done: [] } };
  }
  if (text.compensate === undefined || by === null) return again;
  if (!changes(node)) says(written, "compensate", node, NOTHING_DONE);
  const inner = inside(written, "compensate");
  const compensation = withRetry(by, text.compensate, inner);
  if (!changes(by)) says(inner, "op", by, NOTHING_UNDONE);
  return { ...again, undoing: undoingOf(node, text.compensate, compensation, inner) };
}

const NOTHING_STANDS = "there is nothing that could stand";
const NOTHING_DONE = "there is nothing to undo";
const NOTHING_UNDONE = "it undoes nothing";

function says({ document, at, found }: Written, key: string, node: Acting, why: string): void {
  const span = document.spanOf([...at, key], "key");
  found.push(diagnose("resolve/changes-nothing", span, { operation: operationName(node), why }));
}

function undoingOf(node: Acting, text: CompensateText, by: Acting, written: Written): Undoing {
  const after = text.undoes ?? ["SUCCESS"];
  const done = text.done ?? ["SUCCESS"];
  const key = text.undoes === undefined ? null : "undoes";
  checkAfter(node, after, { written, key });
  for (const [index, outcome] of done.entries()) {
    const at = text.done === undefined ? [] : ["done", index];
    if (!declaredBy(by).includes(outcome)) {
      unknown(written, at, { node: by, outcome, possible: declaredBy(by), key: "done" });
    } else if (text.retry?.outcomes.includes(outcome)) {
      const span = written.document.spanOf([...written.at, ...at]);
      const why = "`done` says that nothing stands after it";
      written.found.push(diagnose("resolve/not-retried", span, { outcome, why }));
    }
  }
  return { by, after, done };
}

/** Where outcomes were written; null where they were left out. */
interface Listed {
  readonly written: Written;
  readonly key: string | null;
}

/** Outcomes of a node after which there is something to undo, or something that stands. */
function checkAfter(node: Acting, after: readonly string[], { written, key }: Listed): void {
  const possible = node.kind === "effect" ? ["SUCCESS"] : [...declaredBy(node), ...unclear(node)];
  for (const [index, outcome] of after.entries()) {
    const at = key === null ? [] : [key, index];
    if (possible.includes(outcome)) continue;
    if (node.kind === "effect" && declaredBy(node).includes(outcome)) {
      const why = `it writes nothing when it ends in \`${outcome}\``;
      const span = written.document.spanOf([...written.at, ...at]);
      const words = { operation: operationName(node), why };
      written.found.push(diagnose("resolve/changes-nothing", span, words));
    } else unknown(written, at, { node, outcome, possible, key: "undoes" });
  }
}

interface Unknown {
  readonly node: Acting;
  readonly outcome: string;
  readonly possible: readonly string[];
  /** The key that could say otherwise. */
  readonly key: string;
}

function unknown(
  { document, at, found }: Written,
  steps: readonly PathStep[],
  { node, outcome, possible, key }: Unknown,
): void {
  const left = steps.length === 0;
  const span = document.spanOf([...at, ...steps], left ? "key" : "value");
  const hint = left
    ? `SUCCESS is meant where \`${key}\` is left out. Say \`${key}\`: ${quoteAll(possible)}.`
    : (didYouMean(outcome, possible) ?? `It can be ${quoteAll(possible)}.`);
  const words = { outcome, operation: operationName(node) };
  found.push(diagnose("resolve/unknown-operation-outcome", span, words, { hint }));
}

/** Outcomes after which an effect that nothing undoes may have happened. */
function standsAfter(node: Acting): readonly string[] {
  if (node.kind === "effect") return ["SUCCESS"];
  const declared = declaredBy(node);
  return [...(declared.includes("SUCCESS") ? ["SUCCESS"] : declared), ...unclear(node)];
}

/** How a call ends that may have happened, for all that is known. */
function unclear(node: ResolvedExternalNode): readonly string[] {
  return [unansweredOf(node.operation), "FAULT"];
}

function withRetry<T extends Acting>(
  node: T,
  { retry, timeout }: { readonly retry?: RetryText; readonly timeout?: string },
  written: Written,
): T {
  if (node.kind === "effect") {
    for (const key of ["retry", "timeout"] as const) {
      if ((key === "retry" ? retry : timeout) !== undefined) outsideOnly(written, key, node);
    }
    return node;
  }
  const timeoutMs = timeout === undefined ? node.operation.timeoutMs : msOf(timeout);
  if (timeoutMs > node.operation.timeoutMs) {
    const { artifact } = node.external;
    const contract = artifact.text.operations[node.operationName]?.timeout ?? "";
    const span = written.document.spanOf([...written.at, "timeout"]);
    const declared = ["operations", node.operationName, "timeout"];
    const related = [{ span: artifact.document.spanOf(declared), message: "the contract's" }];
    const words = { found: timeout ?? "", contract };
    written.found.push(diagnose("resolve/timeout-above-contract", span, words, { related }));
  }
  return {
    ...node,
    operation: { ...node.operation, timeoutMs },
    ...(retry === undefined ? {} : { retry: retryOf(node, retry, written) }),
  };
}

function outsideOnly({ document, at, found }: Written, key: string, node: Acting): void {
  const span = document.spanOf([...at, key], "key");
  found.push(diagnose("resolve/outside-only", span, { key, effect: nameOf(node) }));
}

function retryOf(node: ResolvedExternalNode, text: RetryText, written: Written): Retry {
  text.outcomes.forEach((outcome, index) => {
    const why = whyNotRetried(node, outcome);
    const at = ["retry", "outcomes", index];
    if (why !== null) {
      const span = written.document.spanOf([...written.at, ...at]);
      written.found.push(diagnose("resolve/not-retried", span, { outcome, why }));
    } else if (outcome !== "TIMEOUT" && !declaredBy(node).includes(outcome)) {
      unknown(written, at, { node, outcome, possible: declaredBy(node), key: "outcomes" });
    }
  });
  const factor = text.factor ?? 1;
  const waitMs = msOf(text.wait);
  const waitMaxMs =
    text.wait_max === undefined ? waitMs * factor ** (text.attempts - 2) : msOf(text.wait_max);
  return { outcomes: text.outcomes, attempts: text.attempts, waitMs, factor, waitMaxMs };
}

/** Why a call is never made again after an outcome; null where the contract is asked. */
function whyNotRetried({ operation }: ResolvedExternalNode, outcome: string): string | null {
  switch (outcome) {
    case "IN_DOUBT":
      return "nobody knows whether the call arrived, and it may not arrive twice";
    case "TIMEOUT":
      return operation.repeat === "safe"
        ? null
        : "its contract says `repeat: unsafe`, so it ends in IN_DOUBT instead";
    case "FAULT":
    case "VIOLATION":
      return "the same call would come to the same";
    case "CANCELLED":
      return "who cancels an execution ends it";
    default:
      return null;
  }
}

/** True where an operation may change something; what a call to the outside does nobody can see. */
function changes(node: Acting): boolean {
  return node.kind === "external" || node.effect.operations[node.operation]?.writes === true;
}

function declaredBy(node: Acting): readonly string[] {
  if (node.kind === "external") return [...node.operation.outcomes.keys()];
  return Object.keys(node.effect.operations[node.operation]?.outcomes ?? {});
}

function operationName(node: Acting): string {
  return node.kind === "external" ? node.operationName : node.operation;
}

function nameOf(node: Acting): FullName {
  return node.kind === "external" ? node.external.artifact.name : node.effect.artifact.name;
}

function msOf(duration: string): number {
  const ms = durationMs(duration);
  invariant(ms !== undefined, "`shape` lets nothing by that is no duration");
  return ms;
}

function inside(written: Written, step: PathStep): Written {
  return { ...written, at: [...written.at, step] };
}
