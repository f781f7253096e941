/**
 * PGS through its own door: one runtime on one data root, every execution submitted. An answer
 * settles when its records are on the disk. Trace files are not written: they are projections that
 * the ledger gives back at any time.
 */
import Database from "libsql";
import { openCapabilities } from "../../capabilities/registry.ts";
import type { Json } from "../../protocol/language/json.ts";
import { openRuntime, openSnapshot, resolveSnapshot, SYSTEM_PORTS } from "../../runtime/index.ts";
import type { Contender } from "../contender.ts";
import { ACCEPT_ORDER } from "../order-workspace.ts";
import { orderOf } from "../ten-steps.ts";

const { files } = SYSTEM_PORTS;

export const pgs: Contender = {
  name: "PGS",
  note: "validated, chained, indexed; one flush for all that wait",
  open: async ({ folder, snapshots, capabilities }) => {
    const open = (id?: string) => openSnapshot(files, resolveSnapshot(files, snapshots, id));
    const runtime = await openRuntime({
      dataRoot: `${folder}/data`,
      snapshot: open(),
      snapshots: open,
      capabilities: openCapabilities(capabilities),
      tenant: "default",
      principal: "bench",
      holder: { pid: process.pid, command: "bench" },
    });
    return {
      execute: async (n) => {
        const payload = { order: orderOf(n) } as unknown as Json;
        const { exit } = await runtime.submit({ workflow: ACCEPT_ORDER, payload });
        if (exit !== "accepted") throw new Error(`order ${n} ended in ${exit}`);
      },
      flushes: () => runtime.flushes,
      close: async () => {
        await runtime.close();
        return ordersIn(`${folder}/data/state.db`);
      },
    };
  },
};

/** The registry's rows, read by another SQLite connection than the runtime's. */
function ordersIn(file: string): number {
  const database = new Database(file, { readonly: true });
  const row = database.prepare("SELECT count(*) AS count FROM registry").get() as {
    count: number;
  };
  database.close();
  return row.count;
}
