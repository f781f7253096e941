/**
 * PGS through its own door: one runtime on one data root, every execution submitted. An answer
 * settles when its records are on the disk. Trace files are not written: they are projections that
 * the ledger gives back at any time.
 */
import { dirname, join } from "node:path";
import { openCapabilities } from "../../capabilities/registry.ts";
import type { Json } from "../../protocol/language/json.ts";
import {
  openRuntime,
  openSnapshot,
  type Ports,
  type Runtime,
  resolveSnapshot,
  SYSTEM_PORTS,
} from "../../runtime/index.ts";
import type { Contender, Place } from "../contender.ts";
import { delayOf, slowFiles } from "../slow-disk.ts";
import { storedOrders } from "../stored-orders.ts";
import { orderOf } from "../ten-steps.ts";
import { WORKLOADS } from "../workloads.ts";

const { files } = SYSTEM_PORTS;

export const pgs: Contender = {
  name: "PGS",
  note: "validated, chained, indexed; one flush for all that wait",
  open: async (place) => {
    const delay = delayOf(place.flushDelayMs);
    const slow = { ...SYSTEM_PORTS, files: slowFiles(files, delay) };
    const runtime = await openPgs(place, place.flushDelayMs === 0 ? SYSTEM_PORTS : slow);
    return {
      execute: executing(runtime, place),
      flushes: () => runtime.flushes,
      close: async () => {
        await runtime.close();
        await delay.end();
        return storedOrders(`${place.folder}/data`);
      },
    };
  },
};

type PgsPlace = Pick<Place, "folder" | "snapshots" | "capabilities" | "storeWorkerFile">;

/** A runtime on the data root in the place's folder. */
export function openPgs(
  { folder, snapshots, capabilities, storeWorkerFile }: PgsPlace,
  ports: Ports,
): Promise<Runtime> {
  const open = (id?: string) => openSnapshot(files, resolveSnapshot(files, snapshots, id));
  return openRuntime({
    dataRoot: `${folder}/data`,
    snapshot: open(),
    snapshots: open,
    capabilities: openCapabilities(capabilities),
    storeWorkerFile,
    // Built beside it.
    checkWorkerFile: join(dirname(storeWorkerFile), "check-worker.cjs"),
    tenant: "default",
    principal: "bench",
    holder: { pid: process.pid, command: "bench" },
    ports,
  });
}

export function executing(
  runtime: Runtime,
  { workload }: Pick<Place, "workload">,
): (n: number) => Promise<void> {
  const { workflow, exit } = WORKLOADS[workload];
  return async (n) => {
    const payload = { order: orderOf(n) } as unknown as Json;
    const answer = await runtime.submit({ workflow, payload });
    if (answer.exit !== exit) throw new Error(`order ${n} ended in ${answer.exit}`);
  };
}
