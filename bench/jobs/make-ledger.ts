/** The job that runs so many executions to their ends and leaves their data root behind. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { withoutRoom } from "../../runtime/ledger/room.ts";
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

/** Bytes of lines: room that was made in advance is none of them. */
export function ledgerBytesIn(dataRoot: string): number {
  const ledger = join(dataRoot, "ledger");
  const paths = readdirSync(ledger)
    .filter((name) => name.endsWith(".jsonl"))
    .sort()
    .map((name) => join(ledger, name));
  const last = paths.pop();
  const bytes = last === undefined ? 0 : withoutRoom(readFileSync(last)).length;
  return paths.reduce((sum, path) => sum + statSync(path).size, bytes);
}
