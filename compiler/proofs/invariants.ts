/**
 * The authored invariants, each proven over the graphs of the workflows that it names, or refused
 * with a path that breaks it. One that is about nothing in them could not fail, and is refused, too.
 */
import type { InvariantText } from "../../protocol/language/artifacts.ts";
import { byCodeUnits } from "../../protocol/language/canonical.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import type { Json } from "../../protocol/language/json.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { ResolvedInvariant, ResolvedLaw, Typed } from "../model.ts";
import {
  type Broken,
  brokenCount,
  brokenFlow,
  brokenOrder,
  brokenSource,
  tooTangled,
} from "./breaches.ts";
import { countOf } from "./counted.ts";
import { flowsOf } from "./flow.ts";
import { idleFaults } from "./idle-invariants.ts";
import { holdOrdered } from "./ordered.ts";
import { trunkOf } from "./part.ts";
import { meantBy, nodesMeant } from "./points.ts";
import type { Proven } from "./proven.ts";
import { grown, type Trail } from "./trail.ts";

/** What stands of each invariant in `proofs.json`. */
export function invariants(graphs: readonly Graph[], typed: Typed): Proven {
  const byName = new Map(graphs.map((graph) => [graph.workflow, graph]));
  const diagnostics: Diagnostic[] = [];
  const proven: ResolvedInvariant[] = [];
  for (const one of typed.world.invariants) {
    const named =
      one.law.kind === "only_from"
        ? graphs
        : one.workflows.flatMap((name) => byName.get(name) ?? []);
    const idle = idleFaults(one, named);
    const found = idle.length > 0 ? idle : faultsOf(one, named, typed);
    if (found.length === 0) proven.push(one);
    diagnostics.push(...found);
  }
  proven.sort((a, b) => byCodeUnits(a.artifact.name, b.artifact.name));
  const sealed = proven.map(({ artifact, law, workflows }) => ({
    invariant: artifact.name,
    law: law.kind,
    workflows: [...workflows],
    says: lawText(artifact.text),
  }));
  return {
    diagnostics,
    sealed: sealed.length === 0 ? undefined : sealed,
    invariants: proven.map(({ artifact }) => artifact.name),
  };
}

/** The law as it was written, for whoever compares two snapshots. */
function lawText({ code, kind, summary, workflows, ...law }: InvariantText): Json {
  return law as unknown as Json;
}

function faultsOf(
  invariant: ResolvedInvariant,
  graphs: readonly Graph[],
  typed: Typed,
): readonly Diagnostic[] {
  const { law } = invariant;
  return graphs.flatMap((graph) => {
    const at: Broken = { invariant, graph, typed };
    switch (law.kind) {
      case "before":
      case "never":
      case "always_followed_by":
        return orderFaults(law, at);
      case "at_most":
      case "exactly":
        return countFaults(law, at);
      case "independent":
        return flowFaults(law, at);
      default:
        return sourceFaults(law, at);
    }
  });
}

type Law<K extends ResolvedLaw["kind"]> = Extract<ResolvedLaw, { kind: K }>;

function orderFaults(law: Extract<ResolvedLaw, { first: unknown }>, at: Broken): Diagnostic[] {
  const first = meantBy(law.first, at.graph);
  const second = meantBy(law.second, at.graph);
  const { breach, lost } = holdOrdered(at.graph, {
    kind: law.kind,
    first,
    second,
    endingIn: endingOf(at),
  });
  if (breach !== null) return [brokenOrder(at, law, breach)];
  return lost ? [tooTangled(at)] : [];
}

function countFaults(law: Extract<ResolvedLaw, { times: number }>, at: Broken): Diagnostic[] {
  const counted = { of: meantBy(law.of, at.graph), endingIn: endingOf(at) };
  const most = countOf(at.graph, counted, "most");
  if (most !== null && most.count > law.times) return [brokenCount(at, law, most)];
  if (law.kind === "at_most") return [];
  const least = countOf(at.graph, counted, "least");
  return least !== null && least.count < law.times ? [brokenCount(at, law, least)] : [];
}

function endingOf({ invariant }: Broken): readonly string[] | null {
  return invariant.artifact.text.ending_in ?? null;
}

/** Sources so labelled that are in what a point is given, or decide whether it comes to it. */
function flowFaults(law: Law<"independent">, at: Broken): readonly Diagnostic[] {
  const reached = nodesMeant(at.graph, meantBy(law.of, at.graph));
  if (reached.length === 0) return [];
  const { sources, at: flows } = flowsOf(at.graph);
  const found = flows.filter(
    ({ node, source }) => reached.includes(node) && sources[source]?.labels.includes(law.label),
  );
  const [first] = found;
  if (first === undefined) return [];
  const trail = trailTo(at.graph, first.node);
  const source = sources[first.source]?.name ?? "";
  return [brokenFlow(at, { ...first, source, trail })];
}

/** Intents whose workflow comes there, and that are not among those that may. */
function sourceFaults(law: Law<"only_from">, at: Broken): readonly Diagnostic[] {
  const { graph, typed } = at;
  const [reached] = nodesMeant(graph, meantBy(law.of, graph));
  if (reached === undefined) return [];
  const others = [...typed.world.governance.intents.values()].filter(
    ({ workflow, artifact }) => workflow === graph.workflow && !law.intents.includes(artifact.name),
  );
  return others.map(({ artifact }) =>
    brokenSource(at, { law, intent: artifact, reached, trail: trailTo(graph, reached) }),
  );
}

/** A shortest path to a node of the execution itself; of what runs in a fork, to the fork. */
function trailTo(graph: Graph, target: number): Trail {
  const trails = new Map<number, Trail>([[trunkOf(graph).root, null]]);
  for (const [index, trail] of trails) {
    if (index === target) return trail;
    for (const { outcome, to } of graph.nodes[index]?.edges ?? []) {
      if (!trails.has(to)) trails.set(to, grown(trail, { node: index, outcome }));
    }
  }
  return null;
}
