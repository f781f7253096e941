/**
 * A path taken apart at its root: which of the roots it begins at, and what stands after. Inside of
 * filters `$` is made to mean the root's value, because the machine looks at one slot at a time.
 * Whether a node of that name exists is not asked here.
 */
import type { Step } from "../../../protocol/language/graph.ts";
import type {
  Comparable,
  FilterQuery,
  Logical,
  Query,
  Selector,
} from "../../../protocol/language/query.ts";
import { SUBSCRIPTION_ROOTS } from "../../../protocol/language/subscription.ts";
import { type PathFault, parsePath, singular } from "../../jsonpath.ts";
import type { RootName } from "../../model.ts";

export interface RootedPath {
  readonly root: RootName;
  /** The node whose output is the root, where it is one. */
  readonly node: string | undefined;
  /** After the root. */
  readonly query: Query;
  /** The same, where it is singular. */
  readonly steps: readonly Step[] | undefined;
}

export type Rooted =
  | { readonly path: RootedPath }
  | { readonly fault: PathFault }
  /** It begins at something that is no root; the name is empty where it begins at no name. */
  | { readonly noRoot: string };

/** Takes a path apart. */
export function takeRoot(text: string): Rooted {
  const parsed = parsePath(text);
  if ("fault" in parsed) return parsed;
  const [first, second] = parsed.query.map(nameOf);
  const node = first === "nodes" ? second : undefined;
  const root: RootName | undefined = isRoot(first)
    ? first
    : node === undefined
      ? undefined
      : `nodes.${node}`;
  if (root === undefined) return { noRoot: first ?? "" };
  const begun = parsed.query.slice(0, node === undefined ? 1 : 2);
  const rest = parsed.query.slice(begun.length);
  const steps = singular(rest);
  if (steps !== undefined) return { path: { root, node, query: rest, steps } };
  const moved = mapFilters(rest, (inner) => moveRoot(inner, begun));
  if (moved !== undefined) return { path: { root, node, query: moved, steps } };
  const problem = `a filter in it may refer to \`$.${root}\` alone`;
  return { fault: { problem, at: 0, leftOut: false } };
}

/** The roots that are there by themselves; whether one is there at a place is not asked here. */
const ROOTS: readonly (string | undefined)[] = [
  "payload",
  "context",
  "item",
  ...SUBSCRIPTION_ROOTS,
];

function isRoot(name: string | undefined): name is Exclude<RootName, `nodes.${string}`> {
  return ROOTS.includes(name);
}

function nameOf(segment: readonly Selector[]): string | undefined {
  const [only] = segment;
  return segment.length === 1 && only !== undefined && "name" in only ? only.name : undefined;
}

/** A query inside of a filter, from the root's value on; undefined where it begins elsewhere. */
function moveRoot(inner: FilterQuery, begun: Query): FilterQuery | undefined {
  if (inner.from === "@") return inner;
  const alike = begun.every((segment, at) => nameOf(inner.query[at] ?? []) === nameOf(segment));
  return alike ? { from: "$", query: inner.query.slice(begun.length) } : undefined;
}

type Move = (inner: FilterQuery) => FilterQuery | undefined;

/** The query with all queries inside of its filters moved; undefined where one cannot be. */
function mapFilters(query: Query, move: Move): Query | undefined {
  return all(
    query.map((segment) =>
      all(
        segment.map((selector) => {
          if (!("filter" in selector)) return selector;
          const filter = mapTest(selector.filter, move);
          return filter && { filter };
        }),
      ),
    ),
  );
}

function all<T>(items: readonly (T | undefined)[]): readonly T[] | undefined {
  const found = items.filter((item) => item !== undefined);
  return found.length === items.length ? found : undefined;
}

function mapTest(test: Logical, move: Move): Logical | undefined {
  if ("or" in test) {
    const or = all(test.or.map((part) => mapTest(part, move)));
    return or && { or };
  }
  if ("and" in test) {
    const and = all(test.and.map((part) => mapTest(part, move)));
    return and && { and };
  }
  if ("not" in test) {
    const not = mapTest(test.not, move);
    return not && { not };
  }
  if ("exists" in test) {
    const exists = mapQuery(test.exists, move);
    return exists && { exists };
  }
  const left = mapComparable(test.left, move);
  const right = mapComparable(test.right, move);
  return left && right && { compare: test.compare, left, right };
}

function mapComparable(value: Comparable, move: Move): Comparable | undefined {
  if ("literal" in value) return value;
  if ("value" in value) {
    const found = mapQuery(value.value, move);
    return found && { value: found };
  }
  if (value.call === "length") {
    const of = mapComparable(value.of, move);
    return of && { call: value.call, of };
  }
  const of = mapQuery(value.of, move);
  return of && { call: value.call, of };
}

function mapQuery(inner: FilterQuery, move: Move): FilterQuery | undefined {
  const query = mapFilters(inner.query, move);
  return query && move({ ...inner, query });
}
