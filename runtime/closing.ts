/** What is said to whoever asks for more of a runtime that closes. */
import { Refusal } from "../protocol/language/refusal.ts";

export function isClosing(): Refusal {
  return new Refusal("busy", "runtime/closed", "the runtime is closing");
}
