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
  StepBody,
} from "../../protocol/language/records.ts";
import type { RecordCommand } from "./program.ts";

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

/** `asked` holds the operation's input and the execution's context, which names the tenant. */
export function effectRecord(
  node: EffectNode,
  found: Found,
  asked: { readonly input: Json; readonly context: Json | undefined },
): RecordCommand {
  const key = member(asked.input, "key");
  const written = WRITTEN.find((name) => member(asked.input, name) !== undefined);
  const told: Told<EffectBody> = {
    type: "effect",
    node: node.name,
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
    body: tell<EffectBody>(told, found),
    sealOutput: node.seal[found.outcome] ?? NOWHERE,
    sealValue: written === undefined ? NOWHERE : below(written, node.sealInput),
  };
}

/** That a call to the outside is about to be made: it must be durable before the call is. */
export function attemptedRecord(
  { name, effect, operation, sealInput }: ExternalNode,
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
  { name, effect, operation, seal }: ExternalNode,
  found: Found,
  attempt: number,
): RecordCommand {
  const told: Told<ExternalBody> = { type: "external", node: name, effect, operation, attempt };
  return {
    kind: "record",
    body: tell<ExternalBody>(told, found),
    sealOutput: seal[found.outcome] ?? NOWHERE,
    sealValue: NOWHERE,
  };
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
