/**
 * The records that the machine asks for, one a node: what came of it and which edge was taken. They
 * are made in the clear, with the places that must be sealed before anything is written.
 */
import type { EffectNode, ExternalNode, SealedPlace } from "../../protocol/language/graph.ts";
import { type Json, member } from "../../protocol/language/json.ts";
import type {
  CancelledBody,
  EffectBody,
  ExternalBody,
  NodeBody,
  Reason,
  RetryBody,
  SignalBody,
  StepBody,
  TimerBody,
} from "../../protocol/language/records.ts";
import type { Told as Answered, RecordCommand, SignalOrder } from "./program.ts";

const NOWHERE: readonly SealedPlace[] = Object.freeze([]);

/** What came of a node; members in the order in which they stand in a record. */
export interface Found {
  readonly outcome: string;
  readonly output?: Json;
  /** The node that the edge taken leads to. */
  readonly to: string;
  readonly row?: number;
  readonly reason?: Reason;
}

export function nodeRecord(
  node: string,
  found: Found,
  sealOutput: readonly SealedPlace[] = NOWHERE,
): RecordCommand {
  const body = tell<NodeBody>({ type: "node", node }, found);
  return { kind: "record", body, sealOutput, sealValue: NOWHERE };
}

/** What stands in a record of an effect beside what came of it. */
export interface Asked {
  /** As records call the node. */
  readonly name: string;
  /** The operation's input, and the execution's context, which names the tenant. */
  readonly input: Json;
  readonly context: Json | undefined;
  /** The node whose effect this undoes; null where it undoes none. */
  readonly compensates: string | null;
}

export function effectRecord(node: EffectNode, found: Found, asked: Asked): RecordCommand {
  const key = member(asked.input, "key");
  const written = WRITTEN.find((name) => member(asked.input, name) !== undefined);
  const told: Told<EffectBody> = {
    type: "effect",
    node: asked.name,
    tenant: String(member(asked.context, "tenant")),
    store: node.store,
    operation: node.operation,
  };
  if (typeof key === "string") told.key = key;
  if (written !== undefined) told.value = member(asked.input, written) as Json;
  for (const name of COUNTED) {
    const number = member(asked.input, name);
    if (typeof number === "number") told[name] = number;
  }
  return {
    kind: "record",
    body: undoes(tell<EffectBody>(told, found), asked.compensates),
    sealOutput: node.seal[found.outcome] ?? NOWHERE,
    sealValue: written === undefined ? NOWHERE : below(written, node.sealInput),
  };
}

/** That a call to the outside is about to be made: it must be durable before the call is. */
export function attemptedRecord(
  { effect, operation, sealInput }: ExternalNode,
  name: string,
  call: { readonly input: Json; readonly idempotencyKey: string; readonly attempt: number },
): RecordCommand {
  const { input, idempotencyKey, attempt } = call;
  return {
    kind: "record",
    body: {
      type: "attempted",
      node: name,
      effect,
      operation,
      idempotency_key: idempotencyKey,
      attempt,
      input,
    },
    sealOutput: NOWHERE,
    sealValue: sealInput,
  };
}

export function externalRecord(
  { effect, operation, seal }: ExternalNode,
  found: Found,
  asked: Pick<Asked, "name" | "compensates"> & { readonly attempt: number },
): RecordCommand {
  const { name, attempt, compensates } = asked;
  const told: Told<ExternalBody> = { type: "external", node: name, effect, operation, attempt };
  return {
    kind: "record",
    body: undoes(tell<ExternalBody>(told, found), compensates),
    sealOutput: seal[found.outcome] ?? NOWHERE,
    sealValue: NOWHERE,
  };
}

/** That a call is made again, what came of the last one, and from when on. */
export function retryRecord(
  { effect, operation, seal }: ExternalNode,
  name: string,
  waits: {
    readonly told: Answered;
    readonly attempt: number;
    readonly since: string;
    readonly until: string;
  },
): RecordCommand {
  const { told, attempt, since, until } = waits;
  const { outcome, output, reason } = told;
  const body: RetryBody = {
    type: "retry",
    node: name,
    effect,
    operation,
    attempt,
    outcome,
    ...(output !== undefined && { output }),
    ...(reason !== undefined && { reason }),
    since,
    until,
  };
  return { kind: "record", body, sealOutput: seal[outcome] ?? NOWHERE, sealValue: NOWHERE };
}

/** That a wait begins. */
export function timerRecord(
  node: string,
  { since, until, signals }: Pick<TimerBody, "since" | "until" | "signals">,
): RecordCommand {
  const body: TimerBody = { type: "timer", node, since, until, signals };
  return { kind: "record", body, sealOutput: NOWHERE, sealValue: NOWHERE };
}

/** What somebody told a node that waits. */
export function signalRecord(
  node: string,
  order: SignalOrder,
  sealPayload: readonly SealedPlace[],
): RecordCommand {
  const { signal, payload, snapshot, tenant, session, principal, caller, policy } = order;
  const by = { snapshot, tenant, session, principal, caller, policy };
  const body: SignalBody = { type: "signal", node, signal, payload, ...by };
  return { kind: "record", body, sealOutput: NOWHERE, sealValue: sealPayload };
}

/** Nothing of it came from the execution: nothing of it is sealed. */
export function cancelledRecord(
  node: string,
  told: Omit<CancelledBody, "type" | "node">,
): RecordCommand {
  const { in_doubt, to, reason, snapshot, tenant, session, principal, caller, policy } = told;
  const by = { snapshot, tenant, session, principal, caller, policy };
  const body: CancelledBody = { type: "cancelled", node, in_doubt, to, reason, ...by };
  return { kind: "record", body, sealOutput: NOWHERE, sealValue: NOWHERE };
}

/** The input's member that an operation writes: a registry's or document's value, an event. */
const WRITTEN = ["value", "event"] as const;

/** The input's members by which an operation counts: they decide its outcome like the key does. */
const COUNTED = ["version", "from", "limit"] as const;

/** The places below a member, as seen from there. */
function below(name: string, places: readonly SealedPlace[]): readonly SealedPlace[] {
  if (places.length === 0) return NOWHERE;
  return places.flatMap(({ path, labels }) => {
    const [first, ...rest] = path;
    if (first === undefined) return [{ path: [], labels }];
    return first === name ? [{ path: rest, labels }] : [];
  });
}

function undoes<Body extends EffectBody | ExternalBody>(
  body: Body,
  compensates: string | null,
): Body {
  return compensates === null ? body : Object.assign(body, { compensates });
}

/** A body while it is being made, member by member, in the order in which they stand. */
type Told<Body> = { -readonly [Name in keyof Body]?: Body[Name] };

function tell<Body extends StepBody>(
  told: Told<StepBody>,
  { outcome, output, to, row, reason }: Found,
): Body {
  told.outcome = outcome;
  if (output !== undefined) told.output = output;
  told.to = to;
  if (row !== undefined) (told as Told<NodeBody>).row = row;
  if (reason !== undefined) told.reason = reason;
  return told as Body;
}
