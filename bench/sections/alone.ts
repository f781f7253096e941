/** One execution at a time against one append and fdatasync of as many bytes, on both disks. */
import type { Bench, Section } from "../bench.ts";
import type { AloneAnswer, AloneRequest } from "../jobs/alone.ts";
import { orderWorkspace, placeOf } from "../order-workspace.ts";
import { numberText } from "../report.ts";
import { type Row, type RowText, rowOf } from "../row.ts";
import { ratios } from "../statistics.ts";
import { WORKLOADS, type WorkloadName } from "../workloads.ts";

const SECTION = "alone";
const TURNS = { full: 25, quick: 5 };
/** PGS may take this many times as long as the bare disk, and so much more. */
const TIMES = 1.3;
const MORE_MICROS = 100;

export const alone: Section = {
  name: SECTION,
  title: "One execution at a time against one append and fdatasync of as many bytes",
  run: (bench) => {
    const workspace = orderWorkspace(bench);
    const rows = (workload: WorkloadName, flushDelayMs: number) =>
      rowsFor(bench, { workspace, workload, flushDelayMs });
    return [...rows("W10", 0), ...rows("W3", 0), ...rows("W10", 2)];
  },
};

interface Course {
  readonly workspace: string;
  readonly workload: WorkloadName;
  readonly flushDelayMs: number;
}

function rowsFor(bench: Bench, { workspace, workload, flushDelayMs }: Course): readonly Row[] {
  bench.progress(`alone: ${workload}, flush + ${flushDelayMs} ms`);
  const request: AloneRequest = {
    place: placeOf(bench, { name: "alone", workspace, workload, flushDelayMs }),
    turns: bench.quick ? TURNS.quick : TURNS.full,
  };
  const { pgsMicros, bareMicros, bytesEach } = bench.child<AloneAnswer>("alone", request);
  const disk = flushDelayMs === 0 ? "" : `, flush + ${flushDelayMs} ms`;
  const text = (what: string, unit: string): RowText => ({
    section: SECTION,
    what: `${what}, ${workload}${disk}`,
    unit,
  });
  const above = pgsMicros.map((micros, at) => micros - TIMES * (bareMicros[at] ?? Number.NaN));
  const note = `${WORKLOADS[workload].title}, ${numberText(bytesEach)} bytes of ledger`;
  return [
    rowOf({ ...text("PGS", "µs"), note }, pgsMicros),
    rowOf(text("append and fdatasync", "µs"), bareMicros),
    rowOf(text("PGS ÷ append and fdatasync", "×"), ratios(pgsMicros, bareMicros)),
    rowOf(
      {
        ...text(`PGS, less ${TIMES} × append and fdatasync`, "µs"),
        budget: { limit: MORE_MICROS, at: "most" },
      },
      above,
    ),
  ];
}
