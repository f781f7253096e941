/**
 * What can be done with executions that have not ended, beside waiting for their ends: waking those
 * that sleep, telling them something, ending them before their time, moving them to another snapshot;
 * and with what ended partly undone, trying again. It only puts the parts together.
 */
import type { Acceptance, Accepted } from "./acceptance.ts";
import type { Admission } from "./admission.ts";
import type { Asker } from "./asker.ts";
import type { AtHand } from "./at-hand.ts";
import { Cancelling } from "./cancel.ts";
import type { World } from "./execution.ts";
import { Recorded } from "./ledger/recorded.ts";
import { Migrating } from "./migrate.ts";
import type { ExecutionRow, Store } from "./ports.ts";
import type { Programs } from "./programs.ts";
import type { Waits } from "./repeats.ts";
import type { Running } from "./running.ts";
import type { Ports, RuntimeOptions } from "./runtime-options.ts";
import { SagaRetrying } from "./saga-retry.ts";
import { Signals } from "./signal.ts";
import { Sleepers } from "./sleepers.ts";

export interface OpenExecutionsOptions {
  readonly options: RuntimeOptions;
  readonly ports: Ports;
  readonly world: World;
  readonly store: Store;
  readonly programs: Programs;
  readonly atHand: AtHand;
  readonly admission: Admission;
  readonly running: Running;
  readonly unheard: (error: unknown) => void;
}

/** Those that sleep: they are there before anybody may ask for anything. */
export function sleepersOf({ options, ports, running, ...of }: OpenExecutionsOptions): Sleepers {
  const { dataRoot, onClosed, onWoken = () => {} } = options;
  const { files, clock } = ports;
  const lines = onClosed !== undefined;
  const { waiting } = running;
  return new Sleepers({ ...of, dataRoot, files, clock, waiting, lines, woken: onWoken });
}

export interface Decided {
  readonly acceptance: Acceptance;
  readonly operator: Asker;
  readonly sleepers: Sleepers;
  readonly newTraceId: () => string;
}

export interface OpenExecutions {
  readonly cancelling: Cancelling;
  readonly signals: Signals;
  readonly migrating: Migrating;
  readonly retrying: SagaRetrying;
}

/** What is decided on before it is done to one of them. */
export function openExecutions(
  { options, ports, world, store, programs, atHand, running }: OpenExecutionsOptions,
  { acceptance, operator, sleepers, newTraceId }: Decided,
): OpenExecutions {
  const { dataRoot, capabilities } = options;
  const { files } = ports;
  const by = { world, acceptance, operator, snapshot: programs.snapshot.id };
  const snapshotOf = (id: string) => atHand.snapshot(id);
  const cancelling = new Cancelling({ ...by, running, sleepers, snapshotOf });
  const journals = {
    take: (trace: string) => cancelling.leftOf(trace) ?? sleepers.take(trace),
    giveBack: ({ trace }: { readonly trace: string }) => sleepers.giveBack(trace),
  };
  const recorded = new Recorded(files, dataRoot);
  const recordsOf = ({ trace, first, last }: ExecutionRow) =>
    last === null ? [] : recorded.find({ trace, first, last }, store.nearest(first));
  const run = (accepted: Accepted, trace: string) => running.run(accepted, trace);
  return {
    cancelling,
    retrying: new SagaRetrying({ ...by, programs, recordsOf, run, newTraceId }),
    signals: new Signals({ ...by, waiting: sleepers }),
    migrating: new Migrating({ ...by, files, dataRoot, journals, capabilities, programs }),
  };
}

/** One that waits, in memory or asleep; undefined where none of that trace does. */
export function waitsOf(
  trace: string,
  { waiting }: Running,
  sleepers: Sleepers,
): Waits | undefined {
  const live = waiting.get(trace);
  if (live === undefined) return sleepers.look(trace)?.journal;
  return { records: live.course.journal.records, answer: live.answer };
}
