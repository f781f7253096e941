/**
 * What a batch came to, counted while its lines end. It keeps numbers only: the memory that a batch
 * takes does not grow with its lines.
 */
import type { Answer, WaitingAnswer } from "../../runtime/index.ts";
import { EXIT } from "../exit-codes.ts";
import type { StopSignal } from "../io.ts";
import { STOPPED } from "../stopping.ts";

export class Tally {
  readonly #outcomes = new Map<string, number>();
  /** Executions that have an answer; those of them on the fault route; those not run again. */
  ended = 0;
  faulted = 0;
  repeated = 0;
  refused = 0;
  /** Executions that wait, for a signal or a time. */
  waiting = 0;
  /** Lines that were taken and whose answer nobody knows: the batch broke off. */
  unanswered = 0;
  /** Why no more lines were taken. */
  brokenBy: unknown;
  stoppedBy: StopSignal | undefined;
  /** No more lines were taken because nobody reads what is said of them. */
  isUnread = false;

  get lines(): number {
    return this.ended + this.waiting + this.refused + this.unanswered;
  }

  /** By outcome, in the order of the alphabet. */
  get outcomes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#outcomes].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  take({ outcome, fault, repeated }: Answer): void {
    this.ended += 1;
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    if (fault) this.faulted += 1;
    if (repeated) this.repeated += 1;
  }

  takeWaiting({ repeated }: WaitingAnswer): void {
    this.waiting += 1;
    if (repeated) this.repeated += 1;
  }

  /** The worst of what happened; a batch that broke off or was stopped is not done. */
  exitCode(): number {
    if (this.stoppedBy !== undefined) return STOPPED[this.stoppedBy];
    if (this.isUnread) return EXIT.unread;
    if (this.faulted > 0) return EXIT.faulted;
    if (this.refused > 0) return EXIT.refused;
    return this.waiting > 0 ? EXIT.waiting : EXIT.done;
  }
}
