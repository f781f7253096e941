/**
 * What would become of everything that was ever asked on a data root, under another snapshot's
 * policies: each recorded decision is made again, under the one and under the other. It reads the
 * ledger once, in order, and holds no more of it than what is open; it changes nothing.
 */

import type { Digest } from "../../protocol/language/digest.ts";
import type { CedarRecord } from "../../protocol/language/governance.ts";
import type { LedgerRecord, OpenedBody } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Files, Snapshot } from "../ports.ts";
import { type Decided, decidedUnder, type Holder, intentOf, isDecided } from "./decided-again.ts";
import { becauseOf, type Judge, judgeOf, type Verdict } from "./impact-verdict.ts";
import { entriesOf } from "./ledger-source.ts";
import { ledgerSize, type Progress, progressOf } from "./progress.ts";

export interface ImpactOptions {
  readonly files: Files;
  readonly dataRoot: string;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Of a record's own snapshot; undefined where it is not at hand. */
  readonly snapshot: (id: Digest) => Snapshot | undefined;
  readonly progress?: Progress;
}

export type Change = "denied" | "allowed" | "undecidable";

/** Changes that are alike: of one intent, for one reason. */
export interface ImpactGroup {
  readonly intent: string;
  /** What becomes of it: of what was allowed that it is denied, and so on. */
  readonly change: Change;
  readonly because: string;
  readonly before: string;
  readonly count: number;
  /** The first of them. */
  readonly traces: readonly string[];
}

export interface Impact {
  /** Whether nothing changes. */
  readonly ok: boolean;
  readonly before: Digest;
  readonly after: Digest;
  readonly counts: {
    /** Records whose decision was made again. */
    readonly decisions: number;
    readonly same: number;
    readonly denied: number;
    readonly allowed: number;
    readonly undecidable: number;
    /** Refused before any policy was asked: no policy changes that. */
    readonly undecided: number;
  };
  /** By intent; those with the most traces first. */
  readonly groups: readonly ImpactGroup[];
}

/** So many traces of a group are named, and so many groups are told apart. */
const TRACES_MAX = 20;
const GROUPS_MAX = 1_000;

export async function impact(options: ImpactOptions): Promise<Impact> {
  const { files, dataRoot, before, after } = options;
  const types = typeSource(options);
  const judges = {
    before: await judgeOf(before, types),
    after: await judgeOf(after, types),
    own: before.id,
  };
  const around = aroundOf();
  const tally = tallyOf();
  const count = progressOf(options.progress, ledgerSize(files, dataRoot));
  for (const { record, raw } of entriesOf({ files, dataRoot })) {
    count(raw.bytes.length);
    around.take(record);
    if (!isDecided(record)) continue;
    if (record.policy === null) tally.undecided();
    else tally.take(record, await compared(record, judges, around.of(record)));
  }
  return { ...tally.result(), before: before.id, after: after.id };
}

interface Judges {
  readonly before: Judge;
  readonly after: Judge;
  /** The snapshot whose decisions the records hold as they were made. */
  readonly own: Digest;
}

interface Compared {
  readonly before: Verdict;
  readonly after: Verdict;
}

async function compared(
  record: Decided,
  { before, after, own }: Judges,
  around: ReturnType<Around["of"]>,
): Promise<Compared> {
  const { policy } = record;
  return {
    before:
      decidedUnder(record) === own && policy !== null
        ? { verdict: policy.decision, because: becauseOf(policy) }
        : await before.verdict(record, around),
    after: await after.verdict(record, around),
  };
}

interface Around {
  readonly take: (record: LedgerRecord) => void;
  readonly of: (record: Decided) => {
    readonly opened: OpenedBody | undefined;
    readonly holder: Holder | undefined;
  };
}

/** What is open, and whose sessions are. */
function aroundOf(): Around {
  const open = new Map<string, OpenedBody>();
  const holders = new Map<string, Holder>();
  return {
    take(record) {
      if (record.type === "opened") open.set(record.trace, { ...record, payload: null });
      else if (record.type === "closed") open.delete(record.trace);
      else if (record.type === "session") holders.set(record.trace, record);
    },
    of: (record) => ({
      opened: open.get(record.trace),
      holder: record.type === "session-ended" ? holders.get(record.ended) : undefined,
    }),
  };
}

/** What policies could see of an intent under a record's own snapshot. */
function typeSource({ snapshot }: ImpactOptions): (record: Decided) => CedarRecord | undefined {
  const known = new Map<Digest, Snapshot | undefined>();
  return (record) => {
    const id = decidedUnder(record);
    if (!known.has(id))
      known.set(
        id,
        unlessRefused(() => snapshot(id)),
      );
    const actions = known.get(id)?.governance()?.policies.cedar[""].actions;
    const intent = intentOf(record);
    return actions !== undefined && Object.hasOwn(actions, intent)
      ? actions[intent]?.appliesTo.context
      : undefined;
  };
}

function unlessRefused<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

const CHANGES: Readonly<Record<Verdict["verdict"], Change>> = {
  allow: "allowed",
  deny: "denied",
  undecidable: "undecidable",
};

type Group = Omit<ImpactGroup, "count" | "traces"> & { count: number; readonly traces: string[] };

function tallyOf() {
  const groups = new Map<string, Group>();
  const counts = { decisions: 0, same: 0, denied: 0, allowed: 0, undecidable: 0, undecided: 0 };
  return {
    undecided(): void {
      counts.undecided += 1;
    },
    take(record: Decided, { before, after }: Compared): void {
      counts.decisions += 1;
      if (before.verdict === after.verdict) {
        counts.same += 1;
        return;
      }
      const intent = intentOf(record);
      const change = CHANGES[after.verdict];
      counts[change] += 1;
      const key = JSON.stringify([intent, change, after.because, before.because]);
      const group = groups.get(key) ?? {
        ...{ intent, change, because: after.because, before: before.because },
        ...{ count: 0, traces: [] },
      };
      if (!groups.has(key) && groups.size >= GROUPS_MAX) return;
      groups.set(key, group);
      group.count += 1;
      if (group.traces.length < TRACES_MAX) group.traces.push(record.trace);
    },
    result(): Omit<Impact, "before" | "after"> {
      const ok = counts.same === counts.decisions;
      const sorted = [...groups.values()].sort(
        (a, b) => compare(a.intent, b.intent) || b.count - a.count,
      );
      return { ok, counts, groups: sorted };
    },
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
