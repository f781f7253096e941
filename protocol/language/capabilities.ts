/**
 * What the compiler and the runtime ask of capabilities. The table comes in as an argument: neither
 * of them imports an implementation.
 */
import type { Digest } from "./digest.ts";
import type { Json } from "./json.ts";

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

export interface Capabilities {
  /** Names of all implementations, sorted. */
  readonly names: () => readonly string[];
  /** The SHA-256 of an implementation's program text; undefined for an unknown name. */
  readonly digestOf: (implementation: string) => Digest | undefined;
  /** The implementation itself. An unknown name is our own fault: ask `digestOf` first. */
  readonly transform: (implementation: string) => Transform;
}
