/**
 * The form of a refutation, and of the search for one: a value of a type that breaks one keyword of
 * a schema at a place which the type declares. The engine is `refute.ts`.
 */
import type { Step } from "../../protocol/language/graph.ts";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import type { Schema } from "../model.ts";
import type { Maker } from "./sample.ts";
import type { Type } from "./type.ts";

export interface Refutation {
  /** A value of the type. */
  readonly witness: Json;
  /** Where in it the schema is not kept. */
  readonly at: readonly Step[];
  /** What the schema asks for there, in words. */
  readonly asks: string;
}

/** One search: to refute a part, and to make values. */
export interface Refuting {
  readonly refute: (type: Type, schema: Schema) => Refutation | undefined;
  readonly make: Maker;
}

/** Looks for a value that breaks the keyword which the refuter is listed under. */
export type Refuter = (
  type: readonly JsonObject[],
  schema: JsonObject,
  refuting: Refuting,
) => Refutation | undefined;

/** A refutation of a value as a whole, where there is one. */
export function whole(witness: Json | undefined, asks: string): Refutation | undefined {
  return witness === undefined ? undefined : { witness, at: [], asks };
}

/** A refutation of a part, as one of the whole that holds it. */
export function within(
  step: Step,
  part: Refutation,
  witness: Json | undefined,
): Refutation | undefined {
  return witness === undefined ? undefined : { ...part, witness, at: [step, ...part.at] };
}

/** The first refutation that a list of attempts gives. */
export function firstOf<T>(
  attempts: Iterable<T>,
  attempt: (one: T) => Refutation | undefined,
): Refutation | undefined {
  for (const one of attempts) {
    const found = attempt(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
