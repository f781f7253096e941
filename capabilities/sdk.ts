/**
 * What a transform is written with: its body typed by the input that its contract declares. The
 * runtime has held the input against the contract before; nothing here checks it a second time, and
 * nothing here may reach a clock, randomness, a file or the network.
 */
import type { Transform, TransformAnswer } from "../protocol/language/capabilities.ts";
import type { Json } from "../protocol/language/json.ts";

/** The output of an outcome that says everything by its name. */
export const NOTHING = Object.freeze({});

/** A transform whose input has the type `Input`: what the contract's `input` schema says. */
export function transformOf<Input extends Json>(
  body: (input: Input) => TransformAnswer,
): Transform {
  return (input) => body(input as Input);
}
