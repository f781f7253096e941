/**
 * Invariants that are about nothing: a node, an outcome or an effect that none of the workflows has
 * which they name. Such a law holds whatever the workflows do, so it would be a check that cannot
 * fail.
 */
import type { Graph, GraphNode } from "../../protocol/language/graph.ts";
import { quoteAll } from "../codes/quote.ts";
import { type Diagnostic, diagnose } from "../diagnostic.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { ResolvedInvariant, ResolvedPoint } from "../model.ts";
import { pointText } from "./breaches.ts";
import { meantBy, nodesMeant, outcomesOfNode } from "./points.ts";

/** The graphs are those that the law is about. */
export function idleFaults(
  invariant: ResolvedInvariant,
  graphs: readonly Graph[],
): readonly Diagnostic[] {
  const { law, artifact } = invariant;
  const points = "of" in law ? [law.of] : [law.first, law.second];
  return [
    ...points.flatMap((point) => idlePoint(point, invariant, graphs)),
    ...(artifact.text.ending_in ?? []).flatMap((outcome, at) => {
      const ends = new Set(graphs.flatMap(endingsOf));
      if (ends.has(outcome)) return [];
      const span = artifact.document.spanOf(["ending_in", at]);
      const hint = didYouMean(outcome, ends) ?? `They end in ${quoteAll([...ends])}.`;
      return [diagnose("proofs/idle-ending", span, { outcome }, { hint })];
    }),
  ];
}

function endingsOf({ nodes }: Graph): readonly string[] {
  return nodes.flatMap((node) => (node.kind === "exit" ? [node.outcome] : []));
}

function idlePoint(
  point: ResolvedPoint,
  { artifact }: ResolvedInvariant,
  graphs: readonly Graph[],
): readonly Diagnostic[] {
  if (graphs.some((graph) => nodesMeant(graph, meantBy(point, graph)).length > 0)) return [];
  const { node, effect, outcome } = point.text;
  const key = node !== undefined ? "node" : effect !== undefined ? "effect" : "label";
  const nodes = graphs.flatMap((graph) => graph.nodes);
  const { outcome: _, ...anyhow } = point.text;
  const meant = graphs.flatMap((graph) =>
    nodesMeant(graph, meantBy({ ...point, text: anyhow }, graph)).flatMap(
      (index) => graph.nodes[index] ?? [],
    ),
  );
  // Where it is there and only never ends so, the outcome is what is wrong.
  const isOutcome = outcome !== undefined && meant.length > 0;
  const span = artifact.document.spanOf([...point.at, isOutcome ? "outcome" : key]);
  const hint = isOutcome ? outcomeHint(outcome, meant) : nodeHint(node, nodes);
  return [diagnose("proofs/idle-point", span, { point: pointText(point) }, { hint })];
}

function outcomeHint(outcome: string, meant: readonly GraphNode[]): string {
  const outcomes = [...new Set(meant.flatMap(outcomesOfNode))];
  return didYouMean(outcome, outcomes) ?? `It ends in ${quoteAll(outcomes)}.`;
}

function nodeHint(node: string | undefined, nodes: readonly GraphNode[]): string | undefined {
  if (node === undefined) return undefined;
  const names = new Set(nodes.map(({ name }) => name));
  const inner = [...names].find((name) => name.endsWith(`/${node}`));
  return (
    didYouMean(node, names) ?? (inner === undefined ? undefined : `Did you mean \`${inner}\`?`)
  );
}
