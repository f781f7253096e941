/** The exit codes, part of the contract of every command (DESIGN: the command line). */
import type { RefusalFamily } from "../protocol/language/refusal.ts";

export const EXIT = Object.freeze({
  /** Done: an execution reached a declared exit, whatever its outcome; everything checked holds. */
  done: 0,
  /** Our own fault. */
  ownFault: 1,
  /** Wrong use of the command. */
  usage: 2,
  /** The protocol does not compile. */
  doesNotCompile: 3,
  /** Refused at acceptance. */
  refused: 4,
  /** The execution ended on the fault route. */
  faulted: 5,
  /** Evidence does not hold. */
  evidence: 6,
  /** The data root is held by another process, or there is no room. */
  busy: 7,
  /** The execution waits: for a signal, or for a time. */
  waiting: 8,
  /** Start-up stopped at the first phase (physical viability). */
  viability: 11,
  /** Start-up stopped at the second phase (kernel): the configuration. */
  kernel: 12,
  /** Stopped by a signal, as shells say it, after what was under way had ended. */
  interrupted: 130,
  terminated: 143,
  /** A batch whose reader went away (`| head`), as shells say it; lines are left. */
  unread: 141,
});

export function exitCodeOf(family: RefusalFamily): number {
  switch (family) {
    case "usage":
      return EXIT.usage;
    case "acceptance":
      return EXIT.refused;
    case "evidence":
      return EXIT.evidence;
    case "busy":
      return EXIT.busy;
    case "viability":
      return EXIT.viability;
    case "kernel":
      return EXIT.kernel;
  }
}
