/**
 * The job behind the section on one execution alone: PGS and the bare disk in turns, in one process,
 * so that both see the same moment of the disk. The bare disk writes as many bytes an execution as
 * PGS just did.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "../contender.ts";
import { flushed } from "../peers/flush.ts";
import { pgs } from "../peers/pgs.ts";
import { delayOf } from "../slow-disk.ts";
import { quantile } from "../statistics.ts";
import { ledgerBytesIn } from "./make-ledger.ts";

export interface AloneRequest {
  readonly place: Place;
  readonly turns: number;
}

/** Medians, by turn. */
export interface AloneAnswer {
  readonly pgsMicros: readonly number[];
  readonly bareMicros: readonly number[];
  readonly bytesEach: number;
}

const TURN_EXECUTIONS = 100;
const WARM_UP_TURNS = 10;

export async function alone({ place, turns }: AloneRequest): Promise<AloneAnswer> {
  const running = await pgs.open(place);
  const delay = delayOf(place.flushDelayMs);
  const bare = openSync(join(place.folder, "bare"), "a");
  const dataRoot = join(place.folder, "data");
  const pgsMicros: number[] = [];
  const bareMicros: number[] = [];
  let n = 0;
  let bytesEach = 0;
  for (let turn = -WARM_UP_TURNS; turn < turns; turn += 1) {
    const before = ledgerBytesIn(dataRoot);
    const ours = await medianMicros(() => running.execute(n++));
    bytesEach = Math.round((ledgerBytesIn(dataRoot) - before) / TURN_EXECUTIONS);
    const line = Buffer.alloc(bytesEach, "x");
    const theirs = await medianMicros(async () => {
      writeSync(bare, line);
      await flushed(bare);
      if (place.flushDelayMs > 0) await delay.wait();
    });
    if (turn < 0) continue;
    pgsMicros.push(ours);
    bareMicros.push(theirs);
  }
  closeSync(bare);
  await delay.end();
  const stored = await running.close();
  if (stored !== n) throw new Error(`${n} executed, ${stored} stored`);
  return { pgsMicros, bareMicros, bytesEach };
}

async function medianMicros(work: () => Promise<void>): Promise<number> {
  const micros: number[] = [];
  for (let run = 0; run < TURN_EXECUTIONS; run += 1) {
    const begun = performance.now();
    await work();
    micros.push((performance.now() - begun) * 1_000);
  }
  return quantile(
    micros.sort((a, b) => a - b),
    0.5,
  );
}
