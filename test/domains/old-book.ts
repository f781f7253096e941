/** The old book: policies by their number, the same whoever asks; as many as are wanted. */
import type { JsonObject } from "../../protocol/language/json.ts";

const PRODUCTS = [
  ["HO", "home"],
  ["MO", "motor"],
  ["LI", "life"],
] as const;

export interface Pages {
  /** The first number, from 1. */
  readonly from: number;
  readonly count: number;
  /** Every so many has a product that the new book does not know; none where it is left out. */
  readonly brokenEvery?: number;
}

/** So many policies; one of seventeen was cancelled. */
export function policiesOf({ from, count, brokenEvery }: Pages): readonly JsonObject[] {
  return Array.from({ length: count }, (_, at) => policy(from + at, brokenEvery));
}

function policy(number: number, brokenEvery: number | undefined): JsonObject {
  const [letters, product] = PRODUCTS[number % PRODUCTS.length] ?? PRODUCTS[0];
  const broken = brokenEvery !== undefined && number % brokenEvery === 0;
  return {
    number: letters + String(number).padStart(8, "0"),
    holder: `Holder ${number}`,
    product: broken ? "unit-linked" : product,
    premium: 1_000 + ((number * 37) % 90_000),
    ...(number % 17 === 0 && !broken ? { cancelled: true } : {}),
  };
}
