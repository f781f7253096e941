/**
 * Everything that may differ between two runs comes in through these ports. They are passed in,
 * never imported: the driver, the ledger and the state take them as arguments, and a test gives
 * them a clock, a source of randomness and a disk of its own.
 */
import type { Digest } from "../protocol/language/digest.ts";
import type { SealedGovernance } from "../protocol/language/governance.ts";
import type { Graph } from "../protocol/language/graph.ts";
import type { Json, JsonObject } from "../protocol/language/json.ts";
import type { SealedCapability } from "../protocol/language/manifest.ts";
import type { FullName } from "../protocol/language/names.ts";
import type { Identity } from "../protocol/language/records.ts";

export interface Clock {
  /** Milliseconds since 1970 UTC; may go back, as system clocks do. */
  readonly now: () => number;
  /** Calls back once after so long, unless it is taken back by what is returned. */
  readonly timer: (ms: number, ring: () => void) => () => void;
}

export interface Entropy {
  /** So many unpredictable bytes. */
  readonly bytes: (count: number) => Uint8Array;
}

/** An open file of the ledger. Positions are bytes. */
export interface OpenFile {
  /** Writes all of it at the end, finishing short writes. Throws when the disk refuses. */
  readonly append: (data: Uint8Array) => void;
  /**
   * A way to write over what stands in this very file, as `append` writes behind it; undefined where
   * the path that it was opened by names it no more. It is closed with the file.
   */
  readonly overwriting: () => ((data: Uint8Array, at: number) => void) | undefined;
  /**
   * What was appended is on the disk when this settles. Never retried after a failure. `here`: by
   * this thread, which waits, where handing it to another one would take longer.
   */
  readonly flush: (here?: boolean) => Promise<void>;
  readonly truncate: (length: number) => void;
  /** How long this very file is; undefined where the path that it was opened by names it no more. */
  readonly standing: () => number | undefined;
  readonly close: () => void;
}

/**
 * A file that was written aside, and stands nowhere else yet. It ends by being put in its place or
 * thrown away, neither of them while a flush is under way.
 */
export interface AsideFile {
  /** What was written is on the disk when this settles. Never retried after a failure. */
  readonly flush: () => Promise<void>;
  /** Gives it its own name, which is on the disk once its folder was flushed. */
  readonly place: () => void;
  readonly discard: () => void;
}

/** What stands at a path, without following a link. */
export interface Standing {
  readonly kind: "file" | "folder" | "other";
  readonly bytes: number;
  /** Names that the file has on its file system; one, unless it is linked. */
  readonly links: number;
  /** True where others than the owner may do anything with it. */
  readonly exposed?: boolean;
}

/** The file system, as far as the runtime needs it. Paths are absolute. */
export interface Files {
  /** Undefined when nothing stands there. */
  readonly standing: (path: string) => Standing | undefined;
  /** Names in a folder, sorted; empty when there is no such folder. */
  readonly names: (folder: string) => readonly string[];
  /** Makes a folder; its parent must stand. Nothing happens when it stands already. */
  readonly makeFolder: (folder: string, mode?: number) => void;
  readonly read: (path: string) => Uint8Array;
  /** Reads at most `length` bytes from `offset`; fewer only at the end of the file. */
  readonly readAt: (path: string, offset: number, length: number) => Uint8Array;
  /** Opens for appending, making the file when it is not there. Refuses links and non-files. */
  readonly openAppend: (path: string) => OpenFile;
  /** Writes a file aside, flushes it, renames it into place, and flushes the folder. */
  readonly replace: (path: string, data: Uint8Array, mode?: number) => void;
  /** Writes a file aside and renames it, without any flush: for projections. */
  readonly project: (path: string, data: Uint8Array) => void;
  /** Writes a file aside: the first half of `replace`, for many that share the wait for the disk. */
  readonly writeAside: (path: string, data: Uint8Array, mode?: number) => AsideFile;
  readonly remove: (path: string) => void;
  readonly flushFolder: (folder: string) => void;
  /** The names in a folder are on the disk when this settles. Never retried after a failure. */
  readonly flushNames: (folder: string) => Promise<void>;
}

/** A sealed snapshot that was opened: what it holds was checked against its digests. */
export interface Snapshot {
  readonly id: Digest;
  /** Sorted. */
  readonly workflows: readonly FullName[];
  readonly capabilities: readonly SealedCapability[];
  /** The graph of one of `workflows`, frozen. */
  readonly graph: (workflow: FullName) => Graph;
  /** Who may try what, frozen; undefined where it was sealed without: then nobody may anything. */
  readonly governance: () => SealedGovernance | undefined;
}

/** Where a value stands: tenants never share a key space. `store` is `domain/store`. */
export interface StorePlace {
  readonly tenant: string;
  readonly store: string;
}

export interface RegistryEntry {
  readonly value: Json;
  readonly revoked: boolean;
}

export interface DocumentEntry {
  /** Undefined once removed: the version stays, so that a later value never reuses one. */
  readonly value: Json | undefined;
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
  readonly idempotency_key: string | null;
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

/** A session, as its records say it. */
export interface SessionRow {
  /** Its id: the trace of the record that opened it. */
  readonly session: string;
  readonly tenant: string;
  readonly principal: string;
  readonly identity: Identity;
  readonly roles: readonly string[];
  readonly attributes: JsonObject;
  readonly opened_at: string;
  readonly expires_at: string;
  readonly ended_at: string | null;
  /** SHA-256 of the token that it was opened with. */
  readonly token_sha256: string | null;
  readonly secret_sha256: string;
  /** The ledger position of the record that opened it. */
  readonly first: number;
}

/** A row of the index of what was refused. */
export interface RefusalRow {
  readonly trace: string;
  readonly tenant: string;
  readonly session: string | null;
  readonly principal: string;
  readonly intent: string;
  readonly workflow: string | null;
  readonly snapshot: string;
  readonly idempotency_key: string | null;
  readonly code: string;
  readonly at: string;
  /** Its ledger position. */
  readonly first: number;
}

/** Something that an execution waits for, as its record says it. */
export interface WaitRow {
  readonly trace: string;
  /** As the record names it: an item's or a branch's own. */
  readonly node: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly since: string;
  readonly until: string;
  /** Names of the signals that it may be told; none for a timer, or before a call is made again. */
  readonly signals: readonly string[];
  /** The ledger position of that record. */
  readonly first: number;
}

/** The last start that came through all gates. */
export interface BootRow {
  readonly epoch: number;
  readonly snapshot: string;
  readonly configuration: string;
  /** The trace of the execution that went through them. */
  readonly like: string;
  readonly at: string;
}

/** What one record changes in the state. Values stand as in the record: sealed where labelled. */
export type Change =
  | (StorePlace & { readonly kind: "register"; readonly key: string; readonly value: Json })
  | (StorePlace & { readonly kind: "revoke"; readonly key: string })
  | (StorePlace & { readonly kind: "append"; readonly position: number; readonly event: Json })
  | (StorePlace & {
      readonly kind: "put";
      readonly key: string;
      readonly value: Json;
      readonly version: number;
    })
  | (StorePlace & { readonly kind: "remove"; readonly key: string })
  | { readonly kind: "opened"; readonly row: ExecutionRow }
  | { readonly kind: "session"; readonly row: SessionRow }
  | { readonly kind: "session-ended"; readonly session: string; readonly ended_at: string }
  | { readonly kind: "refused"; readonly row: RefusalRow }
  | { readonly kind: "boot"; readonly row: BootRow }
  | { readonly kind: "waits"; readonly row: WaitRow }
  /** It waits at that node no more; null: at none. */
  | { readonly kind: "woken"; readonly trace: string; readonly node: string | null }
  | { readonly kind: "migrated"; readonly trace: string; readonly snapshot: string }
  | {
      readonly kind: "closed";
      readonly trace: string;
      readonly closed_at: string;
      readonly exit: string;
      readonly outcome: string;
      readonly fault: boolean;
      readonly fingerprint: string;
      readonly last: number;
    };

/** What effects read and write. Values come as records hold them: sealed where labelled. */
export interface Values {
  readonly registry: (place: StorePlace, key: string) => RegistryEntry | undefined;
  readonly document: (place: StorePlace, key: string) => DocumentEntry | undefined;
  /** How many events a stream holds; the last one's position. */
  readonly streamLength: (place: StorePlace) => number;
  /** Events from a position on, in order, at most `limit`. */
  readonly events: (place: StorePlace, from: number, limit: number) => readonly Json[];
}

/** The state as it is read: the values, and what the runtime itself goes by. */
export interface State extends Values {
  readonly execution: (trace: string) => ExecutionRow | undefined;
  /** The execution that a tenant's idempotency key was first given with. */
  readonly executionByKey: (tenant: string, idempotencyKey: string) => ExecutionRow | undefined;
  /** What was refused first with a tenant's idempotency key. */
  readonly refusalByKey: (tenant: string, idempotencyKey: string) => RefusalRow | undefined;
  /** The tenants that have an event in a stream, sorted. */
  readonly streamTenants: (store: string) => readonly string[];
  /**
   * Up to this position all events of a subscription were looked at, and what was due is over. Too
   * low, and more is looked at again than need be; never too high.
   */
  readonly delivered: (tenant: string, subscription: string) => number;
  readonly session: (id: string) => SessionRow | undefined;
  /** The session that a token was opened with, by the token's SHA-256: a token opens one, once. */
  readonly sessionByToken: (sha256: string) => SessionRow | undefined;
  /** The last start that came through all gates; undefined before the first. */
  readonly boot: () => BootRow | undefined;
  /** What an execution waits for, in the order in which it began to. */
  readonly waitsOf: (trace: string) => readonly WaitRow[];
}

/** A place in the ledger: before the byte `offset` of `segment`; `n` is the record before it. */
export interface LedgerPosition {
  readonly n: number;
  readonly segment: number;
  readonly offset: number;
}

/** Where one record stands: `start.n + 1` is its position, `bytes` its length with the newline. */
export interface RecordPlace {
  readonly start: LedgerPosition;
  readonly bytes: number;
}

/** A trace that has not ended, and where its records stand, in order: the first one opens it. */
export interface OpenTrace {
  readonly trace: string;
  readonly places: readonly RecordPlace[];
  /** True where all that it needs is time or a signal: no start reads its records. */
  readonly asleep?: boolean;
}

/**
 * How far the stored state has come: the checkpoint from which a start goes on. `applied`: every
 * change up to there is in it; it ends at the record `durable.n`. `durable`: the end of the bytes
 * that were known to be on the disk; where the ledger ends there, the writer had stopped cleanly.
 */
export interface Watermark {
  readonly applied: number;
  /** The highest epoch in a record up to there; 0 before the first. */
  readonly epoch: number;
  readonly durable: LedgerPosition;
  /** Of the record that ends there, so that no state is taken for another ledger's; null before all. */
  readonly hash: Digest | null;
}

/** The stored state: a projection of the ledger that is written lazily and never ahead of it. */
export interface Store extends State {
  readonly watermark: () => Watermark | undefined;
  /** The traces that were open and awake at the watermark, in the order of their first records. */
  readonly open: () => readonly OpenTrace[];
  /** Where the records stand of a trace that was asleep there, in order; none where it was not. */
  readonly asleep: (trace: string) => readonly RecordPlace[];
  /** What is waited for, by the time at which it is up: behind a time, and so many, or all. */
  readonly waits: (after?: string, most?: number) => Iterable<WaitRow>;
  /** A position at or before record `n`: the nearest that is known. The beginning, if none is. */
  readonly nearest: (n: number) => LedgerPosition;
  /** All of the changes, the watermark and what is open at it, or nothing. */
  readonly apply: (changes: readonly Change[], checkpoint: Checkpoint) => void;
  readonly close: () => void;
}

export interface Checkpoint {
  readonly watermark: Watermark;
  /** With those that fell asleep; who is told so once need not be told again. */
  readonly open: readonly OpenTrace[];
  /** Ends of records at or before it, from which a later look may begin. */
  readonly marks?: readonly LedgerPosition[];
  /** Of what is durable at it, how far it was delivered, where that went on. */
  readonly delivered?: readonly Delivered[];
}

/** How far a tenant's events were delivered to a subscription. */
export interface Delivered {
  readonly tenant: string;
  /** What it is, in a word that changes with whatever decides on an event. */
  readonly subscription: string;
  readonly position: number;
}

/** A lock that no other process can have at a time; the kernel takes it back from one that dies. */
export interface Lock {
  readonly release: () => void;
}
