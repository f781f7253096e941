/**
 * The authored artifacts as values, after the shape of each document was checked: what an author
 * wrote, with nothing filled in and nothing resolved. The JSON Schemas in `kinds/` say the same to
 * an editor.
 */
import type { Json, JsonObject } from "./json.ts";
import type { Label } from "./names.ts";

/** A JSON Schema 2020-12 as written; `$ref` is an artifact's name or a local pointer (`#/...`). */
export type SchemaText = JsonObject | boolean;

/** A binding as written: literals, objects and arrays in which a string `$.…` is a JSONPath. */
export type BindingText = Json;

interface Common {
  readonly code: string;
  readonly summary: string;
}

export interface DomainText extends Common {
  readonly kind: "domain";
  readonly uses?: readonly string[];
  /** Roles that policies may name, beside those that intents require. */
  readonly roles?: readonly string[];
}

export interface SchemaArtifactText extends Common {
  readonly kind: "schema";
  readonly schema: SchemaText;
}

export interface ExampleText {
  readonly input: Json;
  readonly outcome: string;
  readonly output: Json;
}

export interface TransformText extends Common {
  readonly kind: "transform";
  readonly input: SchemaText;
  /** Outcome name to the schema of its output. */
  readonly outcomes: Readonly<Record<string, SchemaText>>;
  /** A name in the table of implementations. */
  readonly implementation: string;
  readonly examples: readonly ExampleText[];
  /** Labels that the outputs shed: they carry only what their own schemas say of these. */
  readonly declassifies?: readonly Label[];
}

/** Semantics of the stores that the runtime keeps; their operations are the language's own. */
export type Semantics = "registry" | "stream" | "document";

export interface InternalEffectText extends Common {
  readonly kind: "effect";
  readonly semantics: Semantics;
  /** A word that names the store inside its domain. */
  readonly store: string;
  /** Registry and document only: the schema of keys, of type string. */
  readonly key?: SchemaText;
  /** The schema of values; of events, for a stream. */
  readonly value: SchemaText;
  /** The labels that values may carry into this store. */
  readonly clearance?: readonly Label[];
}

/**
 * Whether an operation may be called a second time under the same idempotency key when nobody knows
 * what became of the first: `unsafe` ends in IN_DOUBT instead.
 */
export type Repeat = "safe" | "unsafe";

export interface ExternalOperationText {
  readonly input: SchemaText;
  /** Outcome name to the schema of its output. */
  readonly outcomes: Readonly<Record<string, SchemaText>>;
  readonly repeat: Repeat;
  /** How long one call may take, as an ISO 8601 duration of hours, minutes, seconds: `PT10S`. */
  readonly timeout: string;
}

/** A door to the outside: one implementation, its settings, and what may be asked of it. */
export interface ExternalEffectText extends Common {
  readonly kind: "effect";
  readonly semantics: "external";
  /** A name in the table of implementations. */
  readonly implementation: string;
  /** What the implementation is held to, in its own terms: hosts that may be called, a folder. */
  readonly settings?: JsonObject;
  readonly operations: Readonly<Record<string, ExternalOperationText>>;
  /** The labels that an input may carry to the outside. */
  readonly clearance?: readonly Label[];
}

export type EffectText = InternalEffectText | ExternalEffectText;

export type RoutesText = Readonly<Record<string, string>>;

export interface TransformNodeText {
  readonly transform: string;
  readonly with?: BindingText;
  readonly on: RoutesText;
}

/** How a call is made again: the n-th wait is `wait` times `factor` to the n-1, at most `wait_max`. */
export interface RetryText {
  /** Declared outcomes, or TIMEOUT; never IN_DOUBT. */
  readonly outcomes: readonly string[];
  /** With the first one; at least 2. */
  readonly attempts: number;
  readonly wait: string;
  /** 1 where it is left out. */
  readonly factor?: number;
  readonly wait_max?: string;
}

/** What undoes a node's effect, should the execution end on an exit that compensates. */
export interface CompensateText {
  readonly effect: string;
  readonly op: string;
  /** May read the node's own output, and whatever was there when the node was passed. */
  readonly with?: BindingText;
  /** The node's outcomes after which there is something to undo; SUCCESS where it is left out. */
  readonly undoes?: readonly string[];
  /** Outcomes of the compensation after which nothing stands any more; SUCCESS where it is left out. */
  readonly done?: readonly string[];
  /** To the outside only. */
  readonly retry?: RetryText;
}

export interface EffectNodeText {
  readonly effect: string;
  readonly op: string;
  readonly with?: BindingText;
  /** To the outside only: shorter than the contract's. */
  readonly timeout?: string;
  readonly retry?: RetryText;
  readonly compensate?: CompensateText;
  /** Nothing undoes it: after these outcomes it stands; `true`: after SUCCESS, or any in doubt. */
  readonly irreversible?: true | readonly string[];
  /** Said of what is irreversible although something after it may still fail. */
  readonly pivot?: true;
  readonly on: RoutesText;
}

export type DecisionRowText =
  | { readonly when: SchemaText; readonly outcome: string }
  | { readonly otherwise: string };

export interface DecideNodeText {
  readonly decide: readonly DecisionRowText[];
  readonly with: BindingText;
  readonly on: RoutesText;
}

export interface CallNodeText {
  readonly call: string;
  readonly with?: BindingText;
  readonly on: RoutesText;
}

/** What may be told to an execution that waits; its name is the outcome that it leads to. */
export interface SignalText {
  readonly payload: SchemaText;
  /** So many different people have to say it; 1 where it is left out. */
  readonly people?: number;
  /** Not by who asked for the execution. */
  readonly not_requester?: true;
}

/** Waits for one of several signals until a deadline, or for a time. */
export type AwaitText =
  | {
      readonly signals: Readonly<Record<string, SignalText>>;
      /** A duration, or a path to a date and time. */
      readonly deadline: string;
    }
  /** A duration; a path to a date and time. */
  | { readonly after: string }
  | { readonly until: string };

export interface AwaitNodeText {
  readonly await: AwaitText;
  /** One for each signal, and TIMEOUT; or ELAPSED alone. */
  readonly on: RoutesText;
}

/** Runs a workflow for each item of a list, some at a time. */
export interface MapNodeText {
  /** The list. */
  readonly map: BindingText;
  /** The most items that it may have. */
  readonly max: number;
  /** How many at a time; 1 where it is left out. */
  readonly concurrency?: number;
  readonly call: string;
  /** The workflow's payload; may read `$.item`. */
  readonly with?: BindingText;
  /** Outcomes of the workflow with which an item has succeeded. */
  readonly succeed: readonly string[];
  /** The share of items that must have succeeded for PARTIAL; without it there is no PARTIAL. */
  readonly threshold?: number;
  /** Whether the output holds each item's outcome and result; not where it is left out. */
  readonly collect?: boolean;
  /** SUCCESS (all succeeded), PARTIAL, FAILED, and EMPTY for an empty list. */
  readonly on: RoutesText;
}

export interface BranchText {
  readonly call: string;
  readonly with?: BindingText;
  /** Outcomes of the workflow with which the branch has succeeded. */
  readonly succeed: readonly string[];
}

/** Runs several workflows side by side, and goes on when all of them have ended. */
export interface ParallelNodeText {
  readonly parallel: Readonly<Record<string, BranchText>>;
  /** SUCCESS (all succeeded) and FAILED. */
  readonly on: RoutesText;
}

export type NodeText =
  | TransformNodeText
  | EffectNodeText
  | DecideNodeText
  | CallNodeText
  | AwaitNodeText
  | MapNodeText
  | ParallelNodeText;

/** The end of a workflow. Exactly one of `outcome` and `compensate` stands. */
export interface ExitText {
  readonly outcome?: string;
  /** What was done is undone before: the outcome is COMPENSATED, or PARTLY_COMPENSATED. */
  readonly compensate?: true;
  readonly result?: BindingText;
}

export interface WorkflowText extends Common {
  readonly kind: "workflow";
  readonly payload: SchemaText;
  readonly start: string;
  readonly nodes: Readonly<Record<string, NodeText>>;
  readonly exits: Readonly<Record<string, ExitText>>;
  readonly on_fault: ExitText;
  /** What was done is undone when the execution is cancelled. */
  readonly on_cancel?: { readonly compensate: true };
}

/** What the caller must be, before any policy is asked. */
export interface RequiresText {
  /** At least one of them. */
  readonly roles?: readonly string[];
  /** Every one of them, with a value that fits. */
  readonly attributes?: Readonly<Record<string, SchemaText>>;
}

/** A stream whose events ask for the intent, each once, in order a key. */
export interface SubscribesText {
  readonly stream: string;
  /** A singular path; without it all events stand in one line. */
  readonly key?: string;
  /** The events that are delivered; without it, all of them. */
  readonly when?: SchemaText;
  readonly payload: BindingText;
}

export interface IntentText extends Common {
  readonly kind: "intent";
  /** `realm.action`, once in a workspace. */
  readonly type: string;
  readonly workflow: string;
  /** Narrower than the workflow's; the workflow's where it is left out. */
  readonly payload?: SchemaText;
  readonly requires?: RequiresText;
  /** What policies may ask of the intent itself. */
  readonly context?: Readonly<Record<string, string | number | boolean>>;
  readonly subscribes?: SubscribesText;
  readonly budget?: BudgetText;
}

/** What no path of the intent's workflow may exceed; held against the proven bounds. */
export interface BudgetText {
  readonly writes?: number;
  readonly external_calls?: number;
  readonly attempts?: number;
  readonly waits?: number;
  /** ISO 8601: from the beginning to any end, by timeouts. */
  readonly time?: string;
}

/** The roles that decide, in the order in which they are asked. */
export const DECIDING_ROLES = Object.freeze([
  "security_guard",
  "city_manager",
  "data_steward",
] as const);
export type DecidingRole = (typeof DECIDING_ROLES)[number];

export interface PolicyText extends Common {
  readonly kind: "policy";
  readonly role: DecidingRole;
  /** Types (`realm.action`) or names of intents; types of the language's own acts. */
  readonly intents: readonly string[];
  /** The text of one or several Cedar statements. */
  readonly cedar: string;
}

export type Verdict = "allow" | "deny";

export interface PrincipalText {
  readonly name: string;
  /** How it is known who asks; `token` where it is left out. */
  readonly identity?: "operator" | "token" | "runtime";
  readonly roles?: readonly string[];
  readonly attributes?: JsonObject;
}

export interface DecisionCaseText {
  readonly principal: PrincipalText;
  readonly tenant: string;
  /** A type or a name. */
  readonly intent: string;
  /** Of an act: what policies see of it. */
  readonly payload: Json;
  readonly expect: Verdict;
}

/** What the policies are expected to decide; no part of a snapshot. */
export interface DecisionsText extends Common {
  readonly kind: "decisions";
  readonly cases: readonly DecisionCaseText[];
}

/** Something that a path may come to; exactly one of `node`, `effect` and `label` stands. */
export interface PointText {
  /** A node, by its name in the graph (`check/score` inside a call). */
  readonly node?: string;
  /** An effect by name, with an operation or with any. */
  readonly effect?: string;
  readonly op?: string;
  /** Whatever carries such a label out of the execution's values. */
  readonly label?: string;
  /** Only with this outcome. */
  readonly outcome?: string;
}

/** What must hold on every path of named workflows. Exactly one of the laws stands. */
export interface InvariantText extends Common {
  readonly kind: "invariant";
  /** Names of workflows. */
  readonly workflows: readonly string[];
  /** Held only on paths that end with one of these outcomes; on all where it is left out. */
  readonly ending_in?: readonly string[];
  /** Every path to `then` has passed `first`. */
  readonly before?: { readonly first: PointText; readonly then: PointText };
  /** No path passes `first` and later `then`. */
  readonly never?: { readonly first: PointText; readonly then: PointText };
  readonly at_most?: { readonly times: number; readonly of: PointText };
  readonly exactly?: { readonly times: number; readonly of: PointText };
  /** Every path that passes `first` passes `then` later. */
  readonly always_followed_by?: { readonly first: PointText; readonly then: PointText };
  /** Nothing labelled so is in what `of` is given, or decides whether it happens, unless declassified. */
  readonly independent?: { readonly of: PointText; readonly label: Label };
  /** The effect is reached through these intents only; `workflows` is then left empty. */
  readonly only_from?: { readonly of: PointText; readonly intents: readonly string[] };
}

/** A case of a workflow: what comes in, what the outside says, and how it must go. */
export interface TestCaseText {
  readonly name: string;
  readonly payload: Json;
  /** By node: the answers that its calls get, in order; where there is none, the real transform runs. */
  readonly answers?: Readonly<
    Record<string, readonly { readonly outcome: string; readonly output?: Json }[]>
  >;
  /** The nodes that it must pass, in order, with their outcomes: `identify: SUCCESS`. */
  readonly path?: readonly Readonly<Record<string, string>>[];
  readonly outcome: string;
  readonly result?: Json;
}

/** Cases of a workflow; no part of a snapshot. */
export interface TestText extends Common {
  readonly kind: "test";
  readonly workflow: string;
  readonly cases: readonly TestCaseText[];
}

export type ArtifactText =
  | DomainText
  | SchemaArtifactText
  | TransformText
  | EffectText
  | WorkflowText
  | IntentText
  | PolicyText
  | DecisionsText
  | InvariantText
  | TestText;
