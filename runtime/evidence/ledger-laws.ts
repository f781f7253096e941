/**
 * What must hold of a ledger over all of its traces, beside chains and state: who is said to have
 * been interrupted was, sessions stand for who uses them, starts are what they say, a key begins one
 * execution. It takes records in order, and tells; it changes nothing.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { formerWriter } from "../ledger/chains.ts";
import { bootCheck } from "./boot-check.ts";
import type { Broken } from "./chain.ts";
import { interruptionCheck, UNINTERRUPTED } from "./interruptions.ts";
import { keyCheck } from "./key-check.ts";
import { type EvidencePlace, type EvidenceProblem, problemAt } from "./problem.ts";
import { type KnownSession, sessionCheck } from "./session-check.ts";

export interface LedgerLaws {
  readonly take: (record: LedgerRecord, place: EvidencePlace) => void;
  /** A session that was opened before the record that was taken last. */
  readonly session: (id: string) => KnownSession | undefined;
}

/** Writers follow each other, and none of them changes what it runs under. */
function writerCheck(): (record: LedgerRecord) => Broken | undefined {
  let last: Extract<LedgerRecord, { readonly epoch: number }> | undefined;
  return (record) => {
    if (!("epoch" in record)) return undefined;
    const before = last;
    const former = formerWriter(record, before?.epoch ?? 0);
    if (former !== undefined) return former;
    last = record;
    if (before?.epoch !== record.epoch) return undefined;
    const other = (["snapshot", "engine"] as const).find((name) => before[name] !== record[name]);
    if (other === undefined) return undefined;
    const message = `the writer of epoch ${record.epoch} has another \`${other}\` than before`;
    return { code: "ledger/other-writer", message };
  };
}

export function ledgerLaws(tell: (problem: EvidenceProblem) => void): LedgerLaws {
  const interruptions = interruptionCheck();
  const sessions = sessionCheck();
  const boots = bootCheck();
  const keys = keyCheck();
  const writers = writerCheck();
  const judges = [writers, sessions.take, boots.take, keys.take];
  return {
    take(record, place) {
      for (const refuted of interruptions.take(record, place)) {
        tell(problemAt(refuted.place ?? place, UNINTERRUPTED, refuted.message));
      }
      for (const judge of judges) {
        const broken = judge(record);
        if (broken !== undefined) tell(problemAt(place, broken.code, broken.message));
      }
    },
    session: sessions.session,
  };
}
