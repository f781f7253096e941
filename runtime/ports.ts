/**
 * Everything that may differ between two runs comes in through these ports. They are passed in,
 * never imported: the driver, the ledger and the state take them as arguments, and a test gives
 * them a clock, a source of randomness and a disk of its own.
 */
import type { Json } from "../protocol/language/json.ts";

export interface Clock {
  /** Milliseconds since 1970 UTC; may go back, as system clocks do. */
  readonly now: () => number;
}

export interface Entropy {
  /** So many unpredictable bytes. */
  readonly bytes: (count: number) => Uint8Array;
}

/** An open file of the ledger. Positions are bytes. */
export interface OpenFile {
  /** Writes all of it at the end, finishing short writes. Throws when the disk refuses. */
  readonly append: (data: Uint8Array) => void;
  /** What was appended is on the disk when this settles. Never retried after a failure. */
  readonly flush: () => Promise<void>;
  readonly flushNow: () => void;
  readonly truncate: (length: number) => void;
  readonly close: () => void;
}

/** The file system, as far as the runtime needs it. Paths are absolute. */
export interface Files {
  readonly exists: (path: string) => boolean;
  /** Names in a folder, sorted; empty when there is no such folder. */
  readonly names: (folder: string) => readonly string[];
  readonly makeFolder: (folder: string) => void;
  readonly size: (path: string) => number;
  readonly read: (path: string) => Uint8Array;
  /** Reads at most `length` bytes from `offset`; fewer only at the end of the file. */
  readonly readAt: (path: string, offset: number, length: number) => Uint8Array;
  /** Opens for appending, making the file when it is not there. Refuses links and non-files. */
  readonly openAppend: (path: string) => OpenFile;
  /** Writes a file aside, flushes it, renames it into place, and flushes the folder. */
  readonly replace: (path: string, data: Uint8Array, mode?: number) => void;
  /** Writes a file aside and renames it, without any flush: for projections. */
  readonly project: (path: string, data: Uint8Array) => void;
  readonly remove: (path: string) => void;
  readonly flushFolder: (folder: string) => void;
}

/** A change of the state, as an effect record says it. */
export type Change =
  | {
      readonly kind: "register";
      readonly key: string;
      readonly value: Json;
    }
  | { readonly kind: "revoke"; readonly key: string }
  | { readonly kind: "append"; readonly position: number; readonly event: Json }
  | { readonly kind: "put"; readonly key: string; readonly value: Json; readonly version: number }
  | { readonly kind: "remove"; readonly key: string };

export interface RegistryEntry {
  readonly value: Json;
  readonly revoked: boolean;
}
export interface DocumentEntry {
  readonly value: Json;
  readonly version: number;
}

/** A row of the index of executions. */
export interface ExecutionRow {
  readonly trace: string;
  readonly tenant: string;
  readonly session: string | null;
  readonly principal: string;
  readonly workflow: string;
  readonly intent: string | null;
  readonly snapshot: string;
  readonly started_at: string;
  readonly closed_at: string | null;
  readonly exit: string | null;
  readonly outcome: string | null;
  readonly fault: boolean | null;
  readonly fingerprint: string | null;
  /** Ledger positions of the first record and, once closed, of the last. */
  readonly first: number;
  readonly last: number | null;
}
