/**
 * JSONPath (RFC 9535) as text into the language's `Query`: the one file that knows json-p3. It
 * parses and lowers; it never evaluates a path. Descendants (`..`), `match()` and `search()` are
 * refused by name, and so is what the library takes beyond the standard.
 */
import { JSONPathEnvironment, JSONPathError, jsonpath, TokenKind } from "json-p3";
import type { Step } from "../protocol/language/graph.ts";
import { invariant } from "../protocol/language/invariant.ts";
import { LIMITS } from "../protocol/language/limits.ts";
import type {
  Comparable,
  Comparison,
  FilterQuery,
  Logical,
  Query,
  Selector,
} from "../protocol/language/query.ts";

const { expressions, selectors } = jsonpath;
type Expression = jsonpath.expressions.FilterExpression;
type Segments = InstanceType<typeof jsonpath.JSONPathQuery>["segments"];

export interface PathFault {
  readonly problem: string;
  /** Where in the text, counted from 0 in UTF-16 code units. */
  readonly at: number;
  /** True for what RFC 9535 allows and the language leaves out. */
  readonly leftOut: boolean;
}

export type ParsedPath = { readonly query: Query } | { readonly fault: PathFault };

const LEFT_OUT_FUNCTIONS: readonly string[] = ["match", "search"];

/** RFC 9535, section 2.3.5.1: `number`. */
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

const environment = makeEnvironment();

function makeEnvironment(): JSONPathEnvironment {
  const made = new JSONPathEnvironment();
  for (const name of LEFT_OUT_FUNCTIONS) made.functionRegister.delete(name);
  // The library's own reader of numbers refuses `0.5`; `literal` below holds them to the standard.
  const readers: unknown = Reflect.get(Reflect.get(made, "parser"), "tokenMap");
  invariant(readers instanceof Map && readers.has(TokenKind.NUMBER), "json-p3 is the pinned one");
  readers.set(TokenKind.NUMBER, ({ current }: { readonly current: jsonpath.Token }) => {
    return new expressions.NumberLiteral(current, Number(current.value));
  });
  return made;
}

/** Thrown and caught in this file alone: a path that parses and that the language does not take. */
class Refused extends Error {
  readonly fault: PathFault;
  constructor(problem: string, at: number, leftOut: boolean) {
    super(problem);
    this.fault = { problem, at, leftOut };
  }
}

/** Parses a path. Its first character is `$`. */
export function parsePath(text: string): ParsedPath {
  if (text.length > LIMITS.pathCharsMax) {
    const problem = `longer than ${LIMITS.pathCharsMax} characters`;
    return { fault: { problem, at: 0, leftOut: false } };
  }
  try {
    return { query: lowerSegments(environment.compile(text).segments) };
  } catch (error) {
    if (error instanceof Refused) return { fault: error.fault };
    if (error instanceof JSONPathError) return { fault: faultOf(error) };
    throw error;
  }
}

function faultOf(error: JSONPathError): PathFault {
  const { value, index } = error.token;
  if (LEFT_OUT_FUNCTIONS.includes(value) && error.message.startsWith("no such function")) {
    return { problem: `the function \`${value}()\``, at: index, leftOut: true };
  }
  // The library ends its messages with an excerpt of the path: ` ('$.a[':4)`.
  const problem = error.message.replace(/ \('[\s\S]*':-?[0-9]+\)$/, "").replaceAll("'", "`");
  return { problem, at: Math.max(index, 0), leftOut: false };
}

/** The steps of a singular path; undefined for a plural one. */
export function singular(query: Query): readonly Step[] | undefined {
  const steps: Step[] = [];
  for (const [selector, ...others] of query) {
    if (selector === undefined || others.length > 0) return undefined;
    if ("name" in selector) steps.push(selector.name);
    else if ("index" in selector) steps.push(selector.index);
    else return undefined;
  }
  return steps;
}

function lowerSegments(segments: Segments): Query {
  if (segments.length > LIMITS.pathStepsMax) {
    const at = segments[LIMITS.pathStepsMax]?.token.index ?? 0;
    throw new Refused(`more than ${LIMITS.pathStepsMax} steps`, at, false);
  }
  return segments.map((segment) => {
    if (segment.token.kind === TokenKind.DDOT) {
      throw new Refused("the descendant segment `..`", segment.token.index, true);
    }
    return segment.selectors.map(lowerSelector);
  });
}

function lowerSelector(selector: Segments[number]["selectors"][number]): Selector {
  if (selector instanceof selectors.NameSelector) return { name: selector.name };
  if (selector instanceof selectors.IndexSelector) return { index: selector.index };
  if (selector instanceof selectors.WildcardSelector) return { wildcard: true };
  if (selector instanceof selectors.SliceSelector) {
    return { slice: [selector.start ?? null, selector.stop ?? null, selector.step ?? null] };
  }
  invariant(selector instanceof selectors.FilterSelector, "RFC 9535 has five selectors");
  return { filter: lowerLogical(selector.expression.expression) };
}

function lowerLogical(expression: Expression): Logical {
  if (expression instanceof expressions.LogicalExpression) {
    return lowerLogical(expression.expression);
  }
  if (expression instanceof expressions.PrefixExpression) {
    return { not: lowerLogical(expression.right) };
  }
  if (expression instanceof expressions.FilterQuery) return { exists: lowerQuery(expression) };
  if (expression instanceof expressions.InfixExpression) return lowerInfix(expression);
  throw new Refused("a value where a test is expected", expression.token.index, false);
}

function lowerInfix(infix: jsonpath.expressions.InfixExpression): Logical {
  switch (infix.operator) {
    case "&&":
      return { and: [lowerLogical(infix.left), lowerLogical(infix.right)] };
    case "||":
      return { or: [lowerLogical(infix.left), lowerLogical(infix.right)] };
    default:
      return {
        compare: infix.operator as Comparison,
        left: lowerComparable(infix.left),
        right: lowerComparable(infix.right),
      };
  }
}

function lowerComparable(expression: Expression): Comparable {
  if (expression instanceof expressions.FilterQuery) return { value: lowerQuery(expression) };
  if (expression instanceof expressions.FunctionExtension) return lowerCall(expression);
  if (expression instanceof expressions.NullLiteral) return { literal: null };
  if (
    expression instanceof expressions.BooleanLiteral ||
    expression instanceof expressions.StringLiteral
  ) {
    return { literal: expression.value };
  }
  if (expression instanceof expressions.NumberLiteral) return { literal: numberOf(expression) };
  throw new Refused("a test where a value is expected", expression.token.index, false);
}

function numberOf({ token, value }: jsonpath.expressions.NumberLiteral): number {
  if (NUMBER.test(token.value) && Number.isFinite(value)) return value === 0 ? 0 : value;
  throw new Refused(`the number \`${token.value}\``, token.index, false);
}

function lowerCall(call: jsonpath.expressions.FunctionExtension): Comparable {
  const [argument] = call.args;
  invariant(argument !== undefined, "json-p3 counts arguments");
  if (call.name === "length") return { call: "length", of: lowerComparable(argument) };
  const named = call.name === "count" || call.name === "value";
  invariant(named && argument instanceof expressions.FilterQuery, "json-p3 checks arguments");
  return { call: call.name as "count" | "value", of: lowerQuery(argument) };
}

function lowerQuery(query: jsonpath.expressions.FilterQuery): FilterQuery {
  return {
    from: query instanceof expressions.RootQuery ? "$" : "@",
    query: lowerSegments(query.path.segments),
  };
}
