/**
 * Whether amounts stay within a limit, together. They are whole numbers (cents, pieces, seconds): a
 * sum of fractions would depend on their order.
 */
import { transformOf } from "../sdk.ts";

type Input = { readonly amounts: readonly number[]; readonly limit: number };

export const transform = transformOf<Input>(({ amounts, limit }) => {
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  return total <= limit
    ? { outcome: "WITHIN", output: { total, left: limit - total } }
    : { outcome: "OVER", output: { total, over: total - limit } };
});
