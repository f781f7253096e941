/**
 * Between who decides on a signal and what brings an execution back that waits for one: types alone.
 * Who decides asks first what is known without reading anything (`waitsOf`), settles everything that
 * takes time (whose session it is, what the policies say), and then decides on the execution itself,
 * at once and without waiting: nobody else tells it anything in between.
 */

import type { LedgerRecord } from "../protocol/language/records.ts";
import type { Answer, WaitingAnswer } from "./answer.ts";
import type { CheckedProgram } from "./json-schema.ts";
import type { Execution, SignalOrder, WaitCommand } from "./machine/program.ts";
import type { WaitRow } from "./ports.ts";
import type { Opened } from "./reopen.ts";

/** An execution that waits, in memory for as long as it takes to tell it something. */
export interface Listening {
  readonly program: CheckedProgram;
  /** As it stands: what the machine's own law is asked of. */
  readonly execution: Execution;
  readonly opened: Opened;
  /** All of its records up to now, as they stand in the ledger. */
  readonly records: readonly LedgerRecord[];
  /** All that it waits for, with the places in the graph; `name` as records and people call it. */
  readonly waits: readonly WaitCommand[];
}

/** What is told, and to which of the waits of `Listening`. */
export interface Telling {
  readonly wait: WaitCommand;
  /** In the clear. */
  readonly order: SignalOrder;
}

export interface Signalling {
  /** What an execution waits for; none where it does not wait, has ended, or is not there. */
  readonly waitsOf: (trace: string) => readonly WaitRow[];
  /**
   * Brings an execution back, has it decided on, writes down what it is told, and drives it on.
   * Settles when that is durable and the execution has ended or waits (again). What `decide` throws
   * is thrown, with nothing written. Undefined, and `decide` not asked, where it does not wait any
   * more. `decide` must not await anything.
   */
  readonly tell: (
    trace: string,
    decide: (listening: Listening) => Telling,
  ) => Promise<Answer | WaitingAnswer | undefined>;
}
