/**
 * Replay in its three modes: the records as they stand, the state that they fold to, or the whole
 * execution run again and compared. It reads a trace file or a ledger, needs no lock, and changes
 * nothing.
 */
import type { Capabilities } from "../../protocol/language/capabilities.ts";
import type { Digest } from "../../protocol/language/digest.ts";
import type { FullName } from "../../protocol/language/names.ts";
import { isLone, type LedgerRecord, type OpenedBody } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Program } from "../machine/program.ts";
import type { Files, Snapshot } from "../ports.ts";
import { programsOf } from "../programs.ts";
import type { Vault } from "../sealing/vault.ts";
import { standingOf } from "../traces/standing.ts";
import type { Holder } from "./decided-again.ts";
import { decisionDivergence, governorsOf } from "./decision-check.ts";
import { type DeliveryCheck, deliveryCheck } from "./delivery-check.ts";
import type { StandingAt } from "./examination.ts";
import { standingAt } from "./examine-waits.ts";
import { foldRecords, rowsOf, type StateRows } from "./fold-state.ts";
import { type Divergence, replayInFull } from "./full-replay.ts";
import type { LedgerSource } from "./ledger-source.ts";
import { type EvidenceProblem, problemList, problemOf } from "./problem.ts";
import { ledgerSize, type Progress, progressOf } from "./progress.ts";
import { linesOfFile } from "./raw-lines.ts";
import { isBroken, isOpen, readTrace, type TraceReading } from "./read-trace.ts";
import { wholeLedger } from "./whole-ledger.ts";

export type ReplaySource =
  | { readonly kind: "trace"; readonly files: Files; readonly path: string }
  /** A trace that was read already, from the ledger perhaps. */
  | { readonly kind: "read"; readonly reading: TraceReading }
  | ({ readonly kind: "ledger" } & LedgerSource);

/** What a full replay needs beside the records. */
export interface ReplayWith {
  /** Throws a refusal for a snapshot that is not at hand. */
  readonly snapshot: (id: Digest) => Snapshot;
  readonly capabilities: Capabilities;
  readonly allowChangedCapabilities: boolean;
  readonly vault: Vault;
  /** Told of a ledger that is replayed; a single trace is no matter of time. */
  readonly progress?: Progress;
}

export type ReplayMode = "events_only" | "state_only" | "full";

export interface Replay {
  readonly ok: boolean;
  readonly mode: ReplayMode;
  /** How many records were replayed. */
  readonly records: number;
  /** full: how many executions were run again, those that have not ended included. */
  readonly executions?: number;
  /** full: how many of these have not ended, where there are any: run again as far as they go. */
  readonly open?: number;
  /** A single trace that has not ended: what it waits for. */
  readonly standing?: readonly StandingAt[];
  readonly divergence: Divergence | null;
  readonly problems: readonly EvidenceProblem[];
  /** events_only: the records in order. */
  readonly events?: readonly LedgerRecord[];
  /** state_only: the rows, table by table. */
  readonly state?: StateRows;
}

/** The records of a source, verified, with what does not hold as far as they were read. */
interface Reading {
  readonly records: Iterable<LedgerRecord>;
  readonly problems: () => readonly EvidenceProblem[];
  readonly open: Pick<Replay, "standing">;
}

export function replayEvents(source: ReplaySource): Replay {
  const { records, problems, open } = reading(source);
  const events = [...records];
  return { ...result("events_only", events.length, problems()), ...open, events };
}

export function replayState(source: ReplaySource): Replay {
  const { records, problems, open } = reading(source);
  let count = 0;
  const counted = function* () {
    for (const record of records) {
      count += 1;
      yield record;
    }
  };
  const broken = source.kind !== "ledger" && problems().some(isBroken);
  if (broken) count = [...records].length;
  const state = folded(broken ? [] : counted(), source);
  return { ...result("state_only", count, problems()), ...open, state };
}

/** Holds no more of a ledger than the executions that are open where it reads. */
export async function replayFull(source: ReplaySource, beside: ReplayWith): Promise<Replay> {
  const again = { programs: programCache(beside), ...decisionsIn(beside) };
  const { records, problems, open } = reading(source, {
    ...(beside.progress && { progress: beside.progress }),
    delivered: source.kind === "ledger" ? await deliveryCheck(beside.snapshot) : undefined,
  });
  let count = 0;
  let executions = 0;
  let unended = 0;
  const end = (...more: readonly EvidenceProblem[]) => ({
    ...result("full", count, [...problems(), ...more]),
    executions,
    ...(unended === 0 ? {} : { open: unended }),
    ...open,
  });
  if (problems().some(isBroken)) return end();
  for (const trace of byTrace(records)) {
    count += trace.length;
    if (trace[0]?.type === "opened") {
      executions += 1;
      if (trace.at(-1)?.type !== "closed") unended += 1;
    }
    const found = await replayOne(trace, again, beside);
    if (found === undefined) continue;
    return "code" in found ? end(found) : { ...end(), ok: false, divergence: found };
  }
  return end();
}

interface Again {
  readonly programs: (snapshot: Digest, workflow: FullName) => Promise<Program>;
  readonly decisions: (records: readonly LedgerRecord[]) => Promise<Divergence | undefined>;
}

/** What was decided is decided again first, then what was done is done again. */
async function replayOne(
  records: readonly LedgerRecord[],
  { programs, decisions }: Again,
  { capabilities, vault }: ReplayWith,
): Promise<Divergence | EvidenceProblem | undefined> {
  const [first] = records;
  if (first === undefined) return undefined;
  try {
    const otherwise = await decisions(records);
    if (otherwise !== undefined || first.type !== "opened") return otherwise;
    const like = { capabilities, vault: withoutMaking(vault) };
    for (const { snapshot, under } of stagesOf(records, first)) {
      const program = await programs(snapshot, first.workflow);
      const found = replayInFull({ records: under, program, ...like });
      if (found !== undefined) return found;
    }
    return undefined;
  } catch (error) {
    // What the caller did not bring along says nothing about the evidence.
    if (!(error instanceof Refusal) || error.family === "usage") throw error;
    return problemOf(null, error.code, `trace \`${first.trace}\`: ${error.message}`);
  }
}

/**
 * An execution that was moved could have happened up to there under each snapshot that it left, and
 * has happened as a whole under the last.
 */
function* stagesOf(
  records: readonly LedgerRecord[],
  { snapshot: first }: OpenedBody,
): Generator<{ readonly snapshot: Digest; readonly under: readonly LedgerRecord[] }> {
  let snapshot = first;
  for (const [at, record] of records.entries()) {
    if (record.type !== "migrated") continue;
    yield { snapshot, under: records.slice(0, at) };
    snapshot = record.to_snapshot;
  }
  yield { snapshot, under: records };
}

/** Decides again what traces say that was decided; a session's end is asked for by somebody known. */
function decisionsIn({ snapshot }: ReplayWith): Pick<Again, "decisions"> {
  const governors = governorsOf(snapshot);
  const holders = new Map<string, Holder>();
  return {
    decisions(records) {
      const [first] = records;
      if (first?.type === "session") holders.set(first.trace, first);
      return decisionDivergence(records, governors, (session) => holders.get(session));
    },
  };
}

/** A replay changes nothing: a key that is gone is not made anew. */
function withoutMaking({ find }: Vault): Vault {
  return {
    find,
    obtain(name) {
      const key = find(name);
      if (key !== undefined) return key;
      throw new Refusal("evidence", "sealing/key-missing", `the key \`${name}\` is not there`);
    },
  };
}

function result(mode: ReplayMode, records: number, problems: readonly EvidenceProblem[]): Replay {
  return { ok: problems.length === 0, mode, records, divergence: null, problems };
}

interface ReadingWith {
  readonly progress?: Progress;
  /** Holds what was delivered against its event. */
  readonly delivered?: DeliveryCheck | undefined;
}

/** A trace file is read at once; a ledger as its records are asked for. */
function reading(source: ReplaySource, { progress, delivered }: ReadingWith = {}): Reading {
  if (source.kind !== "ledger") {
    const read =
      source.kind === "read"
        ? source.reading
        : readTrace(linesOfFile(source.files, source.path), source.path);
    // A trace that has not ended is replayed as far as it goes; one that was cut off, too.
    if (!isOpen(read)) return { records: read.records, problems: () => read.problems, open: {} };
    const problems = read.problems.filter(isBroken);
    const standing = standingOf(read.records).map(standingAt);
    return { records: read.records, problems: () => problems, open: { standing } };
  }
  const list = problemList();
  const entries = wholeLedger({ ...source, delivered, tell: list.add });
  const count = progressOf(progress, ledgerSize(source.files, source.dataRoot));
  const records = function* () {
    for (const { record, raw } of entries) {
      count(raw.bytes.length);
      yield record;
    }
  };
  return { records: records(), problems: list.problems, open: {} };
}

function folded(records: Iterable<LedgerRecord>, source: ReplaySource): StateRows {
  const room =
    source.kind === "ledger" && source.scratch !== undefined
      ? { files: source.files, folder: source.scratch, name: "state" }
      : undefined;
  const store = foldRecords(records, room);
  try {
    return rowsOf(store);
  } finally {
    store.close();
  }
}

/** The records of each trace, given out as the traces close, and at the end those that are open. */
function* byTrace(records: Iterable<LedgerRecord>): Generator<readonly LedgerRecord[]> {
  const open = new Map<string, LedgerRecord[]>();
  for (const record of records) {
    const trace = open.get(record.trace) ?? [];
    trace.push(record);
    open.set(record.trace, trace);
    if (record.type !== "closed" && !isLone(record)) continue;
    open.delete(record.trace);
    yield trace;
  }
  yield* open.values();
}

/** Opens each snapshot once. */
function programCache(beside: ReplayWith): Again["programs"] {
  const known = new Map<Digest, ReturnType<typeof programsOf>>();
  return (id, workflow) => {
    const programs =
      known.get(id) ??
      programsOf(beside.snapshot(id), beside.capabilities, {
        allowChanged: beside.allowChangedCapabilities,
      });
    known.set(id, programs);
    return programs.find(workflow);
  };
}
