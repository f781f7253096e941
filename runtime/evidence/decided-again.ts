/**
 * What a record says was decided, decided again: by the policies of its own snapshot, from the
 * record alone. Labelled values stay sealed in it, and no policy ever saw them. It compares all of
 * a decision, field by field; what cannot be asked any more is told as a difference, too.
 */
import {
  CANCEL_ACT,
  END_SESSION_ACT,
  MIGRATE_ACT,
  OPEN_SESSION_ACT,
  RUN_ACT,
  SAGA_RETRY_ACT,
  SIGNAL_ACT,
} from "../../protocol/language/acts.ts";
import type { Digest } from "../../protocol/language/digest.ts";
import { type Json, type JsonObject, member } from "../../protocol/language/json.ts";
import type {
  Caller,
  CancelledBody,
  Decision,
  LedgerRecord,
  MigratedBody,
  OpenedBody,
  RefusedBody,
  SessionBody,
  SessionEndedBody,
  SignalBody,
} from "../../protocol/language/records.ts";
import { deliveryKey } from "../../protocol/language/subscription.ts";
import { denial } from "../acceptance.ts";
import { equal } from "../machine/compare.ts";
import type { Asked, Governor, Ruled } from "../policy/governor.ts";
import { retryContext, undoneBy } from "../snapshot/undo-graph.ts";
import { type Difference, firstDifference } from "./difference.ts";
import { isToldAs } from "./refusal-codes.ts";

/** A record that says what was decided. */
export type Decided = LedgerRecord &
  (
    | OpenedBody
    | RefusedBody
    | SessionBody
    | SessionEndedBody
    | CancelledBody
    | SignalBody
    | MigratedBody
  );

export function isDecided(record: LedgerRecord): record is Decided {
  return "policy" in record;
}

/** Whose policies decided. An execution is moved by those of the snapshot that it is moved to. */
export function decidedUnder(record: Decided): Digest {
  return record.type === "migrated" ? record.to_snapshot : record.snapshot;
}

/** Whose a session is: a name alone does not make somebody its holder. */
export interface Holder {
  readonly principal: string;
  readonly caller: Pick<Caller, "identity">;
}

/** Records beside the one that is decided again, as far as they are at hand. */
export interface Around {
  /** Of a cancellation, a signal, a move: the execution that it is of. */
  readonly opened?: Pick<OpenedBody, "workflow" | "intent" | "principal" | "caller"> | undefined;
  /** Of the end of a session: whose it is. */
  readonly holder?: Holder | undefined;
}

export const DECIDED_OTHERWISE = "policy/decided-otherwise";

/** Where the record and the policies differ; undefined where they do not, or nobody was asked. */
export function decideAgain(
  record: Decided,
  governor: Governor,
  around: Around = {},
): Difference | undefined {
  const intent = intentOf(record);
  const { policy } = record;
  const other = otherWorkflow(record, intent, governor) ?? otherDelivery(record, governor);
  if (other !== undefined || policy === null) return other;
  const ruled = governor.decide(askedIn(record, governor, around));
  return (
    otherDecision(policy, ruled.decision) ??
    (record.type === "refused" ? otherRefusal(record, ruled) : undefined)
  );
}

/** What a governor is asked, as the record says it. */
export function askedIn(record: Decided, governor: Governor, around: Around): Asked {
  const { tenant, principal, caller } = record;
  const payload = payloadOf(record, { governor, around });
  const intent = intentOf(record);
  // What policies see of a workflow is the same whenever this governor is asked of it.
  const isRun = record.type === "opened" && intent === RUN_ACT.type;
  const fixed = isRun ? record.workflow : undefined;
  return { tenant, principal, caller, intent, payload, fixed };
}

/** What policies could see, and in which words it was told; a cancellation says of what, behind them. */
function otherRefusal(record: LedgerRecord & RefusedBody, ruled: Ruled): Difference | undefined {
  const { tenant, principal, caller, intent, context, message } = record;
  const asked = { tenant, principal, caller, intent, payload: null };
  const told = denial(asked, ruled.decision).message;
  return (
    firstDifference(context, ruled.context, ["context"]) ??
    (isToldAs(message, told, intent) ? undefined : firstDifference(message, told, ["message"]))
  );
}

/** One line of what differs: the values are what policies may see, never labelled. */
export function differenceText({ field, expected, found }: Difference): string {
  const values = [expected, found].map((value) => JSON.stringify(value));
  return `decided again, \`${field}\` is ${values[1]}, and the record says ${values[0]}`;
}

/** The type of what was asked for. */
export function intentOf(record: Decided): string {
  switch (record.type) {
    case "opened":
    case "refused":
      return record.intent;
    case "session":
      return OPEN_SESSION_ACT.type;
    case "session-ended":
      return END_SESSION_ACT.type;
    case "cancelled":
      return CANCEL_ACT.type;
    case "signal":
      return SIGNAL_ACT.type;
    case "migrated":
      return MIGRATE_ACT.type;
  }
}

/** Who asks, as a record says it. */
export interface Asker {
  readonly tenant: string;
  readonly principal: string;
  readonly caller: Caller;
}

/** The table of intents says which workflow answers; whoever runs one by its name names it. */
function otherWorkflow(
  record: Decided,
  intent: string,
  governor: Governor,
): Difference | undefined {
  if (record.type !== "opened" && record.type !== "refused") return undefined;
  const { workflow } = record;
  const sealed = governor.intent(intent);
  if (sealed !== undefined) {
    return firstDifference(workflow, sealed.workflow, ["workflow"]);
  }
  const isAct = record.type === "refused" ? ACT_TYPES.has(intent) : intent === SAGA_RETRY_ACT.type;
  if (intent !== RUN_ACT.type && !isAct) return firstDifference(intent, null, ["intent"]);
  const ran = record.type === "opened" && isAct ? undoneBy(record.workflow)?.workflow : workflow;
  if (ran === null) return undefined;
  if (ran !== undefined && governor.workflow(ran) !== undefined) return undefined;
  return firstDifference(workflow, null, ["workflow"]);
}

/** An event is delivered to an intent that subscribes to its stream, under a key of its own. */
function otherDelivery(record: Decided, governor: Governor): Difference | undefined {
  if (record.type !== "opened" && record.type !== "refused") return undefined;
  const { cause, intent, idempotency_key: key } = record;
  const sealed = governor.intent(intent);
  if (cause === undefined || sealed === undefined) return undefined;
  return (
    firstDifference(cause.store, sealed.subscribes?.store ?? null, ["cause", "store"]) ??
    firstDifference(key, deliveryKey(sealed.intent, cause.position), ["idempotency_key"])
  );
}

const ACT_TYPES: ReadonlySet<string> = new Set([
  CANCEL_ACT.type,
  END_SESSION_ACT.type,
  MIGRATE_ACT.type,
  OPEN_SESSION_ACT.type,
  SAGA_RETRY_ACT.type,
  SIGNAL_ACT.type,
]);

interface With {
  readonly governor: Governor;
  readonly around: Around;
}

/** What the governor is told, as far as policies can see it. */
function payloadOf(record: Decided, { governor, around }: With): Json {
  switch (record.type) {
    case "opened":
      return openedPayload(record, governor);
    case "refused":
      return refusedPayload(record, governor);
    case "session":
      return { seconds: secondsOf(record) };
    case "session-ended": {
      const { holder } = around;
      return { own: holder === undefined ? ownSeen(record.policy) : isHolder(record, holder) };
    }
    case "cancelled":
      return { ...execution(around), own: isOwn(record, around) };
    case "signal": {
      const { node, signal } = record;
      return { ...execution(around), node, signal, own: isOwn(record, around) };
    }
    case "migrated":
      return { ...execution(around), from: record.from, to: record.to_snapshot };
  }
}

/** What policies see of an execution that something is done to. */
function execution({ opened }: Around): { readonly workflow: string; readonly intent: string } {
  return { workflow: opened?.workflow ?? "", intent: opened?.intent ?? "" };
}

/** Whether it is done by who had asked for the execution. */
function isOwn({ principal, caller }: Asker, { opened }: Around): boolean {
  return opened?.caller.identity === caller.identity && opened.principal === principal;
}

function openedPayload(record: OpenedBody, governor: Governor): Json {
  const { intent, workflow, payload } = record;
  if (intent === RUN_ACT.type) return runContext(workflow, governor);
  return intent === SAGA_RETRY_ACT.type ? retryContext(payload, record) : payload;
}

/** What policies see of a workflow that is asked for by its name. */
function runContext(workflow: string, governor: Governor): JsonObject {
  const { labels = [], reach } = governor.workflow(workflow) ?? {};
  return { workflow, labels, reach: { ...reach } } as JsonObject;
}

/** Of an intent, the part of its payload that policies see; of an act, all that they see of it. */
function refusedPayload({ intent, workflow, context }: RefusedBody, governor: Governor): Json {
  if (intent === RUN_ACT.type && workflow !== null) return runContext(workflow, governor);
  if (context === null) return {};
  return ACT_TYPES.has(intent) ? context : (member(context, "payload") ?? {});
}

function isHolder({ principal, caller }: SessionEndedBody, holder: Holder): boolean {
  return holder.principal === principal && holder.caller.identity === caller.identity;
}

/** Where the session's own record is not at hand, what was seen of it has to do. */
function ownSeen({ seen }: Decision): boolean {
  return seen["context.own"] === true;
}

const SECOND_MS = 1_000;

/** As long as the session was asked for; the record was written within a second of that. */
function secondsOf({ at, expires_at }: LedgerRecord & SessionBody): number {
  return Math.ceil((Date.parse(expires_at) - Date.parse(at)) / SECOND_MS);
}

/** Decisions that many records share, by what was decided again: they do not differ. */
const agreed = new WeakMap<Decision, Decision>();

/** Where they differ; that they do not is known in a fraction of the time. */
function otherDecision(recorded: Decision, again: Decision): Difference | undefined {
  if (agreed.get(recorded) === again) return undefined;
  const [one, other] = [recorded, again] as unknown as [Json, Json];
  if (!equal(one, other)) return firstDifference(one, other, ["policy"]);
  if (Object.isFrozen(recorded)) agreed.set(recorded, again);
  return undefined;
}
