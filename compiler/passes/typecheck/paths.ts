/**
 * Strings in bindings: which of them are paths, and that each is one the language takes and begins
 * at a root that exists. What stands at the end of a path is not asked here.
 */

import { quote } from "../../codes/quote.ts";
import type { Span } from "../../diagnostic.ts";
import { didYouMean } from "../../did-you-mean.ts";
import type { PathFault } from "../../jsonpath.ts";
import { type Rooted, type RootedPath, takeRoot } from "./rooted.ts";
import { report, type Site, spanOf } from "./scope.ts";
import type { Value } from "./value.ts";

const ROOTS: readonly string[] = ["payload", "context", "nodes"];

/** What a string in a binding stands for. Paths come back without what is known of their value. */
export function stringValue(text: string, site: Site): Value {
  const { at } = site;
  if (!text.startsWith("$")) return { kind: "literal", value: text, at };
  if (text.startsWith("$$")) return { kind: "literal", value: text.slice(1), at };
  const rooted = rootedOnce(text, site);
  if ("fault" in rooted) reportPath(text, rooted.fault, site);
  else if ("noRoot" in rooted) reportRoot(text, rooted.noRoot, site);
  else if (!isThere(rooted.path, site)) reportRoot(text, rooted.path.root, site);
  else if (nodeExists(rooted.path, site)) {
    return { kind: "path", text, ...rooted.path, read: null, at };
  }
  return { kind: "wrong", at };
}

/** A workflow has other roots than a subscription. */
function isThere({ root, node }: RootedPath, { rootNames = ROOTS }: Site): boolean {
  return rootNames.includes(node === undefined ? root : "nodes");
}

function rootedOnce(text: string, { scope }: Site): Rooted {
  let rooted = scope.pass.paths.get(text);
  if (rooted === undefined) {
    rooted = takeRoot(text);
    scope.pass.paths.set(text, rooted);
  }
  return rooted;
}

function reportPath(path: string, { problem, at, leftOut }: PathFault, site: Site): void {
  const span = withinText(spanOf(site), path, at);
  const { pass } = site.scope;
  if (leftOut) report(pass, "typecheck/left-out-of-paths", { span }, { path, what: problem });
  else report(pass, "typecheck/bad-path", { span }, { path, problem });
}

/** The part of a string's span from a character on, where the string stands as it was written. */
function withinText(span: Span, text: string, from: number): Span {
  const quotes = span.endColumn - span.column - text.length;
  if (span.line !== span.endLine || from >= text.length || (quotes !== 0 && quotes !== 2)) {
    return span;
  }
  return { ...span, column: span.column + quotes / 2 + from };
}

function reportRoot(path: string, name: string, site: Site): void {
  const { pass } = site.scope;
  const span = spanOf(site);
  const { rootNames = ROOTS } = site;
  if (name === "item" && !rootNames.includes(name)) {
    report(pass, "typecheck/item-outside-map", { span }, { path });
    return;
  }
  const known = name === "" || rootNames.includes(name);
  const meant = known ? undefined : didYouMean(name, rootNames);
  const isEvent = rootNames.includes("event");
  const hint = meant ?? (isEvent ? "`$.event` is what the stream holds." : undefined);
  const root = known ? path : `$.${name}`;
  const roots = rootNames.map((one) => (one === "nodes" ? "$.nodes.<node>" : `$.${one}`));
  report(pass, "typecheck/unknown-root", { span, hint }, { root, roots: eitherOf(roots) });
}

function eitherOf(names: readonly string[]): string {
  const quoted = names.map(quote);
  return `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

function nodeExists({ node }: RootedPath, site: Site): boolean {
  const { pass, nodes, workflow } = site.scope;
  if (node === undefined || nodes.has(node)) return true;
  const isExit = Object.hasOwn(workflow.artifact.text.exits, node);
  const hint = isExit ? "It is an exit, and exits have no output." : didYouMean(node, nodes.keys());
  const extras = { span: spanOf(site), hint };
  report(pass, "typecheck/unknown-node", extras, { node, workflow: workflow.artifact.name });
  return false;
}
