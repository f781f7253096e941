/**
 * Whether the output that a path reads was written on every path that reaches the reader; and where
 * several outcomes have written it, which of them a missing property is due to.
 */
import { quote, quoteAll } from "../../codes/quote.ts";
import type { Related } from "../../diagnostic.ts";
import type { ResolvedNode } from "../../model.ts";
import { typeOf } from "../../types/type.ts";
import type { Hop } from "./flow.ts";
import { outputOf } from "./roots.ts";
import { ON_FAULT, report, type Site, spanOf } from "./scope.ts";
import type { PathValue } from "./value.ts";
import { walk } from "./walk.ts";

/** Hops of a counterexample that are pointed at one by one. */
const HOPS_SHOWN_MAX = 12;

/** True where every path to the reader brings an output of the node. */
export function isAssigned({ scope, point }: Site, node: string): boolean {
  return scope.flow.brings(point, node) && !isSilent(scope.nodes.get(node));
}

/** Kinds of nodes that give nothing: decisions, and waits for a time. */
function isSilent(node: ResolvedNode | undefined): boolean {
  return node?.kind === "decide" || (node?.kind === "await" && node.signals.size === 0);
}

/** Reports that an output is not there on every path, and on which it is not. */
export function reportUnassigned(site: Site, path: PathValue, node: string): void {
  const { scope, point } = site;
  const { pass, flow } = scope;
  const span = spanOf(site);
  const { outcomes } = flow.behind(point, node);
  if (point === ON_FAULT) {
    report(pass, "typecheck/fault-reads-node", { span }, { path: path.text });
  } else if (isSilent(scope.nodes.get(node))) {
    report(pass, "typecheck/no-output", { span }, { node });
  } else if (outcomes.length === 0) {
    const hint =
      point === node
        ? "A node cannot read its own output: it is written when the node has run."
        : scope.nodes.get(node)?.kind === "await"
          ? "Only a signal brings one, and none came where its time is up."
          : `Put ${quote(node)} before ${quote(point)}, or read something else.`;
    report(pass, "typecheck/unassigned", { span, hint }, { node, at: point });
  } else {
    const hops = flow.pathWithout(point, node);
    const related = hops.slice(0, HOPS_SHOWN_MAX).map((hop) => relatedTo(site, hop));
    const way = written(scope.workflow.artifact.text.start, hops);
    const parameters = { node, at: point, path: way };
    report(pass, "typecheck/maybe-unassigned", { span, related }, parameters);
  }
}

function relatedTo({ scope }: Site, { node, outcome, to }: Hop): Related {
  const span = scope.workflow.artifact.document.spanOf(["nodes", node, "on", outcome]);
  return { span, message: `${quote(outcome)} leads to ${quote(to)}` };
}

/** `start -OUTCOME-> node -OUTCOME-> node`, long ones cut in the middle. */
function written(start: string, hops: readonly Hop[]): string {
  const arrows = hops.map(({ outcome, to }) => ` -${outcome}-> ${to}`);
  if (arrows.length <= HOPS_SHOWN_MAX) return `${start}${arrows.join("")}`;
  const half = HOPS_SHOWN_MAX / 2;
  const begin = arrows.slice(0, half).join("");
  return `${start}${begin} … ${hops.at(-half)?.node ?? ""}${arrows.slice(-half).join("")}`;
}

/**
 * Reports that a property is missing after some of the outcomes that lead here and there after the
 * others. False where the outcomes are not what makes the difference.
 */
export function reportByOutcome(site: Site, path: PathValue, name: string): boolean {
  const { scope, point } = site;
  const { node } = path;
  if (node === undefined) return false;
  const { outcomes } = scope.flow.behind(point, node);
  const has: string[] = [];
  const lacks: string[] = [];
  for (const outcome of outcomes) {
    const walked = walk(typeOf(outputOf(scope, node, outcome).schema), path.steps ?? []);
    ("type" in walked ? has : lacks).push(outcome);
  }
  if (has.length === 0 || lacks.length === 0) return false;
  const parameters = { path: path.text, name, has: quoteAll(has), lacks: quoteAll(lacks) };
  report(scope.pass, "typecheck/property-of-outcome", { span: spanOf(site) }, parameters);
  return true;
}
