/**
 * What may be asked of the runtime itself, and is governed like any intent: the realm `pgs` belongs
 * to the language. Policies name these acts by their type; what they see as `context` is told here.
 */
import type { CedarRecord } from "./governance.ts";

/** No authored intent outside of the domain `platform` has a type of this realm. */
export const ACT_REALM = "pgs";

const text = { type: "String", required: true } as const;
const flag = { type: "Boolean", required: true } as const;
const texts = { type: "Set", element: { type: "String" }, required: true } as const;

/** What policies see of a workflow: as `GovernedWorkflow` says it. */
export const REACH_TYPE = Object.freeze({
  type: "Record",
  attributes: { effects: texts, clearance: texts, outside: flag },
} as const satisfies CedarRecord);

export interface Act {
  readonly type: string;
  readonly summary: string;
  readonly context: CedarRecord;
}

function act(type: string, summary: string, attributes: CedarRecord["attributes"]): Act {
  return Object.freeze({ type, summary, context: { type: "Record", attributes } } as const);
}

export const RUN_ACT = act("pgs.run", "Run a workflow by its name, without an intent.", {
  workflow: text,
  labels: texts,
  reach: { ...REACH_TYPE, required: true },
});

/** `own`: by the principal who had asked for it. */
export const CANCEL_ACT = act("pgs.cancel", "End an execution before its time.", {
  workflow: text,
  intent: text,
  own: flag,
});

/** `node` as records name it; `own`: by the principal who had asked for the execution. */
export const SIGNAL_ACT = act("pgs.signal", "Tell an execution what it waits for.", {
  workflow: text,
  intent: text,
  node: text,
  signal: text,
  own: flag,
});

/** `from` and `to`: the snapshots that it leaves, and that it goes on under. */
export const MIGRATE_ACT = act(
  "pgs.migrate",
  "Let an open execution go on under another snapshot.",
  {
    workflow: text,
    intent: text,
    from: text,
    to: text,
  },
);

/** Of an execution that ended with something standing; `own`: by the principal who had asked for it. */
export const SAGA_RETRY_ACT = act("pgs.saga_retry", "Try again to undo what stands.", {
  workflow: text,
  intent: text,
  own: flag,
});

export const OPEN_SESSION_ACT = act("pgs.open_session", "Open a session of one's own.", {
  seconds: { type: "Long", required: true },
});

/** `own`: by the principal whose session it is. */
export const END_SESSION_ACT = act("pgs.end_session", "End a session before its time.", {
  own: flag,
});

/** Sorted by type. */
export const ACTS: readonly Act[] = Object.freeze([
  CANCEL_ACT,
  END_SESSION_ACT,
  MIGRATE_ACT,
  OPEN_SESSION_ACT,
  RUN_ACT,
  SAGA_RETRY_ACT,
  SIGNAL_ACT,
]);

/** The intent that the runtime itself asks for when it comes to life; authored in `platform`. */
export const BOOT_INTENT = "pgs.boot";

/** The tenant of what the runtime does on its own; no other can have such a name. */
export const GENESIS_TENANT = "_genesis";
/** The principal that asks there. */
export const GENESIS_PRINCIPAL = "pgs";
