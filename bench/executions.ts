/**
 * Runs one contender for a while with so many executions under way at once, in this process, and
 * says how many ended. The warm-up is not counted; work that did not happen is found by counting
 * what stands in the store.
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import type { Contender, Place, Running } from "./contender.ts";

export interface Load {
  readonly atOnce: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Rate {
  readonly perSecond: number;
  readonly flushesEach: number;
  /** Bytes given to the system to write; null where the system does not count them. */
  readonly bytesEach: number | null;
  /** Processor time of the whole process, all threads, an execution. */
  readonly cpuMicrosEach: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function measureRate(contender: Contender, load: Load, place: Place): Promise<Rate> {
  mkdirSync(place.folder, { recursive: true });
  const running = await contender.open(place);
  const numbers = { next: 0 };
  await warmUp(running, load, numbers);
  const before = await spent(running);
  const begun = performance.now();
  const latencies = await drive(running, { ...load, forMs: load.measureMs, numbers });
  const seconds = (performance.now() - begun) / 1_000;
  const after = await spent(running);
  const stored = await running.close();
  if (stored !== numbers.next) {
    throw new Error(`${contender.name}: ${numbers.next} executed, ${stored} stored`);
  }
  rmSync(place.folder, { recursive: true, force: true });
  latencies.sort((a, b) => a - b);
  const done = latencies.length;
  return {
    perSecond: done / seconds,
    flushesEach: (after.flushes - before.flushes) / done,
    bytesEach:
      after.bytes === null || before.bytes === null ? null : (after.bytes - before.bytes) / done,
    cpuMicrosEach: (after.cpuMicros - before.cpuMicros) / done,
    p50Ms: latencies[Math.floor(done * 0.5)] ?? Number.NaN,
    p99Ms: latencies[Math.floor(done * 0.99)] ?? Number.NaN,
  };
}

/** On a busy machine a time alone would end before the code is compiled. */
const WARM_UP_EXECUTIONS = 2_000;
const WARM_UP_TURNS_MAX = 3;

async function warmUp(running: Running, load: Load, numbers: Drive["numbers"]): Promise<void> {
  for (let turn = 0; turn < WARM_UP_TURNS_MAX; turn += 1) {
    await drive(running, { ...load, forMs: load.warmUpMs, numbers });
    if (numbers.next >= WARM_UP_EXECUTIONS) return;
  }
}

interface Spent {
  readonly flushes: number;
  readonly bytes: number | null;
  readonly cpuMicros: number;
}

/** So far, by this process and by those that work for it. */
async function spent({ flushes, elsewhere }: Running): Promise<Spent> {
  const { user, system } = process.cpuUsage();
  return {
    flushes: await flushes(),
    bytes: elsewhere === undefined ? bytesGiven("wchar") : await elsewhere.bytes(),
    cpuMicros: user + system + (elsewhere?.cpuMicros() ?? 0),
  };
}

/** What this process gave the system to write (`wchar`), or got to read (`rchar`), so far. */
export function bytesGiven(counter: "wchar" | "rchar"): number | null {
  try {
    const text = readFileSync("/proc/self/io", "utf8");
    return Number(new RegExp(`^${counter}: (\\d+)$`, "m").exec(text)?.[1] ?? Number.NaN);
  } catch {
    // Only Linux counts; elsewhere the report shows that nothing was counted.
    return null;
  }
}

interface Drive {
  readonly atOnce: number;
  readonly forMs: number;
  /** Numbers are never used twice: an order that stands already is another workflow. */
  readonly numbers: { next: number };
}

/** Milliseconds that each execution took, by the order of their ends. */
async function drive(running: Running, { atOnce, forMs, numbers }: Drive): Promise<number[]> {
  const latencies: number[] = [];
  const until = performance.now() + forMs;
  const lane = async () => {
    while (performance.now() < until) {
      const begun = performance.now();
      const n = numbers.next;
      numbers.next += 1;
      await running.execute(n);
      latencies.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return latencies;
}

/** Runs the orders from a number up to another, so many at once. */
export async function runOrders(
  execute: (n: number) => Promise<void>,
  { from, to, atOnce }: { readonly from: number; readonly to: number; readonly atOnce: number },
): Promise<void> {
  let next = from;
  const lane = async () => {
    while (next < to) {
      const n = next;
      next += 1;
      await execute(n);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
