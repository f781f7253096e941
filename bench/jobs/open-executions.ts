/**
 * The job before the recovery section: leaves a data root as a stopped process does, with so many
 * executions that began and did not end. Each is carried out by the runtime's own machine and
 * written by its own ledger, and stops after another number of its records: some after the first,
 * some with all but the last. No state is left, so that recovery has to fold everything.
 */
import { join } from "node:path";
import { openCapabilities } from "../../capabilities/registry.ts";
import { RUN_ACT } from "../../protocol/language/acts.ts";
import type { Json } from "../../protocol/language/json.ts";
import type { FullName } from "../../protocol/language/names.ts";
import { operatorOf } from "../../runtime/asker.ts";
import { prepareDataRoot } from "../../runtime/data-root.ts";
import { BEGINNING } from "../../runtime/driver.ts";
import {
  acceptedFact,
  advance,
  type Journal,
  liveHost,
  type World,
  write,
} from "../../runtime/execution.ts";
import {
  governorOf,
  openSnapshot,
  resolveSnapshot,
  type Snapshot,
  SYSTEM_PORTS,
} from "../../runtime/index.ts";
import { Ledger } from "../../runtime/ledger/ledger.ts";
import { recoverLedger } from "../../runtime/ledger/recovery.ts";
import { openedBody } from "../../runtime/opening.ts";
import { programsOf } from "../../runtime/programs.ts";
import { openVault } from "../../runtime/sealing/vault.ts";
import { openState, removeState } from "../../runtime/state/open.ts";
import { Overlay } from "../../runtime/state/overlay.ts";
import { traceIds } from "../../runtime/trace-ids.ts";
import type { Place } from "../contender.ts";
import { orderOf } from "../ten-steps.ts";
import { WORKLOADS } from "../workloads.ts";
import { ledgerBytesIn, type MakeLedgerAnswer } from "./make-ledger.ts";

export interface OpenExecutionsRequest {
  readonly place: Place;
  readonly executions: number;
}

const { files, clock, entropy } = SYSTEM_PORTS;
/** A group of as many as run at once. */
const FLUSH_EVERY = 64;
/** Nodes of the ten-step workflow on its way to the end. */
const STEPS = 10;

/** Stands for the process's end: what was to be recorded next never was. */
class Stopped extends Error {}

export async function openExecutions({
  place,
  executions,
}: OpenExecutionsRequest): Promise<MakeLedgerAnswer> {
  const dataRoot = join(place.folder, "data");
  const capabilities = openCapabilities(place.capabilities);
  const snapshot = openSnapshot(files, resolveSnapshot(files, place.snapshots));
  const programs = programsOf(snapshot, capabilities, { allowChanged: false });
  const program = await programs.find(WORKLOADS[place.workload].workflow);
  prepareDataRoot(files, dataRoot);
  const store = openState(files, dataRoot);
  const begin = { dataRoot, files, clock, watermark: undefined, open: [], each: () => {} };
  const vault = openVault(dataRoot, files, entropy);
  const settleKeys = vault.settle;
  const ledger = new Ledger({ dataRoot, files, clock, settleKeys, ...recoverLedger(begin) });
  const state = new Overlay(store);
  const world: World = { ledger, state, vault, capabilities };
  const by = { programs, epoch: 1 };
  const decided = await allowedRun(snapshot, program.graph.workflow);
  const newTraceId = traceIds(clock, entropy);
  for (let n = 0; n < executions; n += 1) {
    const payload = { order: orderOf(n) } as unknown as Json;
    const journal: Journal = { trace: newTraceId(), records: [], lines: [] };
    const accepted = { ...decided, program, payload, key: null };
    const opened = write(world, journal, openedBody(by, ledger, { accepted, payload }));
    const host = stopping(liveHost(world, journal, opened), n % (STEPS + 1));
    stopped(() =>
      advance(world, { program, journal, host }, BEGINNING, acceptedFact(opened, payload)),
    );
    if (n % FLUSH_EVERY === 0) await ledger.flush();
  }
  await ledger.flush();
  await ledger.close();
  store.close();
  removeState(files, dataRoot);
  return { dataRoot, bytes: ledgerBytesIn(dataRoot) };
}

/** Who asks for all of them, and the decision that lets them be run by the workflow's name. */
async function allowedRun(snapshot: Snapshot, name: FullName) {
  const governor = governorOf(snapshot.governance());
  const asker = operatorOf({ tenant: "default", principal: "bench" }, governor.sight);
  const intent = RUN_ACT.type;
  await governor.ready(intent);
  const { workflow, labels, reach } = governor.workflow(name) ?? {};
  const payload = { workflow, labels, reach } as unknown as Json;
  const { decision } = governor.decide({ ...asker, intent, payload });
  if (decision.decision !== "allow") throw new Error(`the operator may not run ${name}`);
  return { asker, intent, decision };
}

/** The same host, which comes to its end before its record number `recordsMax + 1`. */
function stopping(host: ReturnType<typeof liveHost>, recordsMax: number) {
  let records = 0;
  return {
    ...host,
    record: (command: Parameters<typeof host.record>[0]) => {
      if (records === recordsMax) throw new Stopped();
      records += 1;
      host.record(command);
      // The record of the end would follow at once, and it is not one of the machine's.
      if (records === STEPS) throw new Stopped();
    },
  };
}

function stopped(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (error instanceof Stopped) return;
    throw error;
  }
  throw new Error("an execution came to its end that was to be stopped");
}
