/**
 * What the compiler and the runtime ask of capabilities. The table comes in as an argument: neither
 * of them imports an implementation.
 */

import type { Repeat, SchemaText } from "./artifacts.ts";
import type { Digest } from "./digest.ts";
import type { Json, JsonObject } from "./json.ts";

/** What a transform answers: an outcome that its contract declares, and that outcome's output. */
export interface TransformAnswer {
  readonly outcome: string;
  readonly output: Json;
}

/**
 * A transform's implementation: a pure function of its input, which is frozen and fits the
 * contract's input schema. It has no clock, no randomness, no files, and may not be asynchronous.
 */
export type Transform = (input: Json) => TransformAnswer;

/** One call to the outside, as an implementation is given it. */
export interface ExternalCall {
  readonly operation: string;
  /** Frozen; fits the operation's input schema. */
  readonly input: Json;
  /** The contract's settings; frozen; fit the implementation's `settings` schema. */
  readonly settings: JsonObject;
  readonly repeat: Repeat;
  /** The same with every attempt at this call: to be handed on, so that the outside can tell. */
  readonly idempotencyKey: string;
  /** From 1. */
  readonly attempt: number;
  readonly trace: string;
  readonly node: string;
  /** Aborts when the time is up or the runtime stops: whatever is under way is given up. */
  readonly signal: AbortSignal;
}

/**
 * What a call comes to. `unknown`: it may have reached the outside or not, and no answer came; the
 * engine makes of it what the contract says (TIMEOUT where repeating is safe, else IN_DOUBT). An
 * implementation that throws says the same.
 */
export type ExternalAnswer = TransformAnswer | { readonly unknown: string };

export interface External {
  /** The schema of the settings that a contract may give it: of an object. */
  readonly settings: SchemaText;
  readonly call: (call: ExternalCall) => Promise<ExternalAnswer>;
}

export interface Capabilities {
  /** Names of all implementations, sorted. */
  readonly names: () => readonly string[];
  /** The SHA-256 of an implementation's program text; undefined for an unknown name. */
  readonly digestOf: (implementation: string) => Digest | undefined;
  /** What an implementation is; undefined for an unknown name. */
  readonly kindOf: (implementation: string) => "transform" | "external" | undefined;
  /** The implementation itself. An unknown name is our own fault: ask `digestOf` first. */
  readonly transform: (implementation: string) => Transform;
  /** The same of an implementation that calls the outside. */
  readonly external: (implementation: string) => External;
}
