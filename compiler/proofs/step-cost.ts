/**
 * What one step costs, by the outcome with which it ends: writes to stores, calls to the outside and
 * the attempts at them, waits, and the longest time that the contract lets it take. What a process
 * that stops adds (a call that is safe to repeat is made again) is not counted: it has no bound.
 */
import {
  type AwaitNode,
  CANCELLED,
  type EffectNode,
  type ExternalNode,
  type GraphNode,
  type Retry,
  type Undone,
} from "../../protocol/language/graph.ts";
import { operationsOf } from "../../protocol/language/semantics.ts";
import {
  ATTEMPTS,
  asUndoing,
  CALLS,
  type Cost,
  costOf,
  either,
  NOTHING,
  upTo,
  WAITS,
  WRITES,
} from "./cost.ts";

/** The outcome with which a step ends that never began: its input could not be made. */
const VIOLATION = "VIOLATION";

/** Of every node but a fork, whose cost is that of what runs in it. */
export function stepCost(node: GraphNode, outcome: string): Cost {
  switch (node.kind) {
    case "effect":
      return writes(node, outcome) ? ONE_WRITE : NOTHING;
    case "external":
      return callCost(node, outcome);
    case "await":
      return awaitCost(node, outcome);
    default:
      return NOTHING;
  }
}

const ONE_WRITE = costOf([[WRITES, 1, 1]]);

/** What does not say SUCCESS changes no store. */
function writes({ semantics, operation }: EffectNode, outcome: string): boolean {
  return outcome === "SUCCESS" && writesAtAll(semantics, operation);
}

const OPERATIONS = {
  registry: operationsOf("registry", true, true),
  stream: operationsOf("stream", true, true),
  document: operationsOf("document", true, true),
};

export function writesAtAll(semantics: EffectNode["semantics"], operation: string): boolean {
  return OPERATIONS[semantics][operation]?.writes === true;
}

/** An outcome after which there is another attempt stands only when the last one had it, too. */
function callCost(node: ExternalNode, outcome: string): Cost {
  if (outcome === VIOLATION) return NOTHING;
  const most = attemptsOf(node.retry);
  const least = node.retry?.outcomes.includes(outcome) === true ? most : 1;
  const timeMs = most * node.timeoutMs + pausesMs(node.retry);
  const made = costOf(
    [
      [CALLS, 1, 1],
      [ATTEMPTS, least, most],
    ],
    timeMs,
  );
  return outcome === CANCELLED ? upTo(made) : made;
}

function attemptsOf(retry: Retry | undefined): number {
  return retry?.attempts ?? 1;
}

/** All pauses between attempts together. */
function pausesMs(retry: Retry | undefined): number {
  let sum = 0;
  for (let n = 1; n < attemptsOf(retry); n += 1) {
    const { waitMs = 0, factor = 1, waitMaxMs = 0 } = retry ?? {};
    const pause = waitMs * factor ** (n - 1);
    if (pause >= waitMaxMs) return sum + (attemptsOf(retry) - n) * waitMaxMs;
    sum += pause;
  }
  return sum;
}

/** A time that comes from the data has no bound here. */
function awaitCost({ limit }: AwaitNode, outcome: string): Cost {
  if (outcome === VIOLATION) return NOTHING;
  const timeMs = "afterMs" in limit ? limit.afterMs : Number.POSITIVE_INFINITY;
  const waited = costOf([[WAITS, 1, 1]], timeMs);
  return outcome === CANCELLED ? upTo(waited) : waited;
}

/** What becomes of the node's effect where the execution undoes, if it happened with this outcome. */
export function undoneAfter(node: GraphNode, outcome: string): Undone | undefined {
  const undone = "undone" in node ? node.undone : undefined;
  return undone?.after.includes(outcome) === true ? undone : undefined;
}

/** What undoing costs: where it is said to have worked (`done`), or however it ends (null). */
export function undoingCost(by: GraphNode, done: readonly string[] | null): Cost {
  if (by.kind === "effect") {
    const any = costOf([[WRITES, 0, writesAtAll(by.semantics, by.operation) ? 1 : 0]]);
    if (done === null || done.length === 0) return any;
    return done.map((outcome) => stepCost(by, outcome)).reduce(either);
  }
  if (by.kind !== "external") return NOTHING;
  const any = upTo(callCost(by, "FAULT"));
  if (done === null || done.length === 0) return asUndoing(any);
  return asUndoing(done.map((outcome) => callCost(by, outcome)).reduce(either));
}
