/**
 * Calls to the outside: one is announced by a record before it is made, always under the same
 * idempotency key; how long is waited before it is made again; and what becomes of one whose answer
 * never came is decided here, by its contract and not by a guess.
 */

import { sha256 } from "../../protocol/language/digest.ts";
import { CONTEXT_SLOT, type ExternalNode } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { type Json, member } from "../../protocol/language/json.ts";
import { instantOf, readInstant } from "./instants.ts";
import { isConfidential } from "./judge.ts";
import type { Told, Waiting, Walk } from "./program.ts";
import { attemptedRecord, retryRecord } from "./record.ts";
import { ask, nameOf } from "./told.ts";

export interface Attempt {
  readonly at: number;
  readonly input: Json;
  /** From 1. */
  readonly attempt: number;
}

/** Writes the attempt down, asks for the call, and waits. */
export function attempt(going: Walk, node: ExternalNode, { at, input, attempt }: Attempt): Waiting {
  const name = nameOf(going, node);
  const idempotencyKey = keyOf(going, name);
  going.commands.push(attemptedRecord(node, name, { input, idempotencyKey, attempt }));
  ask(going, {
    kind: "call",
    node: at,
    name,
    implementation: node.implementation,
    operation: node.operation,
    settings: node.settings,
    input,
    repeat: node.repeat,
    timeoutMs: node.timeoutMs,
    idempotencyKey,
    attempt,
    confidential: isConfidential(node),
  });
  const { slots, done, undoing } = going;
  return { status: "waiting", at, input, slots, attempt, done, wait: null, undoing };
}

function keyOf({ slots }: Walk, name: string): string {
  const context = slots[CONTEXT_SLOT];
  return callKey(String(member(context, "tenant")), String(member(context, "trace_id")), name);
}

/** One node of one execution, and nothing else, has this key; the outside learns nothing from it. */
export function callKey(tenant: string, trace: string, node: string): string {
  return sha256([tenant, trace, node].join("\0"));
}

/** The engine's own outcome for a call that nobody knows the end of. */
export function unknownOutcome({ repeat }: ExternalNode): "TIMEOUT" | "IN_DOUBT" {
  return repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
}

/** Whether a call is made again after what came of it. */
export function isTriedAgain({ retry }: ExternalNode, outcome: string, attempt: number): boolean {
  return retry !== undefined && attempt < retry.attempts && retry.outcomes.includes(outcome);
}

/** Asks for the time from which is waited before the call is made again. */
export function waitToRetry(
  going: Walk,
  node: ExternalNode,
  { waiting, told }: { readonly waiting: Waiting; readonly told: Told },
): Waiting {
  ask(going, { kind: "arm", node: waiting.at, name: nameOf(going, node) });
  return { ...waiting, wait: { kind: "arming", told } };
}

/** Writes down what came of a call, and waits until it is made again. */
export function armRetry(
  going: Walk,
  node: ExternalNode,
  { waiting, told, now }: { readonly waiting: Waiting; readonly told: Told; readonly now: string },
): Waiting {
  const { attempt, at } = waiting;
  const name = nameOf(going, node);
  const until = instantOf(momentOf(now) + retryWaitMs(node, attempt));
  going.commands.push(retryRecord(node, name, { told, attempt, since: now, until }));
  ask(going, { kind: "wait", node: at, name, until, signals: [] });
  return { ...waiting, wait: { kind: "until", until, told, said: [] } };
}

/** The ledger's time, as the host tells it. */
export function momentOf(now: string): number {
  const moment = readInstant(now);
  invariant(moment !== undefined, "the time is told as a date and time");
  return moment;
}

function retryWaitMs({ retry }: ExternalNode, attempt: number): number {
  invariant(retry !== undefined, "only what may be made again is waited for");
  const { waitMs, factor, waitMaxMs } = retry;
  return Math.round(Math.min(waitMs * factor ** (attempt - 1), waitMaxMs));
}
