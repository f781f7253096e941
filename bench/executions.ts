/**
 * Runs one contender for a while with so many executions under way at once, in this process, and
 * says how many ended. The warm-up is not counted; work that did not happen is found by counting
 * what stands in the store.
 */
import { mkdirSync, rmSync } from "node:fs";
import type { Contender, Place, Running } from "./contender.ts";

export interface Load {
  readonly atOnce: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Rate {
  readonly perSecond: number;
  readonly flushesEach: number;
  /** Processor time of the whole process, all threads, an execution. */
  readonly cpuMicrosEach: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function measureRate(contender: Contender, load: Load, place: Place): Promise<Rate> {
  mkdirSync(place.folder, { recursive: true });
  const running = await contender.open(place);
  const numbers = { next: 0 };
  await drive(running, { ...load, forMs: load.warmUpMs, numbers });
  const flushesBefore = running.flushes();
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  const latencies = await drive(running, { ...load, forMs: load.measureMs, numbers });
  const seconds = (performance.now() - begun) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  const flushes = running.flushes() - flushesBefore;
  const stored = await running.close();
  if (stored !== numbers.next) {
    throw new Error(`${contender.name}: ${numbers.next} executed, ${stored} stored`);
  }
  rmSync(place.folder, { recursive: true, force: true });
  latencies.sort((a, b) => a - b);
  const done = latencies.length;
  return {
    perSecond: done / seconds,
    flushesEach: flushes / done,
    cpuMicrosEach: (cpu.user + cpu.system) / done,
    p50Ms: latencies[Math.floor(done * 0.5)] ?? Number.NaN,
    p99Ms: latencies[Math.floor(done * 0.99)] ?? Number.NaN,
  };
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
