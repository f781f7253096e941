/**
 * Plural paths as data: the subset of RFC 9535 that the language takes, parsed at compile time.
 * No descendants (`..`), no `match()` and no `search()`.
 */
import type { JsonPrimitive } from "./json.ts";

export type Selector =
  | { readonly name: string }
  | { readonly index: number }
  | { readonly wildcard: true }
  | { readonly slice: readonly [start: number | null, end: number | null, step: number | null] }
  | { readonly filter: Logical };

/** A path: every segment applies all its selectors to every value of the one before. */
export type Query = readonly (readonly Selector[])[];

export interface FilterQuery {
  /** `@` is the value under test, `$` the root that the whole query began with. */
  readonly from: "@" | "$";
  readonly query: Query;
}

export type Logical =
  | { readonly or: readonly Logical[] }
  | { readonly and: readonly Logical[] }
  | { readonly not: Logical }
  | { readonly exists: FilterQuery }
  | { readonly compare: Comparison; readonly left: Comparable; readonly right: Comparable };

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

export type Comparable =
  | { readonly literal: JsonPrimitive }
  /** A singular query: its value, or nothing. */
  | { readonly value: FilterQuery }
  | { readonly call: "length"; readonly of: Comparable }
  | { readonly call: "count" | "value"; readonly of: FilterQuery };
