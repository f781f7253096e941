/**
 * What the durable measurement asks of an engine: to run the n-th order of the ten-step workflow
 * durably, and to say how often it made the disk flush. It hides nothing of an engine's cost.
 */

export interface Running {
  /** Settles when the execution's answer may be given to a caller. */
  readonly execute: (n: number) => Promise<void>;
  /** Flushes of the disk so far. */
  readonly flushes: () => number;
  /** Ends, and says how many orders stand in the store: what proves that the work was done. */
  readonly close: () => Promise<number>;
}

export interface Place {
  /** Empty, on the disk that is measured. */
  readonly folder: string;
  /** The sealed ten-step workflow, and the built implementations that it needs. */
  readonly snapshots: string;
  readonly capabilities: string;
}

export interface Contender {
  readonly name: string;
  readonly note: string;
  readonly open: (place: Place) => Promise<Running>;
}
