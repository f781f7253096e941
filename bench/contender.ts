/**
 * What the durable measurement asks of an engine: to run the n-th order of a workload durably, and
 * to say how often it made the disk flush. It hides nothing of an engine's cost.
 */
import type { WorkloadName } from "./workloads.ts";

export interface Running {
  /** Settles when the execution's answer may be given to a caller. */
  readonly execute: (n: number) => Promise<void>;
  /** Flushes of the disk so far. */
  readonly flushes: () => number | Promise<number>;
  /** What other processes do for the engine; without it, all of it happens in this one. */
  readonly elsewhere?: Elsewhere;
  /** Ends, and says how many orders stand in the store: what proves that the work was done. */
  readonly close: () => Promise<number>;
}

export interface Elsewhere {
  /** Bytes written so far. */
  readonly bytes: () => Promise<number>;
  /** Microseconds of processor time so far. */
  readonly cpuMicros: () => number;
}

export interface Place {
  /** Empty, on the disk that is measured. */
  readonly folder: string;
  /** The sealed workflows, and the built implementations that they need. */
  readonly snapshots: string;
  readonly capabilities: string;
  /** The built thread that stores PGS's state beside the executions. */
  readonly storeWorkerFile: string;
  /** The folder of the peer whose packages may be missing. */
  readonly dbos: string;
  readonly workload: WorkloadName;
  /** So much longer every flush is made to take: 0, or what a real disk takes. */
  readonly flushDelayMs: number;
}

export interface Contender {
  readonly name: string;
  readonly note: string;
  /** Throws `Unavailable` where it cannot be measured on this machine. */
  readonly open: (place: Place) => Promise<Running>;
}

/** A peer that is not at hand. Told in the report; it never stops the other measurements. */
export class Unavailable extends Error {}
