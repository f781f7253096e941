/** The job before the verify section: runs so many executions and leaves their data root behind. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "../contender.ts";
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
  let next = 0;
  const lane = async () => {
    while (next < executions) {
      next += 1;
      await running.execute(next);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const stored = await running.close();
  if (stored !== executions) throw new Error(`${executions} executed, ${stored} stored`);
  const dataRoot = join(place.folder, "data");
  const ledger = join(dataRoot, "ledger");
  const sizes = readdirSync(ledger).map((name) => statSync(join(ledger, name)).size);
  return { dataRoot, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
