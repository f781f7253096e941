/**
 * The last gate, at the moment when a runtime has come so far: after a clean stop, under the snapshot
 * and configuration of the start before, one record; else an execution that writes, reads back and
 * compares, and then that record. It flushes nothing: both ride on the first flush that work makes.
 * Only an execution that finds the state at odds is made durable at once, before it is told.
 */
import { BOOT_INTENT } from "../../protocol/language/acts.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { type LedgerRecord, RECORD_FORMAT } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { VERSION } from "../../protocol/language/version.ts";
import type { Acceptance } from "../acceptance.ts";
import { type Journal, type World, write } from "../execution.ts";
import { Recorded } from "../ledger/recorded.ts";
import type { BootRow, Files, Snapshot, Store, Values } from "../ports.ts";
import type { Running } from "../running.ts";
import type { Storing } from "../state/storing.ts";
import type { Booted, BootOptions } from "./boot-options.ts";
import {
  bootOf,
  bootTrace,
  COHERENT,
  coherenceWork,
  driftFrom,
  RUNTIME_ASKER,
  type StartId,
} from "./coherence.ts";

/** A runtime that has come as far as the last gate. */
export interface Awake {
  readonly world: World;
  readonly store: Store;
  readonly files: Files;
  readonly dataRoot: string;
  readonly snapshot: Snapshot;
  readonly acceptance: Acceptance;
  readonly running: Running;
  readonly storing: Storing;
  readonly epoch: number;
  /** The last writer stored all that it wrote, and left nothing open. */
  readonly clean: boolean;
  readonly newTraceId: () => string;
}

export async function boot(awake: Awake, options: BootOptions): Promise<Booted> {
  const { world, epoch, clean, snapshot } = awake;
  const { configuration, whole = false } = options;
  const start = { epoch, snapshot: snapshot.id, configuration };
  const last = world.state.boot();
  const kind = whole ? "whole" : bootOf(last, { ...start, clean });
  const like =
    kind === "same" && last !== undefined
      ? last.like
      : await cohere(awake, { start, last, options });
  const trace = bootTrace(epoch);
  write(world, journalOf(trace), {
    type: "boot",
    format: RECORD_FORMAT,
    flushed: world.ledger.durable.n,
    engine: VERSION,
    ...start,
    like,
  });
  return { kind, epoch, trace, like };
}

/** A snapshot of an older version lets nobody do anything, the runtime included. */
export function requireBootIntent(snapshot: Snapshot): void {
  const intents = snapshot.governance()?.intents.intents ?? [];
  if (intents.some(({ type }) => type === BOOT_INTENT)) return;
  const message = `the snapshot has no intent \`${BOOT_INTENT}\`: it was compiled before there was one`;
  throw new Refusal("viability", "snapshot/no-boot", message, {
    hint: "Compile the protocol again with this version.",
  });
}

function journalOf(trace: string): Journal {
  return { trace, records: [], lines: [] };
}

interface Whole {
  readonly start: StartId;
  readonly last: BootRow | undefined;
  readonly options: BootOptions;
}

/** The trace of an execution that found the state coherent. */
async function cohere(awake: Awake, { start, last, options }: Whole): Promise<string> {
  const { acceptance, running, world, newTraceId, snapshot } = awake;
  requireBootIntent(snapshot);
  if (last !== undefined) requireNoDrift(recordsOf(awake, last.like), world.state);
  const work = coherenceWork(start, options.gates());
  const accepted = await acceptance.acceptFor(RUNTIME_ASKER, work);
  const trace = newTraceId();
  const { records } = running.runInMemory(accepted, trace);
  const closed = records.at(-1);
  invariant(closed?.type === "closed", "an execution that calls nothing outside has ended");
  if (closed.outcome === COHERENT) return trace;
  await world.ledger.flush();
  throw incoherent(
    `the execution \`${trace}\` ended in \`${closed.outcome}\` at \`${closed.exit}\``,
  );
}

/** What an earlier start wrote; none where the state does not know it any more. */
export function recordsOf(
  { world, store, files, dataRoot }: Pick<Awake, "world" | "store" | "files" | "dataRoot">,
  trace: string,
): readonly LedgerRecord[] {
  const row = world.state.execution(trace);
  if (row === undefined || row.last === null) {
    throw incoherent(`the state has no end of \`${trace}\`, which the last start went through`);
  }
  const { first, last } = row;
  return new Recorded(files, dataRoot).find({ trace, first, last }, store.nearest(first));
}

/**
 * Makes a start durable, stores it, and holds what the store gives back against the ledger's own
 * bytes; for those who have the time. Gives how many effects were compared.
 */
export async function reconcile(awake: Awake, { like, epoch }: Booted): Promise<number> {
  const { world, store, storing } = awake;
  await world.ledger.flush();
  await storing.all();
  const stands = store.boot();
  if (stands?.epoch !== epoch || stands.like !== like) {
    throw incoherent(`the store's last start is ${stands?.epoch ?? "none"}, not ${epoch}`);
  }
  const records = recordsOf(awake, like);
  requireNoDrift(records, store);
  return records.filter(({ type }) => type === "effect").length;
}

/** Refuses a state that does not hold what the ledger says that it was given. */
export function requireNoDrift(records: readonly LedgerRecord[], values: Values): void {
  const drift = driftFrom(records, values);
  if (drift !== undefined) throw incoherent(drift);
}

function incoherent(what: string): Refusal {
  return new Refusal("evidence", "boot/incoherent", `the state is not what was written: ${what}`, {
    hint: "`pgs verify --state` shows all that differs; `pgs rebuild` folds the state anew.",
  });
}
