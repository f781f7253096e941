/**
 * The record that opens an execution: under what it runs, for whom, with what, and what was known of
 * the disk and the clock when it was written. Nothing of it comes from the payload but the payload.
 */
import type { Json } from "../protocol/language/json.ts";
import { type OpenedBody, RECORD_FORMAT } from "../protocol/language/records.ts";
import { VERSION } from "../protocol/language/version.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Program } from "./machine/program.ts";
import type { Programs } from "./programs.ts";

/** On whose behalf, and by which start of the writer. */
export interface Opener {
  readonly programs: Programs;
  readonly epoch: number;
  readonly tenant: string;
  readonly principal: string;
}

export interface Opening {
  readonly program: Program;
  /** As it may be written: labelled places sealed. */
  readonly payload: Json;
  /** The idempotency key, if one was given. */
  readonly key: string | null;
}

export function openedBody(
  { programs: { snapshot, changed }, epoch, tenant, principal }: Opener,
  ledger: Ledger,
  { program, payload, key }: Opening,
): OpenedBody {
  const { behindMs } = ledger;
  return {
    type: "opened",
    format: RECORD_FORMAT,
    epoch,
    flushed: ledger.durable.n,
    snapshot: snapshot.id,
    engine: VERSION,
    workflow: program.graph.workflow,
    intent: null,
    tenant,
    session: null,
    principal,
    idempotency_key: key,
    policy: { decision: "ungoverned", policies: [] },
    payload,
    started_at: ledger.now(),
    ...(behindMs > 0 ? { clock_behind_ms: behindMs } : {}),
    ...(changed.length === 0 ? {} : { changed_capabilities: changed }),
  };
}
