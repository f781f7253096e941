/**
 * Calls to the outside: one is announced by a record before it is made, always under the same
 * idempotency key; and what becomes of one whose answer never came is decided here, by its contract
 * and not by a guess.
 */

import { sha256 } from "../../protocol/language/digest.ts";
import { CONTEXT_SLOT, type ExternalNode } from "../../protocol/language/graph.ts";
import { type Json, member } from "../../protocol/language/json.ts";
import { isConfidential } from "./judge.ts";
import type { Execution, Walk } from "./program.ts";
import { attemptedRecord } from "./record.ts";

export interface Attempt {
  readonly at: number;
  readonly input: Json;
  /** From 1. */
  readonly attempt: number;
}

/** Writes the attempt down, asks for the call, and waits. */
export function attempt(
  going: Walk,
  node: ExternalNode,
  { at, input, attempt }: Attempt,
): Execution {
  const idempotencyKey = keyOf(going, node);
  going.commands.push(attemptedRecord(node, { input, idempotencyKey, attempt }), {
    kind: "call",
    node: at,
    name: node.name,
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
  return { status: "waiting", at, input, slots: going.slots, attempt };
}

function keyOf({ slots }: Walk, { name }: ExternalNode): string {
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
