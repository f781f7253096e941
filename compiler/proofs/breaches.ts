/**
 * An invariant that does not hold, as a diagnostic: at the law, with the path that breaks it node by
 * node, and the places of the nodes that it is about.
 */
import type { IntentText } from "../../protocol/language/artifacts.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import { quote } from "../codes/quote.ts";
import { type Diagnostic, diagnose, type Related, type Span } from "../diagnostic.ts";
import type { Artifact, ResolvedInvariant, ResolvedLaw, ResolvedPoint, Typed } from "../model.ts";
import type { Counted } from "./fork-counts.ts";
import { nodeOf } from "./part.ts";
import { type Meant, meantBy } from "./points.ts";
import { pathText, type Step, stepsOf, type Trail } from "./trail.ts";

/** Which invariant does not hold, and in which graph. */
export interface Broken {
  readonly invariant: ResolvedInvariant;
  readonly graph: Graph;
  readonly typed: Typed;
}

export function brokenOrder(
  at: Broken,
  law: Extract<ResolvedLaw, { first: unknown }>,
  trail: Trail,
): Diagnostic {
  const words = {
    ...wordsOf(at, trail),
    first: pointText(law.first),
    second: pointText(law.second),
  };
  const about = law.kind === "always_followed_by" ? law.first : law.second;
  const related = placesOf(at, trail, meantBy(about, at.graph));
  const code = ORDER_CODES[law.kind];
  return diagnose(code, lawSpan(at), words, { related });
}

const ORDER_CODES = {
  before: "proofs/not-before",
  never: "proofs/never",
  always_followed_by: "proofs/not-followed",
} as const;

export function brokenCount(
  at: Broken,
  law: Extract<ResolvedLaw, { times: number }>,
  { count, trail }: Counted,
): Diagnostic {
  const words = {
    ...wordsOf(at, trail),
    of: pointText(law.of),
    times: String(law.times),
    found: String(count),
  };
  const code = law.kind === "at_most" ? "proofs/too-often" : "proofs/not-exactly";
  const related = placesOf(at, trail, meantBy(law.of, at.graph));
  return diagnose(code, lawSpan(at), words, { related });
}

export interface WrongSource {
  readonly law: Extract<ResolvedLaw, { kind: "only_from" }>;
  readonly intent: Artifact<IntentText>;
  readonly reached: number;
  readonly trail: Trail;
}

export function brokenSource(at: Broken, { law, intent, reached, trail }: WrongSource): Diagnostic {
  const node = nodeOf(at.graph, reached);
  const path =
    trail === null ? quote(node.name) : `${pathText(at.graph, trail)} → ${quote(node.name)}`;
  const words = { ...wordsOf(at, null), path, of: pointText(law.of), intent: intent.text.type };
  const related = [
    { span: intent.document.spanOf(["type"]), message: "the intent" },
    { span: nodeSpan(at, reached), message: `what its workflow comes to: ${quote(node.name)}` },
  ];
  return diagnose("proofs/reached-otherwise", lawSpan(at), words, { related });
}

export interface WrongFlow {
  readonly node: number;
  readonly source: string;
  /** Whether what is given to the node was made of it; it decides on the way there else. */
  readonly explicit: boolean;
  readonly trail: Trail;
}

export function brokenFlow(at: Broken, { node, source, explicit, trail }: WrongFlow): Diagnostic {
  const { name } = nodeOf(at.graph, node);
  const told = { ...wordsOf(at, trail), source };
  const path = trail === null ? quote(name) : `${told.path} → ${quote(name)}`;
  const how = explicit ? "is made of" : "happens or not by";
  const words = { ...told, path, of: quote(name), how };
  const related = [{ span: nodeSpan(at, node), message: `${quote(name)} ${how} ${quote(source)}` }];
  return diagnose("proofs/implicit-flow", lawSpan(at), words, { related });
}

export function tooTangled(at: Broken): Diagnostic {
  const { invariant, workflow } = wordsOf(at, null);
  return diagnose("proofs/too-tangled", lawSpan(at), { invariant, workflow });
}

function wordsOf({ invariant, graph }: Broken, trail: Trail) {
  const { code } = invariant.artifact.text;
  return { invariant: code, workflow: graph.workflow, path: pathText(graph, trail) };
}

function lawSpan({ invariant: { artifact, law } }: Broken): Span {
  return artifact.document.spanOf([law.kind], "key");
}

/** Nodes that are pointed at, of those that a law is about. */
const PLACES_MAX = 3;

function placesOf(at: Broken, trail: Trail, meant: Meant): readonly Related[] {
  const steps = flat(trail);
  const about = steps.filter(({ node, outcome }) => meant(nodeOf(at.graph, node), outcome));
  const shown = about.length > 0 ? about.slice(0, PLACES_MAX) : steps.slice(-1);
  return shown.map(({ node, outcome }) => {
    const { name } = nodeOf(at.graph, node);
    return { span: nodeSpan(at, node), message: `${quote(name)} ends in ${quote(outcome)}` };
  });
}

function flat(trail: Trail): readonly Step[] {
  return stepsOf(trail).flatMap((step) => [
    ...(step.inside ?? []).flatMap((inside) => flat(inside.trail)),
    step,
  ]);
}

function nodeSpan({ graph, typed, invariant }: Broken, index: number): Span {
  const { origin } = nodeOf(graph, index);
  const artifact = typed.world.workflows.get(origin.workflow)?.artifact;
  if (artifact === undefined) return invariant.artifact.document.spanOf(["workflows"]);
  const { nodes, exits } = artifact.text;
  const name = origin.node.split("/")[0] ?? origin.node;
  const place = Object.hasOwn(nodes, name)
    ? ["nodes", name]
    : Object.hasOwn(exits, name)
      ? ["exits", name]
      : ["on_fault"];
  return artifact.document.spanOf(place, "key");
}

/** A point as it is told: what is meant, and with which outcome. */
export function pointText({ text }: ResolvedPoint): string {
  const what =
    text.node !== undefined
      ? quote(text.node)
      : text.effect !== undefined
        ? `${text.op === undefined ? "" : `${quote(text.op)} of `}${quote(text.effect)}`
        : `what carries ${quote(text.label ?? "")} out`;
  return text.outcome === undefined ? what : `${what} with ${quote(text.outcome)}`;
}
