/**
 * What must hold of a ledger over all of its traces, beside chains and state: who is said to have
 * been interrupted was, sessions stand for who uses them, starts are what they say. It takes records
 * in order, and tells; it changes nothing.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { formerWriter } from "../ledger/chains.ts";
import { bootCheck } from "./boot-check.ts";
import { interruptionCheck, UNINTERRUPTED } from "./interruptions.ts";
import { type EvidencePlace, type EvidenceProblem, problemAt } from "./problem.ts";
import { type KnownSession, sessionCheck } from "./session-check.ts";

export interface LedgerLaws {
  readonly take: (record: LedgerRecord, place: EvidencePlace) => void;
  /** A session that was opened before the record that was taken last. */
  readonly session: (id: string) => KnownSession | undefined;
}

export function ledgerLaws(tell: (problem: EvidenceProblem) => void): LedgerLaws {
  const interruptions = interruptionCheck();
  const sessions = sessionCheck();
  const boots = bootCheck();
  let epoch = 0;
  return {
    take(record, place) {
      for (const refuted of interruptions.take(record, place)) {
        tell(problemAt(refuted.place ?? place, UNINTERRUPTED, refuted.message));
      }
      const broken = formerWriter(record, epoch) ?? sessions.take(record) ?? boots.take(record);
      if ("epoch" in record) epoch = Math.max(epoch, record.epoch);
      if (broken !== undefined) tell(problemAt(place, broken.code, broken.message));
    },
    session: sessions.session,
  };
}
