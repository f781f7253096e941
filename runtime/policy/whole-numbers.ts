/**
 * Arithmetic on whole numbers of 64 bits: exact, or an error. What goes beyond is never wrapped
 * around or rounded, since a comparison with it would hold for no reason.
 */
import { CannotEvaluate } from "./values.ts";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

type Whole = number | bigint;

export function plus(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return within(BigInt(a) + BigInt(b), "a sum");
}

export function minus(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return within(BigInt(a) - BigInt(b), "a difference");
}

export function times(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    // A product of nothing with a negative number is no negative nothing.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return within(BigInt(a) * BigInt(b), "a product");
}

export function negated(a: Whole): Whole {
  if (typeof a === "number") return 0 - a;
  return within(-a, "a negation");
}

function within(exact: bigint, what: string): Whole {
  if (exact < MIN || exact > MAX) {
    throw new CannotEvaluate(`${what} is beyond the whole numbers of 64 bits`);
  }
  const small = Number(exact);
  return Number.isSafeInteger(small) ? small : exact;
}
