/**
 * Judges what was decided, as the records of a ledger are read: each decision once more, by the
 * policies of the snapshot that its record names. It remembers what is open, and tells; a snapshot
 * that is missing or was changed is told by those who open it.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import type { LedgerRecord, OpenedBody } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { type Governor, governorOf } from "../policy/governor.ts";
import type { Snapshot } from "../ports.ts";
import {
  DECIDED_OTHERWISE,
  type Decided,
  decideAgain,
  decidedUnder,
  differenceText,
  type Holder,
  intentOf,
  isDecided,
} from "./decided-again.ts";
import type { Divergence } from "./full-replay.ts";
import { type EvidencePlace, type EvidenceProblem, problemAt } from "./problem.ts";

/** The governors of snapshots, each made once. */
export interface Governors {
  /** Ready for a type of intent. Refuses as `snapshot` does. */
  readonly find: (id: Digest, type: string) => Governor | Promise<Governor>;
}

export function governorsOf(snapshot: (id: Digest) => Snapshot): Governors {
  const known = new Map<Digest, Governor>();
  const ready = new Set<string>();
  return {
    find(id, type) {
      const governor = known.get(id) ?? governorOf(snapshot(id).governance());
      known.set(id, governor);
      const name = `${id} ${type}`;
      if (ready.has(name)) return governor;
      return governor.ready(type).then(() => {
        ready.add(name);
        return governor;
      });
    },
  };
}

/**
 * Where a trace's decisions first differ from what its snapshot's policies decide; undefined where
 * they do not. Refuses as the snapshots do.
 */
export async function decisionDivergence(
  records: readonly LedgerRecord[],
  governors: Governors,
  holderOf: DecisionCheckOptions["holderOf"],
): Promise<Divergence | undefined> {
  const [opened] = records;
  const cancelled = opened?.type === "opened" ? opened : undefined;
  for (const record of records) {
    if (!isDecided(record)) continue;
    const governor = await governors.find(decidedUnder(record), intentOf(record));
    const holder = record.type === "session-ended" ? holderOf(record.ended) : undefined;
    const difference = decideAgain(record, governor, { opened: cancelled, holder });
    const { trace, n, seq } = record;
    if (difference !== undefined) return { trace, n, seq, node: null, ...difference };
  }
  return undefined;
}

/**
 * The governors of the snapshots that a trace names, ready for it; undefined for one that is not at
 * hand, or was changed.
 */
export async function readyGovernors(
  records: readonly LedgerRecord[],
  snapshot: (id: Digest) => Snapshot | undefined,
): Promise<(id: Digest) => Governor | undefined> {
  const governors = new Map<Digest, Governor | undefined>();
  for (const record of records) {
    if (!isDecided(record)) continue;
    const id = decidedUnder(record);
    const sealed = unlessRefused(() => snapshot(id));
    const governor = governors.get(id) ?? (sealed && governorOf(sealed.governance()));
    await governor?.ready(intentOf(record));
    governors.set(id, governor);
  }
  return (id) => governors.get(id);
}

export interface DecisionCheckOptions {
  /** Throws a refusal for a snapshot that is missing or was changed. */
  readonly snapshot: (id: Digest) => Snapshot;
  readonly tell: (problem: EvidenceProblem) => void;
  /** Whose a session is that was opened before. */
  readonly holderOf: (session: string) => Holder | undefined;
}

export interface DecisionCheck {
  /** Takes the records of a ledger in order; those of steps may be left out. */
  readonly take: (record: LedgerRecord, place: EvidencePlace) => Promise<void> | undefined;
}

type Cancellable = Pick<OpenedBody, "workflow" | "intent" | "principal" | "caller">;

export function decisionCheck({ snapshot, tell, holderOf }: DecisionCheckOptions): DecisionCheck {
  const open = new Map<string, Cancellable>();
  const governors = governorsOf(snapshot);
  const judge = (record: Decided, place: EvidencePlace, governor: Governor): void => {
    const holder = record.type === "session-ended" ? holderOf(record.ended) : undefined;
    const around = { opened: open.get(record.trace), holder };
    const difference = decideAgain(record, governor, around);
    if (difference === undefined) return;
    tell(problemAt(place, DECIDED_OTHERWISE, differenceText(difference)));
  };
  return {
    take(record, place) {
      if (record.type === "closed") open.delete(record.trace);
      if (!isDecided(record)) return undefined;
      if (record.type === "opened") open.set(record.trace, cancellable(record));
      const governor = unlessRefused(() => governors.find(decidedUnder(record), intentOf(record)));
      if (!(governor instanceof Promise)) {
        if (governor !== undefined) judge(record, place, governor);
        return undefined;
      }
      // Not the line itself: its bytes are part of a larger piece of the file.
      const { file, line, position } = place;
      return governor.then((one) => judge(record, { file, line, position }, one));
    },
  };
}

function cancellable({ workflow, intent, principal, caller }: OpenedBody): Cancellable {
  return { workflow, intent, principal, caller };
}

/** What is refused here is told where snapshots are opened. */
function unlessRefused<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
