/**
 * An execution run again from its records: the recorded facts go through the same machine, every
 * transform is called again, and every record that comes out is held against the one that stands
 * there. Effects and calls to the outside are answered from the record: nothing is written, no store
 * is touched, and no call is ever made.
 */
import type { Capabilities } from "../../protocol/language/capabilities.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import {
  isMachineRecord,
  type LedgerRecord,
  type OpenedBody,
  type RecordBody,
} from "../../protocol/language/records.ts";
import { BEGINNING, drive, type Host } from "../driver.ts";
import { acceptedFact, sealedBody } from "../execution.ts";
import { fingerprintOf, isHappened } from "../fingerprint.ts";
import { invoke } from "../invoke.ts";
import type { FinishCommand, Program } from "../machine/program.ts";
import {
  answerIn,
  armedIn,
  awaitedIn,
  bodyOf,
  cancelIn,
  clear,
  misfitIn,
  toldIn,
} from "../playback.ts";
import { type Sealer, sealerOf } from "../sealing/sealer.ts";
import type { Vault } from "../sealing/vault.ts";
import { type Difference, firstDifference } from "./difference.ts";

/** Where a replay first went another way than the record: what it says, and what came out now. */
export interface Divergence extends Difference {
  readonly trace: string;
  readonly n: number;
  readonly seq: number;
  /** Null at the end of the execution. */
  readonly node: string | null;
}

export interface FullReplayOptions {
  /** Verified, `opened` first. */
  readonly records: readonly LedgerRecord[];
  readonly program: Program;
  readonly capabilities: Capabilities;
  readonly vault: Vault;
}

/** Leaves the driver's loop; caught in this file alone. */
class Stop extends Error {
  constructor(readonly divergence: Divergence | undefined) {
    super("the replay is at its end");
  }
}

/**
 * The first divergence; undefined where there is none, up to the last record of an open trace.
 * Refuses with `sealing/...` where a key that it needs is gone.
 */
export function replayInFull(options: FullReplayOptions): Divergence | undefined {
  const { program, vault } = options;
  // That it was moved to another snapshot is no step of any graph.
  const records = options.records.filter(({ type }) => type !== "migrated");
  const moves = options.records.length - records.length;
  const [opened] = records;
  if (opened?.type !== "opened") return undefined;
  const sealer = sealerOf(vault, opened.tenant, opened.trace);
  const payload = clear(sealer.open(opened.payload), opened.trace);
  try {
    compare(opened, {
      ...(bodyOf(opened) as unknown as OpenedBody),
      payload: sealer.seal(payload, program.graph.sealPayload, "payload"),
    });
    requireFit(program, { schema: program.graph.payload, value: payload }, opened);
    const { host, reached } = hostOf({ ...options, records }, sealer);
    const pause = drive({ program, host }, BEGINNING, acceptedFact(opened, payload));
    invariant(pause.kind === "finished", "no call is made: the record answers, or the replay ends");
    requireEnd(records[reached()]);
    compareEnd(records, pause.command, { sealer, moves });
    return undefined;
  } catch (error) {
    if (error instanceof Stop) return error.divergence;
    throw error;
  }
}

interface Replaying {
  readonly host: Host;
  /** The index of the first record that was not made again. */
  readonly reached: () => number;
}

function hostOf({ records, program, capabilities }: FullReplayOptions, sealer: Sealer): Replaying {
  let at = 1;
  let stored: Json | undefined;
  const host: Host = {
    cancel({ node, name }) {
      const record = records[at];
      if (record?.type !== "cancelled") return undefined;
      if (record.node !== name)
        throw diverged(record, { field: "/node", ...namesOf(record, name) });
      const fact = cancelIn(program, node, record);
      if (fact !== undefined) return fact;
      throw diverged(record, { field: "/to", expected: record.to, found: null });
    },
    invoke: (command) => {
      if (at >= records.length) throw new Stop(undefined);
      return invoke(capabilities, command);
    },
    commit(command) {
      const record = records[at];
      if (record === undefined) throw new Stop(undefined);
      if (record.type !== "effect" || record.node !== command.name) {
        throw diverged(record, { field: "/node", ...namesOf(record, command.name) });
      }
      const { answer, output } = answerIn(record, sealer);
      const misfit = misfitIn(program, command.node, { record, answer });
      if (misfit !== undefined) throw diverged(record, misfit);
      stored = output;
      return answer;
    },
    arm(command) {
      const record = records[at];
      if (record === undefined) throw new Stop(undefined);
      const now = armedIn(record, command);
      if (now !== undefined) return now;
      throw diverged(record, { field: "/node", ...namesOf(record, command.name) });
    },
    next(standing) {
      const record = records[at];
      if (record === undefined) throw new Stop(undefined);
      const told = toldIn(record, standing, { program, sealer });
      if (told !== undefined) return told;
      throw diverged(record, { field: "/node", ...namesOf(record, awaitedIn(standing)) });
    },
    record(command) {
      const record = records[at];
      if (record === undefined) throw new Stop(undefined);
      compare(record, sealedBody(command, sealer, stored));
      stored = undefined;
      at += 1;
    },
  };
  return { host, reached: () => at };
}

/** What is at its end now had gone on when it was recorded. */
function requireEnd(next: LedgerRecord | undefined): void {
  if (next === undefined || !isMachineRecord(next)) return;
  throw diverged(next, { field: "/type", expected: next.type, found: "closed" });
}

function requireFit(
  program: Program,
  { schema, value }: { readonly schema: number; readonly value: Json },
  record: LedgerRecord,
): void {
  const [problem] = program.fits(schema, value) ?? [];
  if (problem === undefined) return;
  const found = `does not fit its schema: ${problem.message}`;
  throw diverged(record, { field: `/payload${problem.pointer}`, expected: null, found });
}

function namesOf(record: LedgerRecord, found: string): Pick<Difference, "expected" | "found"> {
  return { expected: nodeOf(record), found };
}

function nodeOf(record: LedgerRecord): string | null {
  return isMachineRecord(record) ? record.node : null;
}

function compare(record: LedgerRecord, again: RecordBody): void {
  const difference = firstDifference(bodyOf(record), again as unknown as Json);
  if (difference !== undefined) throw diverged(record, difference);
}

function diverged(record: LedgerRecord, difference: Difference): Stop {
  const { trace, n, seq } = record;
  return new Stop({ trace, n, seq, node: nodeOf(record), ...difference });
}

/** The last record, made again. */
function compareEnd(
  records: readonly LedgerRecord[],
  { exit, outcome, result, seal, fault }: FinishCommand,
  { sealer, moves }: { readonly sealer: Sealer; readonly moves: number },
): void {
  const made = records.filter(isMachineRecord);
  const [opened] = records;
  const record = records[made.length + 1];
  if (record === undefined || opened?.type !== "opened") return;
  compare(record, {
    type: "closed",
    exit,
    outcome,
    result: sealer.seal(result, seal, "result"),
    fault,
    records: made.length + moves + 2,
    fingerprint: fingerprintOf({ opened, steps: made.filter(isHappened) }),
  });
}
