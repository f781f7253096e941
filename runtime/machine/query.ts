/**
 * Plural paths against a value, as RFC 9535 section 2 evaluates them: selectors in order, values in
 * document order, comparisons with Nothing. It visits a bounded number of values and never runs
 * anything that a path or a value says.
 */
import { isObject, type Json } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import type {
  Comparable,
  Comparison,
  FilterQuery,
  Logical,
  Query,
  Selector,
} from "../../protocol/language/query.ts";
import { equal, less } from "./compare.ts";

/** What an expression has that has no value (RFC 9535, section 2.4.1). */
const NOTHING = Symbol("Nothing");
type Maybe = Json | typeof NOTHING;

/** Comparing or measuring so many characters (1,024) costs as much as visiting one value. */
const CHARS_PER_VISIT_LOG2 = 10;

interface Walk {
  readonly root: Json;
  visitsLeft: number;
}

/** Thrown and caught in this file alone: the walk visited more values than the limit allows. */
class TooManyVisits extends Error {}

/**
 * The values that a query selects from a root, in order. Undefined when it would visit more than
 * `LIMITS.queryVisitsMax` values.
 */
export function evaluate(query: Query, root: Json): readonly Json[] | undefined {
  try {
    return select(query, root, { root, visitsLeft: LIMITS.queryVisitsMax });
  } catch (error) {
    if (error instanceof TooManyVisits) return undefined;
    throw error;
  }
}

function select(query: Query, from: Json, walk: Walk): readonly Json[] {
  let values: readonly Json[] = [from];
  for (const segment of query) {
    const next: Json[] = [];
    for (const value of values) {
      for (const selector of segment) apply(selector, value, walk, next);
    }
    values = next;
  }
  return values;
}

function visit(value: Json, walk: Walk, into: Json[]): void {
  charge(walk);
  into.push(value);
}

function charge(walk: Walk, visits = 1): void {
  walk.visitsLeft -= visits;
  if (walk.visitsLeft < 0) throw new TooManyVisits();
}

function apply(selector: Selector, value: Json, walk: Walk, into: Json[]): void {
  charge(walk);
  if ("name" in selector) {
    if (isObject(value) && Object.hasOwn(value, selector.name)) {
      visit(value[selector.name] as Json, walk, into);
    }
  } else if ("index" in selector) {
    const item = Array.isArray(value) ? value.at(selector.index) : undefined;
    if (item !== undefined) visit(item, walk, into);
  } else if ("wildcard" in selector) {
    for (const child of children(value)) visit(child, walk, into);
  } else if ("slice" in selector) {
    if (Array.isArray(value)) slice(value, selector.slice, walk, into);
  } else {
    for (const child of children(value)) {
      charge(walk);
      if (holds(selector.filter, child, walk)) into.push(child);
    }
  }
}

function children(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

/** RFC 9535, section 2.3.4.2.2. */
function slice(
  array: readonly Json[],
  [start, end, by]: readonly [number | null, number | null, number | null],
  walk: Walk,
  into: Json[],
): void {
  const step = by ?? 1;
  const length = array.length;
  const from = normal(start ?? (step > 0 ? 0 : length - 1), length);
  const to = end === null ? (step > 0 ? length : -1) : normal(end, length);
  if (step > 0) {
    const last = clamp(to, 0, length);
    for (let at = clamp(from, 0, length); at < last; at += step) {
      visit(array[at] as Json, walk, into);
    }
  } else if (step < 0) {
    const last = clamp(to, -1, length - 1);
    for (let at = clamp(from, -1, length - 1); at > last; at += step) {
      visit(array[at] as Json, walk, into);
    }
  }
}

function normal(index: number, length: number): number {
  return index >= 0 ? index : length + index;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function holds(test: Logical, current: Json, walk: Walk): boolean {
  if ("or" in test) return test.or.some((part) => holds(part, current, walk));
  if ("and" in test) return test.and.every((part) => holds(part, current, walk));
  if ("not" in test) return !holds(test.not, current, walk);
  if ("exists" in test) return nodes(test.exists, current, walk).length > 0;
  const left = operand(test.left, current, walk);
  const right = operand(test.right, current, walk);
  return compare(test.compare, left, right, () => charge(walk));
}

function nodes(query: FilterQuery, current: Json, walk: Walk): readonly Json[] {
  return select(query.query, query.from === "@" ? current : walk.root, walk);
}

function operand(expression: Comparable, current: Json, walk: Walk): Maybe {
  if ("literal" in expression) return expression.literal;
  if ("value" in expression) {
    const found = single(nodes(expression.value, current, walk));
    if (typeof found === "string") charge(walk, found.length >> CHARS_PER_VISIT_LOG2);
    return found;
  }
  if (expression.call === "length") return lengthOf(operand(expression.of, current, walk));
  const found = nodes(expression.of, current, walk);
  return expression.call === "count" ? found.length : single(found);
}

function single(values: readonly Json[]): Maybe {
  return values.length === 1 ? (values[0] as Json) : NOTHING;
}

/** Of a string its Unicode scalar values, of an array its items, of an object its members. */
function lengthOf(value: Maybe): Maybe {
  if (value === NOTHING) return NOTHING;
  if (typeof value === "string") return [...value].length;
  if (Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : NOTHING;
}

/** RFC 9535, section 2.3.5.2.2. */
function compare(operator: Comparison, left: Maybe, right: Maybe, visited: () => void): boolean {
  switch (operator) {
    case "==":
      return same(left, right, visited);
    case "!=":
      return !same(left, right, visited);
    case "<":
      return before(left, right);
    case ">":
      return before(right, left);
    case "<=":
      return before(left, right) || same(left, right, visited);
    case ">=":
      return before(right, left) || same(left, right, visited);
  }
}

function same(left: Maybe, right: Maybe, visited: () => void): boolean {
  if (left === NOTHING || right === NOTHING) return left === right;
  return equal(left, right, visited);
}

function before(left: Maybe, right: Maybe): boolean {
  return left !== NOTHING && right !== NOTHING && less(left, right);
}
