/**
 * Paths as they are written in bindings: which strings are paths, at which root each begins, and
 * that it is one the language takes. What stands at the end of a path is not asked here.
 */
import type { Json } from "../../../protocol/language/json.ts";
import type { FilterQuery, Logical, Query, Selector } from "../../../protocol/language/query.ts";
import type { Span } from "../../diagnostic.ts";
import { didYouMean } from "../../did-you-mean.ts";
import { type ParsedPath, parsePath, singular } from "../../jsonpath.ts";
import type { RootName } from "../../model.ts";
import { report, type Site, spanOf } from "./scope.ts";
import type { PathValue, Value } from "./value.ts";

const ROOTS = ["payload", "context", "nodes"];

/** What a string in a binding stands for. Paths come back without what is known of their value. */
export function stringValue(text: string, site: Site): Value {
  const { at } = site;
  if (!text.startsWith("$")) return { kind: "literal", value: text, at };
  if (text.startsWith("$$")) return { kind: "literal", value: text.slice(1), at };
  const parsed = parseOnce(text, site);
  if ("fault" in parsed) {
    const { problem, at: from, leftOut } = parsed.fault;
    const span = withinText(spanOf(site), text, from);
    if (leftOut) {
      report(
        site.scope.pass,
        "typecheck/left-out-of-paths",
        { span },
        { path: text, what: problem },
      );
    } else report(site.scope.pass, "typecheck/bad-path", { span }, { path: text, problem });
    return { kind: "wrong", at };
  }
  return rooted(text, parsed.query, site) ?? { kind: "wrong", at };
}

function parseOnce(text: string, { scope }: Site): ParsedPath {
  let parsed = scope.pass.paths.get(text);
  if (parsed === undefined) {
    parsed = parsePath(text);
    scope.pass.paths.set(text, parsed);
  }
  return parsed;
}

/** The part of a string's span from a character on, where the string stands as it was written. */
function withinText(span: Span, text: string, from: number): Span {
  const width = span.endColumn - span.column;
  const quotes = width - text.length;
  if (span.line !== span.endLine || from >= text.length || (quotes !== 0 && quotes !== 2)) {
    return span;
  }
  return { ...span, column: span.column + quotes / 2 + from };
}

/** The path from its root on, or undefined where it has none; then it was reported. */
function rooted(text: string, query: Query, site: Site): PathValue | undefined {
  const root = rootOf(text, query, site);
  if (root === undefined) return undefined;
  const begun = query.slice(0, root.startsWith("nodes.") ? 2 : 1);
  const rest = query.slice(begun.length);
  const foreign = filtersOf(rest).find((inner) => !beginsAlike(inner.query, begun));
  if (foreign !== undefined) {
    const problem = `a filter in it may refer to \`$.${root}\` alone`;
    report(site.scope.pass, "typecheck/bad-path", { span: spanOf(site) }, { path: text, problem });
    return undefined;
  }
  const steps = singular(rest);
  const own = steps === undefined ? reroot(rest, begun.length) : rest;
  return { kind: "path", text, root, query: own, steps, read: null, at: site.at };
}

function rootOf(text: string, query: Query, site: Site): RootName | undefined {
  const { scope } = site;
  const [first, second] = query.map((segment) => nameOf(segment));
  const extras = { span: spanOf(site) };
  if (first === "payload" || first === "context") return first;
  if (first === "item") {
    report(scope.pass, "typecheck/item-outside-map", extras, { path: text });
  } else if (first !== "nodes" || second === undefined) {
    const hint = first === undefined || first === "nodes" ? undefined : didYouMean(first, ROOTS);
    const root = first === undefined ? text : `$.${first}`;
    report(scope.pass, "typecheck/unknown-root", { ...extras, hint }, { root });
  } else if (!scope.nodes.has(second)) {
    const workflow = scope.workflow.artifact.name;
    const hint = didYouMean(second, scope.nodes.keys());
    report(scope.pass, "typecheck/unknown-node", { ...extras, hint }, { node: second, workflow });
  } else return `nodes.${second}`;
  return undefined;
}

function nameOf(segment: readonly Selector[]): string | undefined {
  const [only] = segment;
  return segment.length === 1 && only !== undefined && "name" in only ? only.name : undefined;
}

/** Queries inside of filters that begin at the root of everything. */
function filtersOf(query: Query): readonly FilterQuery[] {
  return query
    .flat()
    .flatMap((selector) => ("filter" in selector ? queriesIn(selector.filter) : []))
    .flatMap((inner) => [...(inner.from === "$" ? [inner] : []), ...filtersOf(inner.query)]);
}

function queriesIn(test: Logical): readonly FilterQuery[] {
  return gather(test as unknown as Json) as readonly FilterQuery[];
}

/** Every `{ from, query }` of a test, wherever it stands in it; not those inside of it. */
function gather(value: Json): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if ("from" in value && "query" in value) return [value];
  return Object.values(value).flatMap(gather);
}

function beginsAlike(query: Query, begun: Query): boolean {
  return begun.every((segment, index) => nameOf(query[index] ?? []) === nameOf(segment));
}

/** Takes the root's own steps from the queries inside of filters: there `$` is the slot's value. */
function reroot(value: Query, count: number): Query {
  return rewrite(value as unknown as Json, count) as unknown as Query;
}

function rewrite(value: Json, count: number): Json {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, count));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, rewrite(part, count)] as const);
  const copy = Object.fromEntries(entries);
  const own = copy.from === "$" && Array.isArray(copy.query);
  return own ? { ...copy, query: (copy.query as readonly Json[]).slice(count) } : copy;
}
