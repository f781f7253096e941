/**
 * Who decides what may be done under one snapshot: its sealed intents and policies, made ready once
 * and asked for every execution. A decision is a pure function of what is asked; nothing is read
 * elsewhere.
 */
import type { GovernedWorkflow, SealedIntent } from "../../protocol/language/governance.ts";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import type { Caller, Decision } from "../../protocol/language/records.ts";

/** Something that somebody asks for. */
export interface Asked {
  readonly tenant: string;
  readonly principal: string;
  readonly caller: Caller;
  /** The type of an intent, or of one of the runtime's own acts. */
  readonly intent: string;
  /** Of an intent: what it takes, in the clear. Of an act: what policies see of it. */
  readonly payload: Json;
}

export interface Ruled {
  readonly decision: Decision;
  /** What policies could see: nothing labelled. Null where nobody was asked. */
  readonly context: JsonObject | null;
}

export interface Governor {
  readonly decide: (asked: Asked) => Ruled;
  /** Undefined for a type that the snapshot has no intent of. */
  readonly intent: (type: string) => SealedIntent | undefined;
  /** All types of intents, sorted. */
  readonly types: readonly string[];
  /** What policies see of a workflow; undefined for one that the snapshot has not. */
  readonly workflow: (name: string) => GovernedWorkflow | undefined;
}
