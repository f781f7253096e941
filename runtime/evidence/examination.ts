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
  OpenedBody,
  Reason,
  RefusedBody,
  SessionBody,
  SessionEndedBody,
} from "../../protocol/language/records.ts";
import type { Governor } from "../policy/governor.ts";
import type { Snapshot } from "../ports.ts";
import type { Finding, Locate } from "./findings.ts";
import type { AskedBy, Governed } from "./governed.ts";
import type { EvidenceProblem } from "./problem.ts";
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
  /** Where an execution stands that the ledger shows without an end; null for every other. */
  readonly open: Standing | null;
  readonly findings: readonly Finding[];
}

export interface Standing {
  /** The node that comes next, or whose call has no answer; null where nobody can say. */
  readonly node: string | null;
  /** True at a call to the outside that was begun and has no answer. */
  readonly calling: boolean;
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
