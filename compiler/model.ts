/**
 * What the passes hand to each other. A pass takes one of these values and returns the next with
 * its findings; it never throws at the author. Positions survive every hand-over: each artifact
 * keeps the document that it came from.
 */
import type {
  DecisionsText,
  DomainText,
  EffectText,
  ExternalEffectText,
  IntentText,
  InternalEffectText,
  InvariantText,
  NodeText,
  PointText,
  PolicyText,
  Repeat,
  SchemaArtifactText,
  TestText,
  TransformText,
  WorkflowText,
} from "../protocol/language/artifacts.ts";
import type { Digest } from "../protocol/language/digest.ts";
import type { Binding, Check, Retry, SealedPlace } from "../protocol/language/graph.ts";
import type { JsonObject } from "../protocol/language/json.ts";
import type { Manifest } from "../protocol/language/manifest.ts";
import type { FullName, Label } from "../protocol/language/names.ts";
import type { Operations } from "../protocol/language/semantics.ts";
import type { SubscriptionRoot } from "../protocol/language/subscription.ts";
import type { Diagnostic, Span } from "./diagnostic.ts";

/** The result of a pass. With an error among the diagnostics, the passes after it do not run. */
export interface Passed<T> {
  readonly value: T;
  readonly diagnostics: readonly Diagnostic[];
}

/** A file as it was read. */
export interface Source {
  /** As it is shown: relative to the workspace, or to the program for the domain `platform`. */
  readonly file: string;
  /** The folder below `protocol/domains`. */
  readonly domain: string;
  readonly text: string;
}

export type PathStep = string | number;

/** One YAML document, with the place of everything in it. */
export interface ParsedDocument {
  readonly source: Source;
  readonly value: JsonObject;
  /**
   * The place of a value, or of its key, by the steps that lead to it. Where a step is not there,
   * the place of the nearest one that is.
   */
  readonly spanOf: (path: readonly PathStep[], part?: "key" | "value") => Span;
}

/** A document whose shape is right: `text` may be believed. */
export interface Artifact<T> {
  readonly domain: string;
  readonly name: FullName;
  readonly text: T;
  readonly document: ParsedDocument;
}

export interface Shaped {
  readonly domains: readonly Artifact<DomainText>[];
  readonly schemas: readonly Artifact<SchemaArtifactText>[];
  readonly transforms: readonly Artifact<TransformText>[];
  readonly effects: readonly Artifact<EffectText>[];
  readonly workflows: readonly Artifact<WorkflowText>[];
  readonly intents: readonly Artifact<IntentText>[];
  readonly policies: readonly Artifact<PolicyText>[];
  readonly decisions: readonly Artifact<DecisionsText>[];
  readonly invariants: readonly Artifact<InvariantText>[];
  readonly tests: readonly Artifact<TestText>[];
}

/** A JSON Schema whose `$ref`s were all replaced by what they name: self-contained, acyclic. */
export type Schema = JsonObject | boolean;

export interface ResolvedTransform {
  readonly artifact: Artifact<TransformText>;
  readonly input: Schema;
  readonly outcomes: ReadonlyMap<string, Schema>;
}

export interface ResolvedEffect {
  readonly artifact: Artifact<InternalEffectText>;
  /** `domain/store`. */
  readonly store: string;
  readonly operations: Operations;
}

export interface ExternalOperation {
  readonly input: Schema;
  readonly outcomes: ReadonlyMap<string, Schema>;
  readonly repeat: Repeat;
  readonly timeoutMs: number;
}

/** A contract of calls to the outside. */
export interface ResolvedExternal {
  readonly artifact: Artifact<ExternalEffectText>;
  readonly operations: ReadonlyMap<string, ExternalOperation>;
}

export interface ResolvedEffectNode {
  readonly kind: "effect";
  readonly name: string;
  readonly effect: ResolvedEffect;
  readonly operation: string;
  readonly undoing?: Undoing;
}

export interface ResolvedExternalNode {
  readonly kind: "external";
  readonly name: string;
  readonly external: ResolvedExternal;
  readonly operationName: string;
  /** With the node's own time limit, where it sets one. */
  readonly operation: ExternalOperation;
  readonly retry?: Retry;
  readonly undoing?: Undoing;
}

/** What becomes of an effect where an execution compensates; absent where nothing is said of it. */
export interface Undoing {
  /** `<node>/compensate`; null where nothing undoes it. */
  readonly by: ResolvedEffectNode | ResolvedExternalNode | null;
  /** Outcomes of the node after which there is something to undo, or after which it stands. */
  readonly after: readonly string[];
  /** Outcomes of `by` after which nothing stands any more. */
  readonly done: readonly string[];
}

export interface ResolvedSignal {
  readonly payload: Schema;
  readonly people: number;
  readonly notRequester: boolean;
}

export interface ResolvedAwait {
  readonly kind: "await";
  readonly name: string;
  /** In the order written; empty for a timer. */
  readonly signals: ReadonlyMap<string, ResolvedSignal>;
  /** How long; null where a path says until when. */
  readonly afterMs: number | null;
}

/** What runs a workflow for each item of a list. */
export interface ResolvedMap {
  readonly kind: "map";
  readonly name: string;
  readonly workflow: FullName;
  readonly max: number;
  readonly concurrency: number;
  readonly succeed: readonly string[];
  readonly threshold: number | null;
  readonly collect: boolean;
}

/** What runs workflows side by side. */
export interface ResolvedParallel {
  readonly kind: "parallel";
  readonly name: string;
  /** In the order written. */
  readonly branches: readonly {
    readonly name: string;
    readonly workflow: FullName;
    readonly succeed: readonly string[];
  }[];
}

export type ResolvedNode =
  | { readonly kind: "transform"; readonly name: string; readonly transform: ResolvedTransform }
  | ResolvedEffectNode
  | ResolvedExternalNode
  | ResolvedAwait
  | {
      readonly kind: "decide";
      readonly name: string;
      /** By row; the last row is `otherwise` and has no schema. */
      readonly rows: readonly { readonly when: Schema; readonly outcome: string }[];
      readonly otherwise: string;
    }
  | { readonly kind: "call"; readonly name: string; readonly workflow: FullName }
  | ResolvedMap
  | ResolvedParallel;

export interface ResolvedWorkflow {
  readonly artifact: Artifact<WorkflowText>;
  readonly payload: Schema;
  /** In the order written. `artifact.text.nodes[name]` is the node as written. */
  readonly nodes: readonly ResolvedNode[];
}

/** What an intent subscribes to. */
export interface ResolvedSubscription {
  readonly stream: ResolvedEffect;
  readonly event: Schema;
  /** Null where every event is delivered. */
  readonly when: Schema | null;
}

export interface ResolvedIntent {
  readonly artifact: Artifact<IntentText>;
  readonly workflow: FullName;
  /** Its own; null where it takes what the workflow takes. */
  readonly payload: Schema | null;
  /** What is required of the caller's attributes. */
  readonly attributes: ReadonlyMap<string, Schema>;
  readonly subscription: ResolvedSubscription | null;
}

export interface ResolvedPolicy {
  readonly artifact: Artifact<PolicyText>;
  /** Types of intents, and of the language's own acts; each once. */
  readonly intents: readonly string[];
}

export interface ResolvedDecisions {
  readonly artifact: Artifact<DecisionsText>;
  /** The type of the intent, or of the act, of each case. */
  readonly intents: readonly string[];
}

/** Something that a path may come to, its effect's name resolved. */
export interface ResolvedPoint {
  readonly text: PointText;
  readonly effect: FullName | null;
  /** Where it stands in the document. */
  readonly at: readonly PathStep[];
}

/** What an invariant says. */
export type ResolvedLaw =
  | {
      readonly kind: "before" | "never" | "always_followed_by";
      readonly first: ResolvedPoint;
      readonly second: ResolvedPoint;
    }
  | { readonly kind: "at_most" | "exactly"; readonly times: number; readonly of: ResolvedPoint }
  | { readonly kind: "independent"; readonly of: ResolvedPoint; readonly label: Label }
  | {
      readonly kind: "only_from";
      readonly of: ResolvedPoint;
      readonly intents: readonly FullName[];
    };

export interface ResolvedInvariant {
  readonly artifact: Artifact<InvariantText>;
  readonly workflows: readonly FullName[];
  readonly law: ResolvedLaw;
}

export interface ResolvedTest {
  readonly artifact: Artifact<TestText>;
  readonly workflow: FullName;
}

/** Who may try what, before anything is known of Cedar. */
export interface Governance {
  readonly intents: ReadonlyMap<FullName, ResolvedIntent>;
  readonly policies: readonly ResolvedPolicy[];
  readonly decisions: readonly ResolvedDecisions[];
  /** Those that domains declare. */
  readonly roles: readonly string[];
}

/** Every name stands for one artifact, no calls and no schemas in circles. */
export interface World {
  readonly shaped: Shaped;
  readonly transforms: ReadonlyMap<FullName, ResolvedTransform>;
  /** Stores that the runtime keeps, and calls to the outside. */
  readonly effects: ReadonlyMap<FullName, ResolvedEffect>;
  readonly externals: ReadonlyMap<FullName, ResolvedExternal>;
  /** Callees before their callers. */
  readonly workflows: ReadonlyMap<FullName, ResolvedWorkflow>;
  readonly governance: Governance;
  readonly invariants: readonly ResolvedInvariant[];
  readonly tests: readonly ResolvedTest[];
}

/**
 * A binding whose paths are parsed, before slots are known: as the graph's `Binding`, with the
 * root's name where the slot number will stand.
 */
export type RootName = "payload" | "context" | "item" | `nodes.${string}` | SubscriptionRoot;

export interface TypedBinding {
  /** `Binding` whose slots index `roots`. */
  readonly binding: Binding;
  readonly roots: readonly RootName[];
  /** True where the binding can fail at run time: a plural path, or a step not proven to exist. */
  readonly fallible: boolean;
}

export interface TypedNode {
  readonly node: ResolvedNode;
  readonly text: NodeText;
  readonly input: TypedBinding;
  /** The schema of the input; null where none is asked for (decide) or it was proven to fit. */
  readonly check: Schema | null;
  /** True where VIOLATION can happen: the binding may fail, or a check stays. */
  readonly mayViolate: boolean;
  /** True where FAULT can happen. */
  readonly mayFault: boolean;
  /** Labelled places of the input as bound, and of the output, an outcome. */
  readonly sealInput: readonly SealedPlace[];
  readonly sealOutput: ReadonlyMap<string, readonly SealedPlace[]>;
  /** What undoes it: a node of its own, to which no route leads. */
  readonly compensation?: TypedNode;
  /** What a fork runs: the one workflow of a map, or those of a parallel's branches, in their order. */
  readonly bodies?: readonly TypedBody[];
  /** Of a map whose list is proven to hold something, so that it never ends in EMPTY. */
  readonly neverEmpty?: true;
}

/** What a fork runs: the called workflow and what it is given. */
export interface TypedBody {
  readonly workflow: FullName;
  /** May read `item` in a map. */
  readonly input: TypedBinding;
  readonly check: Schema | null;
  readonly sealInput: readonly SealedPlace[];
}

export interface TypedExit {
  /** COMPENSATED where it compensates: it may end in PARTLY_COMPENSATED as well. */
  readonly outcome: string;
  readonly compensate?: true;
  readonly result: TypedBinding;
  readonly seal: readonly SealedPlace[];
}

export interface TypedWorkflow {
  readonly workflow: ResolvedWorkflow;
  readonly sealPayload: readonly SealedPlace[];
  readonly nodes: ReadonlyMap<string, TypedNode>;
  readonly exits: ReadonlyMap<string, TypedExit>;
  readonly onFault: TypedExit;
}

/** A subscription whose bindings were held against what they read and where they go. */
export interface TypedSubscription {
  readonly subscription: ResolvedSubscription;
  readonly key: TypedBinding | null;
  readonly payload: TypedBinding;
}

/** A check that stays for run time, for `pgs compile --verbose`. */
export interface UndecidedCheck {
  readonly workflow: FullName;
  readonly node: string;
  readonly why: string;
  readonly span: Span;
}

export interface Typed {
  readonly world: World;
  readonly workflows: ReadonlyMap<FullName, TypedWorkflow>;
  /** By intent. */
  readonly subscriptions: ReadonlyMap<FullName, TypedSubscription>;
  readonly undecided: readonly UndecidedCheck[];
}

/** A snapshot before it is written: its id, and every file of it by its path in the folder. */
export interface SealedSnapshot {
  readonly id: Digest;
  readonly manifest: Manifest;
  readonly files: ReadonlyMap<string, string>;
}

/** `Check` of the sealed graph is an index; until then a schema. */
export type { Check };
