/**
 * What leads out of each kind of node: the outcomes that must have an edge, and those that may. It
 * looks at one node alone and never asks where an edge leads.
 */
import {
  type AwaitNode,
  CANCELLED,
  type ExternalNode,
  type GraphNode,
  type MapNode,
} from "../../protocol/language/graph.ts";
import { unreachable } from "../../protocol/language/invariant.ts";
import { isEngineOutcome } from "../../protocol/language/names.ts";
import { operationsOf } from "../../protocol/language/semantics.ts";

/** Outcomes that must have an edge, and others that may have one. */
export interface WaysOut {
  readonly must: readonly string[];
  readonly may: readonly string[];
}

const NONE: WaysOut = Object.freeze({ must: [], may: [] });

/** Undefined where the node's contract is none that there can be. */
export function waysOut(node: GraphNode): WaysOut | undefined {
  switch (node.kind) {
    case "transform": {
      const engine = node.check === null ? ["FAULT"] : ["VIOLATION", "FAULT"];
      const must = [...Object.keys(node.outcomes), ...engine];
      return { must, may: ["VIOLATION", CANCELLED] };
    }
    case "effect": {
      const operations = operationsOf(node.semantics, true, true);
      const operation = Object.hasOwn(operations, node.operation)
        ? operations[node.operation]
        : undefined;
      if (operation === undefined) return undefined;
      const declared = Object.keys(operation.outcomes);
      if (declared.some((outcome) => !Object.hasOwn(node.outcomes, outcome))) return undefined;
      const engine = operation.givesBack.length > 0 ? ["VIOLATION", "FAULT"] : ["VIOLATION"];
      return { must: [...declared, ...engine], may: [CANCELLED] };
    }
    case "external":
      return externalWays(node);
    case "decide": {
      const must = [...node.rows.map(({ outcome }) => outcome), node.otherwise];
      return { must, may: ["VIOLATION"] };
    }
    case "enter":
      return { must: ["ENTERED", "VIOLATION"], may: [] };
    case "leave":
      return { must: [node.outcome, "VIOLATION"], may: [] };
    case "await":
      return awaitWays(node);
    case "map":
      return mapWays(node);
    case "parallel":
      return { must: ["SUCCESS", "FAILED", "VIOLATION"], may: [CANCELLED] };
    case "undo":
      return { must: ["COMPENSATED", "PARTLY_COMPENSATED"], may: ["VIOLATION", "FAULT"] };
    case "join":
    case "exit":
      return node.fault || isCancelExit(node) ? NONE : { must: ["VIOLATION"], may: [] };
    default:
      return unreachable(node);
  }
}

/** The end of an execution that was cancelled. */
export function isCancelExit(node: GraphNode): boolean {
  return node.kind === "exit" && node.cancel === true;
}

/** What nobody knows the end of ends as the contract says: never both ways, and never another. */
function externalWays({ outcomes, repeat }: ExternalNode): WaysOut | undefined {
  const declared = Object.keys(outcomes);
  if (declared.length === 0 || declared.some(isEngineOutcome)) return undefined;
  const unanswered = repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
  return { must: [...declared, "VIOLATION", "FAULT", unanswered], may: [CANCELLED] };
}

/** A wait for signals gives up, one for a time has waited long enough. */
function awaitWays({ signals, limit, elapsed }: AwaitNode): WaysOut | undefined {
  const names = signals.map(([name]) => name);
  if (names.some(isEngineOutcome) || names.includes("ELAPSED")) return undefined;
  if (elapsed !== (names.length === 0 ? "ELAPSED" : "TIMEOUT")) return undefined;
  const bound = "until" in limit ? ["VIOLATION"] : [];
  return { must: [...names, elapsed, ...bound], may: ["VIOLATION", CANCELLED] };
}

/** What is collected may be more than a record holds. */
function mapWays({ threshold, collect }: MapNode): WaysOut {
  const partial = threshold === null ? [] : ["PARTIAL"];
  const must = ["SUCCESS", ...partial, "FAILED", ...(collect ? ["VIOLATION"] : [])];
  return { must, may: ["EMPTY", "VIOLATION", CANCELLED] };
}
