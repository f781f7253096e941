/**
 * Who asked for what a trace tells, and what was decided: as its first record says it, with what the
 * snapshot and the ledger say beside, where they are at hand. It tells; it decides nothing.
 */
import type { SealedPolicy } from "../../protocol/language/governance.ts";
import type { JsonObject } from "../../protocol/language/json.ts";
import type { FullName } from "../../protocol/language/names.ts";
import type { Identity, LedgerRecord } from "../../protocol/language/records.ts";
import type { Snapshot } from "../ports.ts";
import { type ToldDecision, toldDecision } from "../traces/decided.ts";
import { type Decided, intentOf, isDecided } from "./decided-again.ts";
import type { KnownSession } from "./session-check.ts";

/** A session as far as it is known: nothing that it is used with. */
export interface ShownSession {
  readonly id: string;
  /** Null where the ledger is not at hand, as are the others. */
  readonly opened_at: string | null;
  readonly expires_at: string | null;
  /** Null also where it had not ended before its time. */
  readonly ended_at: string | null;
  /** Of the token that it was opened with. */
  readonly issuer: string | null;
}

/** Who asked, and by which intent. */
export interface AskedBy {
  readonly identity: Identity;
  readonly tenant: string;
  readonly principal: string;
  readonly roles: readonly string[];
  readonly attributes: JsonObject;
  readonly session: ShownSession | null;
  /** The type of the intent, or of the runtime's own act. */
  readonly intent: string;
  /** The intent's artifact; null for an act, and where the snapshot is not at hand. */
  readonly artifact: FullName | null;
  readonly summary: string | null;
}

export interface Governed {
  readonly asked: AskedBy;
  /** Null where it was refused before anything was decided. */
  readonly decided: ToldDecision | null;
}

export interface GovernedBeside {
  readonly snapshot: Snapshot | undefined;
  readonly session: (id: string) => KnownSession | undefined;
}

/** Undefined for a record that nobody asked for: a cut, or a start. */
export function governedBy(record: LedgerRecord, beside: GovernedBeside): Governed | undefined {
  if (!isDecided(record)) return undefined;
  const { policy } = record;
  return {
    asked: askedBy(record, beside),
    decided: policy === null ? null : toldDecision(policy, policiesOf(beside.snapshot)),
  };
}

export function policiesOf(snapshot: Snapshot | undefined): readonly SealedPolicy[] {
  return snapshot?.governance()?.policies.policies ?? [];
}

function askedBy(record: Decided, { snapshot, session }: GovernedBeside): AskedBy {
  const { tenant, principal, caller } = record;
  const intent = intentOf(record);
  const sealed = snapshot?.governance()?.intents.intents.find(({ type }) => type === intent);
  const id = record.type === "session" ? null : record.session;
  return {
    identity: caller.identity,
    tenant,
    principal,
    roles: caller.roles,
    attributes: caller.attributes,
    session: id === null ? null : shownSession(id, session(id)),
    intent,
    artifact: sealed?.intent ?? null,
    summary: sealed?.summary ?? null,
  };
}

function shownSession(id: string, known: KnownSession | undefined): ShownSession {
  return {
    id,
    opened_at: known?.opened_at ?? null,
    expires_at: known?.expires_at ?? null,
    ended_at: known?.ended_at ?? null,
    issuer: known?.token?.issuer ?? null,
  };
}
