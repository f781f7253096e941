/**
 * Durable executions of the ten-step workflow a second, alone and 64 at once: PGS, the peers, and
 * the bare disk, in turns, each turn a process of its own on an empty folder.
 */
import { join } from "node:path";
import type { Bench, Section } from "../bench.ts";
import type { ExecutionsAnswer, ExecutionsRequest } from "../jobs/executions.ts";
import { orderWorkspace } from "../order-workspace.ts";
import { numberText } from "../report.ts";
import { type Row, rowOf } from "../row.ts";
import { summarize } from "../statistics.ts";

const SECTION = "durable";
const CONTENDERS = ["flush", "pgs", "xstate", "step-functions"];
const LOADS = [1, 64];
const ROUNDS = { full: 5, quick: 1 };
const WARM_UP_MS = 700;
const MEASURE_MS = 2_000;

export const durable: Section = {
  name: SECTION,
  title: "Durable executions, ten steps, two durable inserts",
  run: (bench) => {
    const snapshots = join(orderWorkspace(bench), "snapshots");
    const answers = new Map<string, ExecutionsAnswer[]>();
    for (let round = 0; round < (bench.quick ? ROUNDS.quick : ROUNDS.full); round += 1) {
      for (const contender of CONTENDERS) {
        for (const atOnce of LOADS) {
          const key = `${contender} ${atOnce}`;
          bench.progress(`durable: round ${round + 1}, ${contender}, ${atOnce} at once`);
          answers.set(key, [
            ...(answers.get(key) ?? []),
            turn(bench, { contender, atOnce, snapshots }),
          ]);
        }
      }
    }
    return LOADS.flatMap((atOnce) =>
      CONTENDERS.flatMap((contender) =>
        rowsOf(contender, atOnce, answers.get(`${contender} ${atOnce}`) ?? []),
      ),
    );
  },
};

interface Turn {
  readonly contender: string;
  readonly atOnce: number;
  readonly snapshots: string;
}

function turn(bench: Bench, { contender, atOnce, snapshots }: Turn): ExecutionsAnswer {
  const request: ExecutionsRequest = {
    contender,
    load: { atOnce, warmUpMs: WARM_UP_MS, measureMs: MEASURE_MS },
    place: {
      folder: bench.folder(`${contender}-${atOnce}`),
      snapshots,
      capabilities: join(bench.root, "dist", "capabilities"),
    },
  };
  return bench.child<ExecutionsAnswer>("executions", request);
}

function rowsOf(contender: string, atOnce: number, answers: readonly ExecutionsAnswer[]): Row[] {
  const [first] = answers;
  if (first === undefined) return [];
  const what = `${first.name}, ${atOnce} at once`;
  const of = (member: "perSecond" | "flushesEach" | "cpuMicrosEach" | "p50Ms" | "p99Ms") =>
    answers.map((answer) => answer[member]);
  const cpu = summarize(of("cpuMicrosEach")).median.toFixed(0);
  const p50 = numberText(summarize(of("p50Ms")).median);
  const p99 = numberText(summarize(of("p99Ms")).median);
  const rate = rowOf(
    {
      section: SECTION,
      what,
      unit: "executions/s",
      ...(contender === "pgs" && atOnce === 64 ? { budget: { limit: 12_000, at: "least" } } : {}),
      note: `${first.note}; ${cpu} µs of processor each; p50 ${p50} ms, p99 ${p99} ms`,
    },
    of("perSecond"),
  );
  const flushes = rowOf(
    {
      section: SECTION,
      what: `${what}: flushes each`,
      unit: "flushes",
      ...(contender === "pgs" ? { budget: { limit: atOnce === 1 ? 1 : 0.1, at: "most" } } : {}),
    },
    of("flushesEach"),
  );
  return [rate, flushes];
}
