/**
 * What a snapshot holds of who may try what: the table of intents, and the policies with the types
 * that they were checked against. Both files stand in every snapshot.
 *
 *   snapshots/<id>/intents.json
 *   snapshots/<id>/policies.json
 */
import type { DecidingRole } from "./artifacts.ts";
import type { CedarExpression } from "./cedar-expression.ts";
import type { Json, JsonObject } from "./json.ts";
import type { FullName, Label } from "./names.ts";
import type { Caller } from "./records.ts";
import type { SealedSubscription } from "./subscription.ts";

export const INTENTS_FILE = "intents.json";
export const POLICIES_FILE = "policies.json";
export const GOVERNANCE_FILES: readonly string[] = Object.freeze([INTENTS_FILE, POLICIES_FILE]);

/** What no path of an intent's workflow exceeds: proven when it was sealed, asked by nobody who runs. */
export interface SealedBudget {
  readonly writes?: number;
  readonly external_calls?: number;
  readonly attempts?: number;
  readonly waits?: number;
  readonly time_ms?: number;
}

export interface SealedIntent {
  /** `realm.action`. */
  readonly type: string;
  readonly intent: FullName;
  readonly summary: string;
  readonly workflow: FullName;
  /** A self-contained JSON Schema; what fits it is then held against the workflow's own. */
  readonly payload: JsonObject | boolean;
  readonly requires: {
    /** The caller has at least one of them; with none listed, nothing is asked. Sorted. */
    readonly roles: readonly string[];
    /** The caller has each of them, with a value that fits. */
    readonly attributes: Readonly<Record<string, JsonObject | boolean>>;
  };
  /** What policies see as `context.solution`. */
  readonly context: Readonly<Record<string, string | number | boolean>>;
  /** The labels that places of the payload carry, sorted: what policies see as `context.labels`. */
  readonly labels: readonly Label[];
  /** The stream whose events it is asked for with, where there is one. */
  readonly subscribes?: SealedSubscription;
  /** Where it has one; snapshots of older days hold none. */
  readonly budget?: SealedBudget;
}

/** Where the values of a payload may go at most, whatever path is taken. */
export interface Reach {
  /** The effects that may be asked, sorted; those of called workflows included. */
  readonly effects: readonly FullName[];
  /** The labels that some of these effects may receive, sorted. */
  readonly clearance: readonly Label[];
  /** True where one of them calls the outside. */
  readonly outside: boolean;
}

/** What policies see of a workflow, however it is asked for. */
export interface GovernedWorkflow {
  readonly workflow: FullName;
  /** The labels that places of its payload carry, sorted. */
  readonly labels: readonly Label[];
  readonly reach: Reach;
}

export interface IntentTable {
  /** Sorted by type, each type once. */
  readonly intents: readonly SealedIntent[];
  /** Every workflow of the snapshot, sorted by name. */
  readonly workflows: readonly GovernedWorkflow[];
}

export interface SealedStatement {
  /** `domain::PO_NAME_V0#1`: its policy, and its place in it from 1. */
  readonly id: string;
  readonly effect: "permit" | "forbid";
  /** As it was written, for people. */
  readonly cedar: string;
  /** The same for whoever decides: it applies where all of them hold, asked in their order. */
  readonly conditions: readonly CedarExpression[];
}

export interface SealedPolicy {
  readonly policy: FullName;
  readonly summary: string;
  readonly role: DecidingRole;
  /** Types of intents, sorted: for these its statements are evaluated, and for no others. */
  readonly intents: readonly string[];
  readonly statements: readonly SealedStatement[];
}

/** The types that policies are checked with, at compile time and again with every request. */
export type CedarType =
  | { readonly type: "String" | "Long" | "Boolean" }
  | { readonly type: "Set"; readonly element: CedarType }
  | { readonly type: "Record"; readonly attributes: Readonly<Record<string, CedarAttribute>> };
export type CedarAttribute = CedarType & { readonly required: boolean };
export type CedarRecord = Extract<CedarType, { readonly type: "Record" }>;

export interface CedarAction {
  readonly appliesTo: {
    readonly principalTypes: readonly ["Principal"];
    readonly resourceTypes: readonly ["Tenant"];
    readonly context: CedarRecord;
  };
}

/** A Cedar schema in its JSON form, of the one shape that the compiler generates. */
export interface CedarSchema {
  readonly "": {
    readonly entityTypes: {
      readonly Principal: {
        readonly memberOfTypes: readonly string[];
        readonly shape: CedarRecord;
      };
      readonly Tenant: Readonly<Record<string, never>>;
      /** Where an intent names a role: all of them that any names. */
      readonly Role?: { readonly enum: readonly string[] };
    };
    /** By the type of the intent. */
    readonly actions: Readonly<Record<string, CedarAction>>;
  };
}

export interface PolicyTable {
  readonly cedar: CedarSchema;
  /** Sorted by name. */
  readonly policies: readonly SealedPolicy[];
}

export interface SealedGovernance {
  readonly intents: IntentTable;
  readonly policies: PolicyTable;
}

/** A case of a table of decisions, for whoever tries it against policies. */
export interface DecisionCase {
  readonly principal: { readonly name: string } & Caller;
  readonly tenant: string;
  /** The type of the intent. */
  readonly intent: string;
  readonly payload: Json;
}
