/**
 * A line of the report: one measured quantity with its spread and, where DESIGN sets one, its
 * budget. A budget is compared and shown; it never makes the run fail.
 */
import { type Summary, summarize } from "./statistics.ts";

export interface Budget {
  readonly limit: number;
  /** Whether the limit is a ceiling or a floor. */
  readonly at: "most" | "least";
}

export interface Row extends Summary {
  readonly section: string;
  readonly what: string;
  readonly unit: string;
  readonly budget?: Budget & { readonly within: boolean };
  readonly note?: string;
}

export interface RowText {
  readonly section: string;
  readonly what: string;
  readonly unit: string;
  readonly budget?: Budget;
  readonly note?: string;
}

export function rowOf(text: RowText, samples: readonly number[]): Row {
  const { budget, ...rest } = text;
  const summary = summarize(samples);
  if (budget === undefined) return { ...rest, ...summary };
  const { limit, at } = budget;
  const within = at === "most" ? summary.median <= limit : summary.median >= limit;
  return { ...rest, ...summary, budget: { limit, at, within } };
}
