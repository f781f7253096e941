/**
 * The laws of undoing, over whole graphs: whatever has happened on a way to an end that compensates
 * is undone there or known to stand; and nothing irreversible comes before what may still fail,
 * unless its author says so. Where nothing compensates, nothing is asked.
 */
import { type Graph, ON_CANCEL } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { FullName } from "../../protocol/language/names.ts";
import { type Diagnostic, diagnose, type Related, type Span } from "../diagnostic.ts";
import type { Typed } from "../model.ts";
import type { Proven } from "./proven.ts";
import { type Acting, type Break, undoneIn } from "./undone.ts";

export function sagas(graphs: readonly Graph[], typed: Typed): Proven {
  const used = new Set<string>();
  const found = graphs.flatMap((graph) => {
    const undone = undoneIn(graph, (node) => isPivot(node, typed));
    for (const { origin } of undone.used) used.add(keyOf(origin));
    return [
      ...undone.breaks.map((broken) => breakFault(broken, graph, typed)),
      ...undone.idle.map((exit) => emptyFault(exit, graph, typed)),
    ];
  });
  return { diagnostics: [...found, ...idleFaults(typed, used)], sealed: undefined };
}

function isPivot({ origin }: Acting, { world }: Typed): boolean {
  const text = world.workflows.get(origin.workflow)?.artifact.text.nodes[origin.node];
  return text !== undefined && "effect" in text && text.pivot === true;
}

/** At the node of the graph's own workflow; of a node within a call, with the place of that. */
function breakFault(broken: Break, { workflow }: Graph, typed: Typed): Diagnostic {
  const { code, node, outcome, exit, path } = broken;
  const { name, origin } = node;
  const own = spanOf(typed, workflow, ["nodes", name.split("/")[0] ?? ""]);
  const inner = spanOf(typed, origin.workflow, ["nodes", origin.node]);
  const related: readonly Related[] = name.includes("/")
    ? [{ span: inner, message: `\`${name}\`` }]
    : [];
  return diagnose(code, own, { node: name, outcome, exit, path }, { related });
}

/** An end that says that it compensates, where on no way to it anything is ever undone. */
function emptyFault(exit: string, { workflow }: Graph, typed: Typed): Diagnostic {
  const at = exit === "on_fault" || exit === ON_CANCEL ? [exit] : ["exits", exit];
  const span = spanOf(typed, workflow, [...at, "compensate"]);
  return diagnose("proofs/nothing-to-undo", span, { exit });
}

/** Compensations that no workflow ever comes to. */
function idleFaults({ world }: Typed, used: ReadonlySet<string>): readonly Diagnostic[] {
  return [...world.workflows.values()].flatMap(({ artifact, nodes }) =>
    nodes.flatMap((node) => {
      if (node.kind !== "effect" && node.kind !== "external") return [];
      const isUndone = (node.undoing?.by ?? null) !== null;
      if (!isUndone || used.has(keyOf({ workflow: artifact.name, node: node.name }))) return [];
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
