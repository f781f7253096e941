/**
 * What to say when the ledger cannot be written. The process may read back bytes that never reach
 * the disk, so nothing of this writer is believed any more: it stops, and the next start recovers.
 */
import { AssertionFailure } from "../../protocol/language/invariant.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { failureOf } from "../disk-failure.ts";

const NO_ROOM = "ledger/no-room";

/** The error to give to everyone who waits. Our own faults and refusals pass as they are. */
export function writeFailure(error: unknown): Error {
  if (error instanceof AssertionFailure) return error;
  const failure = failureOf("ledger", error);
  if (failure instanceof Refusal && (error instanceof Refusal || failure.code === NO_ROOM)) {
    return failure;
  }
  return new Refusal(
    "viability",
    "ledger/write-failed",
    `the ledger could not be made durable: ${(error as Error).message}`,
    { hint: "Check the disk before you start again: the next start rewrites what it relies on." },
  );
}
