/** What Cedar's operators give for values; a value of another type than they take is an error. */
import type { BinaryOperator, UnaryOperator } from "../../protocol/language/cedar-expression.ts";
import { unreachable } from "../../protocol/language/invariant.ts";
import {
  CannotEvaluate,
  type CedarSet,
  contains,
  equal,
  isSet,
  isWhole,
  type Value,
} from "./values.ts";
import { minus, negated, plus, times } from "./whole-numbers.ts";

export function unary(op: UnaryOperator, value: Value): Value {
  switch (op) {
    case "!":
      return !truth(value);
    case "neg":
      return negated(whole(value));
    case "isEmpty":
      return setOf(value).length === 0;
    default:
      return unreachable(op);
  }
}

export function binary(op: BinaryOperator, left: Value, right: Value): Value {
  switch (op) {
    case "==":
      return equal(left, right);
    case "<":
      return whole(left) < whole(right);
    case "<=":
      return whole(left) <= whole(right);
    case "+":
      return plus(whole(left), whole(right));
    case "-":
      return minus(whole(left), whole(right));
    case "*":
      return times(whole(left), whole(right));
    case "contains":
      return contains(setOf(left), right);
    case "containsAll": {
      const all = setOf(left);
      return setOf(right).every((item) => contains(all, item));
    }
    case "containsAny": {
      const all = setOf(left);
      return setOf(right).some((item) => contains(all, item));
    }
    default:
      return unreachable(op);
  }
}

export function truth(value: Value): boolean {
  if (typeof value === "boolean") return value;
  throw new CannotEvaluate("expected true or false");
}

export function textOf(value: Value): string {
  if (typeof value === "string") return value;
  throw new CannotEvaluate("expected text");
}

function whole(value: Value): number | bigint {
  if (isWhole(value)) return value;
  throw new CannotEvaluate("expected a whole number");
}

function setOf(value: Value): CedarSet {
  if (isSet(value)) return value;
  throw new CannotEvaluate("expected a set");
}
