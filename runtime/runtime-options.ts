/**
 * What a runtime is opened with, what it is asked, and what it tells: types, and the real ports.
 */
import type { Capabilities } from "../protocol/language/capabilities.ts";
import type { Digest } from "../protocol/language/digest.ts";
import type { Json, JsonObject } from "../protocol/language/json.ts";
import type { CutBody, LedgerRecord } from "../protocol/language/records.ts";
import type { Answer, WaitingAnswer } from "./answer.ts";
import type { IdentitySettings } from "./identity/settings.ts";
import type { Holder } from "./owner.ts";
import type { Clock, Entropy, Files, Lock, Snapshot, Store } from "./ports.ts";
import type { Stuck } from "./reopen.ts";
import { systemClock, systemEntropy, systemFiles } from "./system-ports.ts";

export interface Ports {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly files: Files;
  /** The stored state; unless told, the data root's own `state.db`. */
  readonly store?: (dataRoot: string) => Store;
  /** What keeps other writers out, at a path; unless told, SQLite's lock on that file. */
  readonly lock?: (path: string) => Lock | undefined;
}

export const SYSTEM_PORTS: Ports = Object.freeze({
  clock: systemClock,
  entropy: systemEntropy,
  files: systemFiles,
});

/** What holds unless the options say otherwise. */
export const DEFAULTS = Object.freeze({
  waitMs: 5_000,
  underWayMax: 1_024,
  queueMax: 4_096,
  goOnFirstMax: 1_024,
});

export interface RuntimeOptions {
  /** Absolute. Made where there is none. */
  readonly dataRoot: string;
  /** What new executions run under. */
  readonly snapshot: Snapshot;
  /** Opens the snapshot that an open execution began with; throws a refusal where it is gone. */
  readonly snapshots: (id: Digest) => Snapshot;
  readonly capabilities: Capabilities;
  /** For authors: differing capabilities pass, and every trace says so. */
  readonly allowChangedCapabilities?: boolean;
  /** The local operator, on whose behalf work without a session is done. */
  readonly tenant: string;
  readonly principal: string;
  /** None unless told. */
  readonly roles?: readonly string[];
  readonly attributes?: JsonObject;
  /** Whose tokens open sessions; nobody's unless told. */
  readonly identity?: IdentitySettings | undefined;
  /** This process, for those who find the data root held. */
  readonly holder: Holder;
  /** How long to wait for another process to let go of the data root. */
  readonly waitMs?: number;
  /** How long to wait for room on a full disk before the runtime stops; 0 unless told. */
  readonly roomWaitMs?: number;
  /**
   * The built `store-worker`, for a thread that stores the state while many executions run. Without
   * it, and for a few executions, the state is stored in between.
   */
  readonly storeWorkerFile?: string;
  /**
   * The built `check-worker`, for a thread that checks the ledger's lines ahead of this one where a
   * start has many to read. Without it this one checks them all.
   */
  readonly checkWorkerFile?: string;
  /** Executions that may have begun and not ended; then so many submissions wait to begin. */
  readonly underWayMax?: number;
  readonly queueMax?: number;
  /** So many of what was found open go on before new work is taken, and all others beside it. */
  readonly goOnFirstMax?: number;
  readonly ports?: Ports;
  /**
   * What a former writer left open is not gone on with, and nothing is delivered: for those who come
   * to cancel it.
   */
  readonly hold?: boolean;
  /**
   * Called with every execution that closed, or waits from now on, once its records are durable;
   * and, after a stop that was not clean, again with those whose traces may not have been written.
   */
  readonly onClosed?: (closed: ClosedExecution) => void | Promise<void>;
  /** Told of executions that slept and went on because their time was up, once that is durable. */
  readonly onWoken?: (woken: Woken) => void;
}

/** Where an execution came to that slept, or why it could not go on and still sleeps. */
export type Woken =
  | { readonly trace: string; readonly answer: Answer | WaitingAnswer }
  | { readonly trace: string; readonly stuck: Stuck };

/** An execution as its records say it: closed, or waiting. */
export interface ClosedExecution {
  readonly trace: string;
  readonly records: readonly LedgerRecord[];
  /** The trace file's bytes: the records' lines. */
  readonly lines: Uint8Array;
  readonly snapshot: Digest;
}

/** Who asks; without a session it is the local operator. */
export interface Asking {
  /** What the holder of a session shows: `<id>.<secret>`. */
  readonly session?: string;
}

/** An execution that is to end before its time. */
export interface Cancel extends Asking {
  readonly trace: string;
  /** Why, for those who read the record; nothing labelled belongs there. */
  readonly reason?: string;
}

/** What an execution that waits is told. */
export interface Signal extends Asking {
  readonly trace: string;
  /** Of the signal: the outcome that it leads to. */
  readonly name: string;
  /** JSON as it came in, or a value. */
  readonly payload: Uint8Array | Json;
  /** As records name it, where several wait for the same: `each[3]/approve`. */
  readonly node?: string;
}

/** Open executions that are to go on under the current snapshot. */
export interface Migrate extends Asking {
  /** This one alone. */
  readonly trace?: string;
}

/** An execution of which something stands that was to be undone. */
export interface RetrySaga extends Asking {
  readonly trace: string;
}

export interface Work extends Asking {
  /** The type of an intent. Either this or a workflow. */
  readonly intent?: string;
  /** A workflow by its name, for those who may run it without an intent. */
  readonly workflow?: string;
  /** JSON as it came in, or a value. */
  readonly payload: Uint8Array | Json;
  readonly traceId?: string;
  /** Given again with the same work, it gives the first answer and runs nothing. */
  readonly idempotencyKey?: string;
}

/** What was found when the data root was opened; of those that go on later, what they have come to. */
export interface Recovery {
  /** Traces that were open and were brought to their end. */
  readonly continued: readonly string[];
  /** Traces that go on beside new work, with a call to the outside that was interrupted. */
  readonly calling: readonly string[];
  /** Traces that wait for time or a signal, and had not been stored as that. */
  readonly waiting: readonly string[];
  readonly stuck: readonly Stuck[];
  /** Traces that were open and are left as they are, because the runtime was told to. */
  readonly held: readonly string[];
  /** Traces that were too many to be waited for: they go on beside new work, in their order. */
  readonly later: readonly string[];
  /** Those of them that closing has left open: the next start finds them. */
  readonly left: readonly string[];
  /** Torn tails that were cut off. */
  readonly cuts: readonly CutBody[];
}
