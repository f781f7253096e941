/**
 * What the durable measurement asks of an engine: to run the n-th order of the ten-step workflow
 * durably, and to say how often it made the disk flush. It hides nothing of an engine's cost.
 */

export interface Running {
  /** Settles when the execution's answer may be given to a caller. */
  readonly execute: (n: number) => Promise<void>;
  /** Flushes of the disk so far. */
  readonly flushes: () => number;
  /** Executions whose order stands in the store. */
  readonly stored: () => number;
  readonly close: () => Promise<void>;
}

export interface Contender {
  readonly name: string;
  readonly note: string;
  /** Opens on an empty folder. */
  readonly open: (folder: string) => Promise<Running>;
}
