/** What a process holds after many executions: resident memory should not grow with their number. */
import { rmSync } from "node:fs";
import type { Section } from "../bench.ts";
import type { MemoryAnswer, MemoryRequest } from "../jobs/memory.ts";
import { orderWorkspace, placeOf } from "../order-workspace.ts";
import { numberText } from "../report.ts";
import { type RowText, rowOf } from "../row.ts";

const SECTION = "memory";
const MARKS = {
  million: [100_000, 300_000, 1_000_000],
  full: [10_000, 30_000, 100_000],
  quick: [1_000, 3_000, 10_000],
};
const MIB = 1024 ** 2;
/** From the first mark to the last, ten times as many executions. */
const GROWTH_MAX = 1.2;

export const memory: Section = {
  name: SECTION,
  title: "Memory, W10, 64 at once",
  run: (bench) => {
    const marks = MARKS[bench.million ? "million" : bench.quick ? "quick" : "full"];
    const last = numberText(marks.at(-1) ?? 0);
    bench.progress(`memory: ${last} executions`);
    const place = placeOf(bench, {
      name: "memory",
      workspace: orderWorkspace(bench),
      workload: "W10",
    });
    const request: MemoryRequest = { place, marks };
    const answer = bench.child<MemoryAnswer>("memory", request, ["--expose-gc"]);
    rmSync(place.folder, { recursive: true });
    const resident = answer.map(({ residentBytes }) => residentBytes);
    const growth: RowText = {
      section: SECTION,
      what: `resident memory, ${last} executions ÷ ${numberText(marks[0] ?? 0)}`,
      unit: "×",
      budget: { limit: GROWTH_MAX, at: "most" },
    };
    return [
      ...answer.map(({ executions, residentBytes, heldBytes, perSecond }) => {
        const held = `${numberText(heldBytes / MIB)} MiB held after a collection`;
        const note = `${held}; ${numberText(perSecond)} executions/s since the mark before`;
        const what = `resident memory after ${numberText(executions)} executions`;
        return rowOf({ section: SECTION, what, unit: "MiB", note }, [residentBytes / MIB]);
      }),
      rowOf(growth, [(resident.at(-1) ?? Number.NaN) / (resident[0] ?? Number.NaN)]),
    ];
  },
};
