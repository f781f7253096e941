/**
 * What goes into the machine and what comes out: a program, the state of one execution, facts and
 * commands. All of it is plain frozen data, but for the validators, which come in as a function;
 * nothing here knows of files, time or implementations.
 */
import type { Repeat } from "../../protocol/language/artifacts.ts";
import type { Graph, SealedPlace } from "../../protocol/language/graph.ts";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import type {
  CancelledBody,
  Identity,
  MachineBody,
  Reason,
  SignalBody,
} from "../../protocol/language/records.ts";
import type { Problem } from "../../protocol/language/refusal.ts";

export interface Program {
  readonly graph: Graph;
  /** Null where the value fits `graph.schemas[schema]`, else why not. */
  readonly fits: (schema: number, value: Json) => readonly Problem[] | null;
  /** Whether it fits, where nobody asks why not. */
  readonly matches: (schema: number, value: Json) => boolean;
}

/**
 * One execution between two facts. A value: `step` returns a new one and leaves the old. Each item
 * and each branch that is under way is an execution of its own, inside of the one that it forked from.
 */
export type Execution =
  | { readonly status: "new" }
  | Waiting
  | Forked
  | Joined
  | { readonly status: "finished" };

export interface Waiting {
  readonly status: "waiting";
  /** The node whose answer is awaited, and the input that it was given. */
  readonly at: number;
  readonly input: Json;
  readonly slots: Slots;
  /** Of a call to the outside: how often it was begun, this time included; 0 for the others. */
  readonly attempt: number;
  readonly done: Done | null;
  /** Null where a capability or a store is asked. */
  readonly wait: Wait | null;
  /** Null where what is asked is no compensation. */
  readonly undoing: Undoing | null;
}

/** At a `map` or a `parallel` whose items or branches have not all ended. */
export interface Forked {
  readonly status: "forked";
  readonly at: number;
  /** As they stood at the fork: each item and each branch begins with a copy. */
  readonly slots: Slots;
  /** What was done before, and by those that have ended. */
  readonly done: Done | null;
  /** Null for a `parallel`. */
  readonly items: readonly Json[] | null;
  /** The index of the next one to begin. */
  readonly next: number;
  /** Those under way, by their indices. */
  readonly live: readonly Live[];
  /** How many have ended with which outcome, and how many of them have succeeded. */
  readonly counts: { readonly [outcome: string]: number };
  readonly succeeded: number;
  /** Their ends, where the fork's output tells them; the last one first. */
  readonly ends: End | null;
}

export interface Live {
  readonly index: number;
  readonly execution: Waiting | Forked;
}

export interface End {
  readonly index: number;
  readonly outcome: string;
  readonly result: Json;
  readonly before: End | null;
}

/** An item or a branch that has ended. */
export interface Joined {
  readonly status: "joined";
  readonly outcome: string;
  readonly result: Json;
  readonly done: Done | null;
}

/** What was done and may have to be undone, the last one first; never changed, only added to. */
export interface Done {
  /** The node whose effect it is, and what records call it. */
  readonly node: number;
  readonly name: string;
  /** What undoes it, with the input as it was bound then; null where nothing does any more. */
  readonly undo:
    | { readonly at: number; readonly input: Json }
    | { readonly at: number; readonly violation: Reason }
    | null;
  readonly before: Done | null;
}

/** What a node waits for beside capabilities and stores. */
export type Wait =
  /** To be told what time it is; before a call is made again, with what came of the last one. */
  | { readonly kind: "arming"; readonly told: Told | null }
  /** For a time; and for signals, of which some may have been said. */
  | {
      readonly kind: "until";
      readonly until: string;
      readonly told: Told | null;
      readonly said: readonly Said[];
    };

/** Who says something, as far as people are told apart. */
export interface Person {
  readonly principal: string;
  readonly identity: Identity;
}

export interface Said {
  readonly signal: string;
  readonly by: Person;
}

/** What came of a node that asked. */
export interface Told {
  readonly outcome: string;
  readonly output?: Json;
  readonly reason?: Reason;
}

/** An `undo` node at work. */
export interface Undoing {
  readonly at: number;
  /** What is being undone, and what records call that which undoes it. */
  readonly now: Done;
  readonly name: string;
  /** What is still to be undone, and what is not to be, or cannot be. */
  readonly left: Done | null;
  readonly kept: Done | null;
  readonly compensated: Names | null;
  readonly stands: Names | null;
}

/** The last one first. */
export interface Names {
  readonly name: string;
  readonly before: Names | null;
}

/** By slot number; undefined where no node has written yet. Behind the last, how it is known who asked. */
export type Slots = readonly (Json | undefined)[];

export const NEW: Execution = Object.freeze({ status: "new" });

/** What came of asking: an outcome and its output, or why there is none. */
export type Answer =
  | { readonly outcome: string; readonly output: Json }
  | { readonly fault: Reason };

/** What came of a call to the outside; `unknown` where no answer came and nobody knows. */
export type CallAnswer = Answer | { readonly unknown: Reason };

/**
 * Which item or branch of which, from the outermost in: the index of the item or of the branch.
 * Absent outside of `map` and `parallel`.
 */
export type Branch = readonly number[];

/** Where an answer belongs to: the node that asked, and the branch in which it did. */
export interface Asked {
  readonly node: number;
  readonly branch?: Branch;
}

export type Fact =
  | {
      readonly kind: "accepted";
      readonly payload: Json;
      readonly context: JsonObject;
      /** How it is known who asks; the context has the name. */
      readonly identity: Identity;
    }
  /** A transform's answer. */
  | (Asked & { readonly kind: "result"; readonly answer: Answer })
  /** An internal effect's answer. */
  | (Asked & { readonly kind: "committed"; readonly answer: Answer })
  /** What came of a call to the outside. */
  | (Asked & { readonly kind: "answered"; readonly answer: CallAnswer })
  /** The process stopped between the attempt at a call and its answer. */
  | (Asked & { readonly kind: "interrupted" })
  /** What time it is where a wait begins: RFC 3339, UTC, milliseconds, of the ledger. */
  | (Asked & { readonly kind: "armed"; readonly now: string })
  /** The time that a node waits for, or at which it gives up waiting, has come. */
  | (Asked & { readonly kind: "elapsed" })
  /** Somebody who may told the execution what it waits for. */
  | (Asked & { readonly kind: "signalled"; readonly order: SignalOrder })
  | CancelFact;

/** On whose behalf, by which decision, and what: in the clear. */
export type SignalOrder = Omit<SignalBody, "type" | "node">;

/** Somebody who may ends the execution where it waits. An answer that comes later is not heard. */
export interface CancelFact extends Asked {
  readonly kind: "cancel";
  readonly order: CancelOrder;
}

/** On whose behalf an execution is cancelled, by which decision, and why. */
export type CancelOrder = Omit<CancelledBody, "type" | "node" | "in_doubt" | "to">;

export interface RecordCommand {
  readonly kind: "record";
  /** In the clear: whoever writes it down seals the places first. */
  readonly body: MachineBody;
  /** Labelled places of `body.output`; of an effect's `body.value`, an attempt's `body.input`, a signal's `body.payload`. */
  readonly sealOutput: readonly SealedPlace[];
  readonly sealValue: readonly SealedPlace[];
}

export interface InvokeCommand extends Asked {
  readonly kind: "invoke";
  readonly name: string;
  readonly implementation: string;
  /** Frozen. */
  readonly input: Json;
  /** True where a message of the implementation may tell a labelled value. */
  readonly confidential: boolean;
}

export interface CommitCommand extends Asked {
  readonly kind: "commit";
  readonly name: string;
  readonly store: string;
  readonly operation: string;
  /** In the clear; `sealInput` says what of it must not stand in the store that way. */
  readonly input: JsonObject;
  readonly sealInput: readonly SealedPlace[];
  /** Labelled places of what the store gives back, an outcome. */
  readonly seal: { readonly [outcome: string]: readonly SealedPlace[] };
}

/** Made only when the record of the attempt, which stands before it, is durable. */
export interface CallCommand extends Asked {
  readonly kind: "call";
  readonly name: string;
  readonly implementation: string;
  readonly operation: string;
  readonly settings: JsonObject;
  /** Frozen, in the clear. */
  readonly input: Json;
  readonly repeat: Repeat;
  readonly timeoutMs: number;
  readonly idempotencyKey: string;
  readonly attempt: number;
  /** True where a message of the implementation may tell a labelled value. */
  readonly confidential: boolean;
}

/** Asks for the time, which is answered by `armed`: a wait begins. */
export interface ArmCommand extends Asked {
  readonly kind: "arm";
  readonly name: string;
}

/** Answered by `signalled`, any number of times, or by `elapsed` when it is time. */
export interface WaitCommand extends Asked {
  readonly kind: "wait";
  readonly name: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly until: string;
  /** Names of the signals that are waited for; none for a timer, or before a call is made again. */
  readonly signals: readonly string[];
}

export interface FinishCommand {
  readonly kind: "finish";
  readonly exit: string;
  readonly outcome: string;
  readonly result: Json;
  readonly seal: readonly SealedPlace[];
  /** True on the workflow's fault route. */
  readonly fault: boolean;
}

export type Command =
  | RecordCommand
  | InvokeCommand
  | CommitCommand
  | ArmCommand
  | CallCommand
  | WaitCommand
  | FinishCommand;

/** Commands whose answer takes time: there may be several at once, and answers come in any order. */
export type PendingCommand = CallCommand | WaitCommand;

export interface Step {
  readonly execution: Execution;
  /** Records in order; the last one asks for an answer or finishes. */
  readonly commands: readonly Command[];
}

/** A step while it is being made. Nothing of it is seen outside before the step is whole. */
export interface Walk {
  readonly program: Program;
  readonly slots: (Json | undefined)[];
  readonly commands: Command[];
  done: Done | null;
  undoing: Undoing | null;
  /** Null outside of all branches. */
  readonly scope: Scope | null;
}

/** The branch that is walked through, and how its nodes are called there. */
export interface Scope {
  readonly branch: Branch;
  /** The fork's name in the graph, with which the names of all of the branch's nodes begin. */
  readonly sealed: string;
  /** What records call the fork, and what stands in them for its name: with the index, for a map. */
  readonly fork: string;
  readonly told: string;
}
