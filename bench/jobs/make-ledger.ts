/** The job that runs so many executions to their ends and leaves their data root behind. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "../contender.ts";
import { runOrders } from "../executions.ts";
import { pgs } from "../peers/pgs.ts";

const AT_ONCE = 64;

export interface MakeLedgerRequest {
  readonly place: Place;
  readonly executions: number;
}

export interface MakeLedgerAnswer {
  readonly dataRoot: string;
  readonly bytes: number;
}

export async function makeLedger({
  place,
  executions,
}: MakeLedgerRequest): Promise<MakeLedgerAnswer> {
  const running = await pgs.open(place);
  await runOrders(running.execute, { from: 0, to: executions, atOnce: AT_ONCE });
  const stored = await running.close();
  if (stored !== executions) throw new Error(`${executions} executed, ${stored} stored`);
  const dataRoot = join(place.folder, "data");
  return { dataRoot, bytes: ledgerBytesIn(dataRoot) };
}

export function ledgerBytesIn(dataRoot: string): number {
  const ledger = join(dataRoot, "ledger");
  const sizes = readdirSync(ledger).map((name) => statSync(join(ledger, name)).size);
  return sizes.reduce((sum, size) => sum + size, 0);
}
