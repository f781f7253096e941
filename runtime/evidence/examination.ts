/**
 * The document that an examination gives, and what the examiner is given. Members may be added to
 * it, never renamed: other programs read it.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import type { Json } from "../../protocol/language/json.ts";
import type {
  BootBody,
  CancelledBody,
  ClosedBody,
  CutBody,
  LedgerRecord,
  MigratedBody,
  OpenedBody,
  Reason,
  RefusedBody,
  RetryBody,
  SessionBody,
  SessionEndedBody,
  SignalBody,
} from "../../protocol/language/records.ts";
import type { Governor } from "../policy/governor.ts";
import type { Snapshot } from "../ports.ts";
import type { Finding, Locate } from "./findings.ts";
import type { AskedBy, Governed } from "./governed.ts";
import type { EvidenceProblem } from "./problem.ts";
import type { Saga } from "./saga.ts";
import type { Stood } from "./stood-before.ts";

/** What the examiner may be given beside the trace. */
export interface Beside {
  /** The sealed snapshot of an id; undefined when it is not at hand. May refuse a changed one. */
  readonly snapshot: (id: Digest) => Snapshot | undefined;
  /** Decides again what was decided under a snapshot; undefined where that is not at hand. */
  readonly governor?: (id: Digest) => Governor | undefined;
  /** The verified records of the ledger that the trace comes from, from its beginning. */
  readonly ledger: (() => Iterable<LedgerRecord>) | undefined;
  readonly locate: Locate;
}

export interface PathStep {
  readonly n: number;
  readonly seq: number;
  readonly at: string;
  readonly node: string;
  /** Null where the sealed graph is not at hand. */
  readonly kind: string | null;
  readonly outcome: string;
  readonly to: string;
  readonly row: number | null;
  readonly output: Json | null;
  readonly reason: Reason | null;
}

/** What an execution did beyond itself: to a store, or to the outside. */
export type EffectStep = StoreStep | CallStep;

export interface StoreStep {
  readonly kind: "internal";
  readonly n: number;
  readonly seq: number;
  readonly node: string;
  readonly store: string;
  readonly operation: string;
  readonly key: string | null;
  readonly value: Json | null;
  readonly outcome: string;
  readonly output: Json | null;
  readonly before: Stood;
}

export interface CallStep {
  readonly kind: "external";
  /** Of its answer; of the last attempt, where there is none. */
  readonly n: number;
  readonly seq: number;
  readonly node: string;
  readonly effect: string;
  readonly operation: string;
  /** What the outside knows the call by; null where no attempt is recorded. */
  readonly idempotency_key: string | null;
  readonly attempts: number;
  readonly input: Json;
  /** Null where no answer is recorded: nobody knows whether the call arrived. */
  readonly outcome: string | null;
  readonly output: Json | null;
}

export interface Because {
  readonly seq: number;
  readonly node: string;
  readonly outcome: string;
  /** What the node's contract declares beside the outcome taken. */
  readonly instead_of: readonly string[];
}

export interface Examination {
  readonly trace_id: string | null;
  readonly integrity: {
    readonly ok: boolean;
    readonly records: number;
    readonly problems: readonly EvidenceProblem[];
    /** What the records were held against. */
    readonly checked: {
      readonly snapshot: boolean;
      readonly policies: boolean;
      readonly ledger: boolean;
    };
  };
  /** Who asked; null where nobody did: of a cut, and of a start. */
  readonly asked: AskedBy | null;
  readonly decided: Governed["decided"];
  /** A record that is the whole trace, as it stands; null of an execution. */
  readonly lone: ShownLone | null;
  readonly opened: Shown<OpenedBody> | null;
  readonly path: readonly PathStep[];
  readonly effects: readonly EffectStep[];
  /** Who ended it before its time, and what was decided of that; null where nobody did. */
  readonly cancelled: (Shown<CancelledBody> & Governed) | null;
  readonly closed: (Shown<ClosedBody> & { readonly because: Because | null }) | null;
  /** Where an execution stands that has not ended; null for every other, and where it was cut off. */
  readonly open: Standing | null;
  /** What takes time where it stands: each wait, each call without an answer, each one to be made again. */
  readonly standing: readonly StandingAt[];
  /** Every wait for a signal or a time, in order. */
  readonly waits: readonly WaitStep[];
  /** What it was told, by whom, and what was decided of that. */
  readonly signals: readonly (Shown<SignalBody> & Governed)[];
  /** Calls that were made again by design, in order. */
  readonly retries: readonly Shown<RetryBody>[];
  /** What was done, what of it was undone, and what stands; null where nothing was to be undone. */
  readonly saga: Saga | null;
  /** From which snapshot to which it was moved, by whom, and what was decided of that. */
  readonly moves: readonly (Shown<MigratedBody> & Governed)[];
  readonly findings: readonly Finding[];
}

export interface Standing {
  /** The node that comes next, or whose call has no answer; null where nobody can say. */
  readonly node: string | null;
  /** True at a call to the outside that was begun and has no answer. */
  readonly calling: boolean;
}

export interface StandingAt {
  readonly kind: "waiting" | "calling" | "retrying";
  readonly node: string;
  /** Null of a call: its answer comes when it comes. */
  readonly until: string | null;
  /** That it may be told; none of a timer, a call, a wait before the next attempt. */
  readonly signals: readonly string[];
}

export interface WaitStep {
  readonly seq: number;
  readonly node: string;
  readonly signals: readonly string[];
  readonly since: string;
  readonly until: string;
  /** Null where it has not ended. */
  readonly outcome: string | null;
  readonly at: string | null;
}

export type ShownLone =
  | ShownOf<RefusedBody>
  | ShownOf<SessionBody>
  | ShownOf<SessionEndedBody>
  | ShownOf<BootBody>
  | ShownOf<CutBody>;
type ShownOf<Body extends { readonly type: string }> = Shown<Body> & Pick<Body, "type">;

/** A record without what only its line needs. */
export type Shown<Body> = Omit<LedgerRecord & Body, "type" | "hash" | "prev">;
