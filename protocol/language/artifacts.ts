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

export interface EffectNodeText {
  readonly effect: string;
  readonly op: string;
  readonly with?: BindingText;
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

export type NodeText = TransformNodeText | EffectNodeText | DecideNodeText | CallNodeText;

export interface ExitText {
  readonly outcome: string;
  readonly result?: BindingText;
}

export interface WorkflowText extends Common {
  readonly kind: "workflow";
  readonly payload: SchemaText;
  readonly start: string;
  readonly nodes: Readonly<Record<string, NodeText>>;
  readonly exits: Readonly<Record<string, ExitText>>;
  readonly on_fault: ExitText;
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

export type ArtifactText =
  | DomainText
  | SchemaArtifactText
  | TransformText
  | EffectText
  | WorkflowText
  | IntentText
  | PolicyText
  | DecisionsText;
