/**
 * What to say when the ledger cannot be written. The process may read back bytes that never reach
 * the disk, so nothing of this writer is believed any more: it stops, and the next start recovers.
 */
import { AssertionFailure } from "../../protocol/language/invariant.ts";
import { Refusal } from "../../protocol/language/refusal.ts";

const NO_ROOM: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** The error to give to everyone who waits. Our own faults and refusals pass as they are. */
export function writeFailure(error: unknown): Error {
  if (error instanceof Refusal || error instanceof AssertionFailure) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (NO_ROOM.has(code)) {
    return new Refusal("busy", "ledger/no-room", `there is no room for the ledger: ${message}`, {
      hint: "Make room on the disk and run again: what was acknowledged stands.",
    });
  }
  return new Refusal(
    "viability",
    "ledger/write-failed",
    `the ledger could not be made durable: ${message}`,
    { hint: "Check the disk before you start again: the next start rewrites what it relies on." },
  );
}
