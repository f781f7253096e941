/**
 * Durable executions a second, some at once: PGS, the peers, and the bare disk, in turns, each turn
 * a process of its own on an empty folder. The ten-step workflow, the three-step one, and both disks:
 * this machine's, and one whose flush takes as long as a real one's.
 */
import type { Section } from "../bench.ts";
import { ratesOf } from "./rates.ts";

const LOADS = [1, 64, 512];
const SLOW_DISK_LOADS = [1, 64];
/** PGS right after the one that it is compared with. */
const FAST = ["flush", "journal", "grouped-journal", "pgs"] as const;
/** An order of magnitude behind: one turn says enough. */
const SLOW = ["xstate", "step-functions", "dbos"] as const;
const FLUSH_DELAY_MS = 2;

export const durable: Section = {
  name: "durable",
  title: "Durable executions: ten steps, two effects (W10)",
  run: (bench) =>
    ratesOf(bench, {
      section: "durable",
      workload: "W10",
      contenders: [
        ...FAST.map((name) => ({ name, rounds: 3 })),
        ...SLOW.map((name) => ({ name, rounds: 1 })),
      ],
      loads: LOADS,
      flushDelayMs: 0,
      budgets: [
        { contender: "pgs", atOnce: 64, limit: 12_000, of: "perSecond", at: "least" },
        { contender: "pgs", atOnce: 1, limit: 1, of: "flushesEach", at: "most" },
        { contender: "pgs", atOnce: 64, limit: 0.1, of: "flushesEach", at: "most" },
      ],
    }),
};

export const durableSmall: Section = {
  name: "durable-w3",
  title: "Durable executions: three steps, one effect (W3)",
  run: (bench) =>
    ratesOf(bench, {
      section: "durable-w3",
      workload: "W3",
      contenders: FAST.map((name) => ({ name, rounds: 2 })),
      loads: LOADS,
      flushDelayMs: 0,
      budgets: [
        { contender: "pgs", atOnce: 1, limit: 1, of: "flushesEach", at: "most" },
        { contender: "pgs", atOnce: 64, limit: 0.1, of: "flushesEach", at: "most" },
      ],
    }),
};

export const slowDisk: Section = {
  name: "slow-disk",
  title: `W10 where every flush takes ${FLUSH_DELAY_MS} ms longer`,
  run: (bench) =>
    ratesOf(bench, {
      section: "slow-disk",
      workload: "W10",
      contenders: FAST.map((name) => ({ name, rounds: 2 })),
      loads: SLOW_DISK_LOADS,
      flushDelayMs: FLUSH_DELAY_MS,
      budgets: [],
    }),
};
