/**
 * What to say when the ledger cannot be written. The process may read back bytes that never reach
 * the disk, so nothing of this writer is believed any more: it stops, and the next start recovers.
 * Only a write that found no room and was cut back may be made again.
 */
import { AssertionFailure } from "../../protocol/language/invariant.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { failureOf } from "../disk-failure.ts";

const NO_ROOM = "ledger/no-room";
/** Failures of a write that an operator mends by what their own code says. */
const OWN_CODES: ReadonlySet<string> = new Set([NO_ROOM, "ledger/not-writable"]);
const HINT = "Check the disk before you start again: the next start rewrites what it relies on.";

/** The error to give to everyone who waits. Our own faults and refusals pass as they are. */
export function writeFailure(error: unknown): Error {
  if (error instanceof AssertionFailure) return error;
  const failure = failureOf("ledger", error);
  const passes =
    failure instanceof Refusal && (error instanceof Refusal || OWN_CODES.has(failure.code));
  if (passes) return failure;
  const message = `the ledger could not be written: ${(error as Error).message}`;
  return new Refusal("viability", "ledger/write-failed", message, { hint: HINT });
}

/** Whatever the system says, there is no second flush: it may say yes to bytes that are gone. */
export function flushFailure(error: unknown, what = "the ledger"): Error {
  if (error instanceof AssertionFailure) return error;
  const message = `${what} could not be made durable: ${(error as Error).message}`;
  return new Refusal("viability", "ledger/flush-failed", message, { hint: HINT });
}

/** Half a line stands behind what was acknowledged, and this process cannot take it away. */
export function cutBackFailure(error: unknown): Error {
  const message = `a write to the ledger could not be taken back: ${(error as Error).message}`;
  return new Refusal("viability", "ledger/write-failed", message, { hint: HINT });
}

/** The lock was taken away by hand, or somebody writes without it. */
export function otherWriter(path: string, expected: number, found: number | undefined): Refusal {
  const message = `expected \`${path}\` to end at byte ${expected} and found ${found}: somebody else writes to it`;
  return new Refusal("viability", "ledger/other-writer", message, {
    hint: "Let one process write to a data root at a time, and never delete its `owner.db`.",
  });
}

/** A write that may be made again when there is room. */
export function isNoRoom(failure: Error): failure is Refusal {
  return failure instanceof Refusal && failure.code === NO_ROOM;
}

/** What new work is told meanwhile. */
export function noRoomNow(): Refusal {
  const message = "there is no room on the disk: nothing new is taken until there is";
  return new Refusal("busy", NO_ROOM, message, {
    hint: "Make room on the disk: what was acknowledged stands, and work goes on by itself.",
  });
}
