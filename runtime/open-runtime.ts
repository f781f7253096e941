/**
 * Opening a data root to write it: what a former writer left is recovered before any work is taken.
 * Whatever goes wrong on the way lets go of everything again.
 */
import type { CutBody } from "../protocol/language/records.ts";
import { prepareDataRoot } from "./data-root.ts";
import { atGate } from "./genesis/check.ts";
import { Ledger } from "./ledger/ledger.ts";
import { recoverLedger } from "./ledger/recovery.ts";
import { own } from "./owner.ts";
import { governorOf } from "./policy/governor.ts";
import type { Store } from "./ports.ts";
import { programsOf } from "./programs.ts";
import { type Owned, Runtime } from "./runtime.ts";
import { DEFAULTS, type Ports, type RuntimeOptions, SYSTEM_PORTS } from "./runtime-options.ts";
import { openVault } from "./sealing/vault.ts";
import { keepNames, openState } from "./state/open.ts";
import { Overlay } from "./state/overlay.ts";
import { storingFor } from "./storing-for.ts";
import { Gathered } from "./unfinished.ts";

export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { dataRoot, holder, waitMs, ports = SYSTEM_PORTS } = { ...DEFAULTS, ...options };
  const { files, clock, lock } = ports;
  const allowChanged = options.allowChangedCapabilities === true;
  const programs = await atGate("G3", () =>
    programsOf(options.snapshot, options.capabilities, { allowChanged }),
  );
  const governor = await atGate("G3", () => governorOf(options.snapshot.governance()));
  const ownership = await atGate("G1", () => {
    prepareDataRoot(files, dataRoot);
    return own({ dataRoot, files, clock, holder, waitMs, ...(lock && { lock }) });
  });
  try {
    return await atGate("G3", () => start(options, ports, { programs, governor, ownership }));
  } catch (error) {
    ownership.release();
    throw error;
  }
}

async function start(options: RuntimeOptions, ports: Ports, owned: Owned): Promise<Runtime> {
  const { dataRoot, capabilities, roomWaitMs = 0 } = options;
  const { files, clock, entropy } = ports;
  const own = ports.store === undefined ? openState(files, dataRoot) : undefined;
  const store = own ?? (ports.store as (dataRoot: string) => Store)(dataRoot);
  let runtime: Runtime | undefined;
  // While the ledger is read; what goes wrong is told before anything is stored.
  const named = own && keepNames(files, dataRoot);
  named?.catch(() => {});
  try {
    const watermark = store.watermark();
    const state = new Overlay(store);
    const gathered = new Gathered({
      files,
      dataRoot,
      applied: watermark?.applied ?? 0,
      lines: options.onClosed !== undefined,
    });
    const cuts: CutBody[] = [];
    const recovered = recoverLedger({
      dataRoot,
      files,
      clock,
      watermark,
      checkWorkerFile: options.checkWorkerFile,
      open: store.open(),
      asleep: (trace) => store.asleep(trace),
      each(entry) {
        gathered.take(entry);
        if (entry.record.n <= (watermark?.applied ?? 0)) return;
        state.note(entry.record);
        if (entry.record.type === "cut") cuts.push(entry.record);
      },
    });
    const vault = openVault(dataRoot, files, entropy);
    const settleKeys = vault.settle;
    const ledger = new Ledger({ dataRoot, files, clock, roomWaitMs, settleKeys, ...recovered });
    const world = { ledger, state, vault, capabilities };
    const storing = storingFor(options, world, own, () => runtime?.post?.delivered() ?? []);
    const applied = watermark?.applied ?? 0;
    const clean = applied === recovered.end.n && store.open().length === 0;
    runtime = new Runtime(options, world, { ...owned, store, storing, ports, applied, clean });
    await named;
    await runtime.resume(gathered.takeOpen(), cuts);
    await runtime.projectAgain(gathered.closed);
    return runtime;
  } catch (error) {
    await runtime?.abandon(error);
    store.close();
    throw error;
  }
}
