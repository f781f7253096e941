/**
 * The laws of undoing, over whole graphs: whatever has happened on a way to an end that compensates
 * is undone there or known to stand; and nothing irreversible comes before what may still fail,
 * unless its author says so. Where nothing compensates, nothing is asked.
 */
import { type Graph, type GraphNode, ON_CANCEL } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { FullName } from "../../protocol/language/names.ts";
import { operationsOf } from "../../protocol/language/semantics.ts";
import type { Parameters } from "../codes.ts";
import { type Diagnostic, diagnose, type Related, type Span } from "../diagnostic.ts";
import type { Typed } from "../model.ts";
import { nodeOf } from "./part.ts";
import type { Proven } from "./proven.ts";
import { type Onward, onwardTo, tell, trailsFrom, type Ways, waysIn } from "./ways.ts";

export function sagas(graphs: readonly Graph[], typed: Typed): Proven {
  const used = new Set<string>();
  const found = graphs.flatMap((graph) => faultsIn(graph, typed, used));
  return { diagnostics: [...found, ...idleFaults(typed, used)], sealed: undefined };
}

const ON_FAULT = "on_fault";

type Acting = Extract<GraphNode, { kind: "effect" | "external" }>;

/** One graph in which something compensates. */
interface Saga {
  readonly graph: Graph;
  readonly typed: Typed;
  readonly ways: Ways;
  readonly onward: Onward;
}

/** Ends within calls undo what their own workflow did, and are looked at in its own graph. */
function faultsIn(graph: Graph, typed: Typed, used: Set<string>): readonly Diagnostic[] {
  const ends = graph.nodes.flatMap((node, index) =>
    node.kind === "undo" && node.within === "" ? [index] : [],
  );
  if (ends.length === 0) return [];
  const ways = waysIn(graph);
  const saga: Saga = { graph, typed, ways, onward: onwardTo(ends, ways) };
  const trails = trailsFrom(graph.start, ways);
  const acting = [...ways.keys()].flatMap((index) => {
    const node = nodeOf(graph, index);
    return isActing(node) ? [{ index, node }] : [];
  });
  const faults = acting.flatMap(({ index, node }) => {
    const hops = (ways.get(index) ?? []).filter(({ to }) => saga.onward.has(to));
    const after = (outcomes: readonly string[]) =>
      hops.find(({ steps }) => outcomes.includes(steps.at(-1)?.outcome ?? ""));
    const told = tell(graph, saga.onward, trails.get(index) ?? null);
    if (node.undone !== undefined && after(node.undone.after)) used.add(keyOf(node.origin));
    for (const wrong of wrongsAfter(node, typed)) {
      const hop = after(wrong.outcomes);
      if (hop === undefined) continue;
      const { target, path } = told(hop);
      const words = { node: node.name, exit: nodeOf(graph, target).name, path };
      const outcome = hop.steps.at(-1)?.outcome ?? "";
      return [faultAt(saga, node, wrong.code, { ...words, outcome })];
    }
    return [];
  });
  return [...faults, ...emptyFaults(saga, ends)];
}

function isActing(node: GraphNode): node is Acting {
  return node.kind === "effect" || node.kind === "external";
}

interface Wrong {
  readonly code:
    | "proofs/not-undone"
    | "proofs/doubt-not-undone"
    | "proofs/irreversible-before-failure";
  /** Outcomes after which no way may lead to an end that compensates. */
  readonly outcomes: readonly string[];
}

/** What is asked of a node, the worst first. */
function wrongsAfter(node: Acting, typed: Typed): readonly Wrong[] {
  const { undone } = node;
  if (undone === undefined) return [{ code: "proofs/not-undone", outcomes: happenedAfter(node) }];
  const doubt = node.kind === "external" ? [unansweredIn(node)] : [];
  const unclear = doubt.filter((outcome) => !undone.after.includes(outcome));
  const stands = undone.by === null && textOf(node, typed)?.pivot !== true;
  return [
    ...(stands
      ? [{ code: "proofs/irreversible-before-failure" as const, outcomes: undone.after }]
      : []),
    { code: "proofs/doubt-not-undone", outcomes: unclear },
  ];
}

function unansweredIn({ repeat }: Extract<Acting, { kind: "external" }>): string {
  return repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
}

/**
 * Outcomes after which an effect of which nothing is said may have happened. A store changes in
 * SUCCESS alone, and in FAULT where that is what SUCCESS gave back; of a call to the outside only
 * what was never sent is known not to have happened.
 */
function happenedAfter(node: Acting): readonly string[] {
  if (node.kind === "effect") {
    const operation = operationsOf(node.semantics, true, true)[node.operation];
    if (operation?.writes !== true) return [];
    return operation.givesBack.includes("SUCCESS") ? ["SUCCESS", "FAULT"] : ["SUCCESS"];
  }
  const declared = Object.keys(node.outcomes);
  const did = declared.includes("SUCCESS") ? ["SUCCESS"] : declared;
  return [...did, unansweredIn(node), "FAULT", "CANCELLED"];
}

function textOf({ origin }: Acting, typed: Typed) {
  const text = typed.world.workflows.get(origin.workflow)?.artifact.text.nodes[origin.node];
  return text !== undefined && "effect" in text ? text : undefined;
}

/** At the node of the graph's own workflow; of a node within a call, with the place of that. */
function faultAt(
  { graph, typed }: Saga,
  node: Acting,
  code: Wrong["code"],
  words: Parameters<Wrong["code"]>,
): Diagnostic {
  const own = spanOf(typed, graph.workflow, ["nodes", node.name.split("/")[0] ?? ""]);
  const inner = spanOf(typed, node.origin.workflow, ["nodes", node.origin.node]);
  const related: readonly Related[] = node.name.includes("/")
    ? [{ span: inner, message: `\`${node.name}\`` }]
    : [];
  return diagnose(code, own, words, { related });
}

/** Ends that say that they compensate, where on no way to them anything is ever undone. */
function emptyFaults({ graph, typed, ways }: Saga, ends: readonly number[]): readonly Diagnostic[] {
  const behind = new Set<number>();
  for (const [index, hops] of ways) {
    const node = nodeOf(graph, index);
    // What nothing undoes was reported at the node itself.
    const undone = isActing(node) ? (node.undone?.after ?? happenedAfter(node)) : [];
    for (const { steps, to } of hops) {
      if (undone.includes(steps.at(-1)?.outcome ?? "")) behind.add(to);
    }
  }
  for (const index of behind) for (const { to } of ways.get(index) ?? []) behind.add(to);
  return ends
    .filter((end) => !behind.has(end))
    .map((end) => {
      const { name } = nodeOf(graph, end);
      const at = name === ON_FAULT || name === ON_CANCEL ? [name] : ["exits", name];
      const span = spanOf(typed, graph.workflow, [...at, "compensate"]);
      return diagnose("proofs/nothing-to-undo", span, { exit: name });
    });
}

/** Compensations that no workflow ever comes to. */
function idleFaults({ world }: Typed, used: ReadonlySet<string>): readonly Diagnostic[] {
  return [...world.workflows.values()].flatMap(({ artifact, nodes }) =>
    nodes.flatMap((node) => {
      if (node.kind !== "effect" && node.kind !== "external") return [];
      const isIdle = (node.undoing?.by ?? null) !== null;
      if (!isIdle || used.has(keyOf({ workflow: artifact.name, node: node.name }))) return [];
      const span = artifact.document.spanOf(["nodes", node.name, "compensate"], "key");
      return [diagnose("proofs/idle-compensation", span, { node: node.name })];
    }),
  );
}

function keyOf({ workflow, node }: Acting["origin"]): string {
  return `${workflow} ${node}`;
}

function spanOf({ world }: Typed, workflow: FullName, path: readonly string[]): Span {
  const artifact = world.workflows.get(workflow)?.artifact;
  invariant(artifact !== undefined, "the graph of a workflow is made of one that there is");
  return artifact.document.spanOf(path, "key");
}
