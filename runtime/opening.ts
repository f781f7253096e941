/**
 * The record that opens an execution: under what it runs, for whom, with what, and what was known of
 * the disk and the clock when it was written. Nothing of it comes from the payload but the payload.
 */
import type { Json } from "../protocol/language/json.ts";
import { type OpenedBody, RECORD_FORMAT } from "../protocol/language/records.ts";
import { VERSION } from "../protocol/language/version.ts";
import type { Accepted } from "./acceptance.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Programs } from "./programs.ts";

/** Which start of the writer, under which snapshot. */
export interface Opener {
  readonly programs: Programs;
  readonly epoch: number;
}

export interface Opening {
  readonly accepted: Accepted;
  /** As it may be written: labelled places sealed. */
  readonly payload: Json;
}

export function openedBody(
  { programs: { snapshot, changed }, epoch }: Opener,
  ledger: Ledger,
  { accepted: { asker, intent, program, decision, key, cause }, payload }: Opening,
): OpenedBody {
  const { behindMs } = ledger;
  const { tenant, session, principal, caller } = asker;
  return {
    type: "opened",
    format: RECORD_FORMAT,
    epoch,
    flushed: ledger.durable.n,
    snapshot: snapshot.id,
    engine: VERSION,
    workflow: program.graph.workflow,
    intent,
    tenant,
    session,
    principal,
    caller,
    idempotency_key: key,
    policy: decision,
    payload,
    started_at: ledger.now(),
    ...(cause === undefined ? {} : { cause }),
    ...(behindMs > 0 ? { clock_behind_ms: behindMs } : {}),
    ...(changed.length === 0 ? {} : { changed_capabilities: changed }),
  };
}
