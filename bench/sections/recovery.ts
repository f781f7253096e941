/**
 * What a start takes: with many executions open and no state, and with nothing open behind histories
 * of different lengths, left cleanly.
 */
import { rmSync } from "node:fs";
import type { Bench, Section } from "../bench.ts";
import type { MakeLedgerAnswer, MakeLedgerRequest } from "../jobs/make-ledger.ts";
import type { OpenExecutionsRequest } from "../jobs/open-executions.ts";
import type { StartAnswer, StartRequest } from "../jobs/start.ts";
import { orderWorkspace, placeOf } from "../order-workspace.ts";
import { numberText } from "../report.ts";
import { type Row, type RowText, rowOf } from "../row.ts";

const SECTION = "recovery";
const OPEN = { full: 100_000, quick: 5_000 };
const HISTORIES = { full: [3_000, 30_000], quick: [500, 4_000] };
const STARTS = { full: 5, quick: 2 };
const SECONDS_MAX = 10;
/** Histories of different lengths end in lines of slightly different lengths. */
const GROWTH_MAX = 1.1;
const MEGABYTE = 1_000_000;
const MIB = 1024 ** 2;

export const recovery: Section = {
  name: SECTION,
  title: "Starts: open executions, and history",
  run: (bench) => {
    const workspace = orderWorkspace(bench);
    return [...openRows(bench, workspace), ...historyRows(bench, workspace)];
  },
};

function openRows(bench: Bench, workspace: string): readonly Row[] {
  const executions = bench.quick ? OPEN.quick : OPEN.full;
  const many = numberText(executions);
  bench.progress(`recovery: making ${many} open executions`);
  const place = placeOf(bench, { name: "open", workspace, workload: "W10" });
  const asked: OpenExecutionsRequest = { place, executions };
  const { bytes } = bench.child<MakeLedgerAnswer>("open-executions", asked);
  bench.progress(`recovery: ${numberText(bytes / MEGABYTE)} MB`);
  const request: StartRequest = { place };
  const answer = bench.child<StartAnswer>("start", request);
  rmSync(place.folder, { recursive: true });
  if (answer.continued !== executions) {
    throw new Error(`${executions} were open, ${answer.continued} came to their ends`);
  }
  const text = (what: string, unit: string): RowText => ({ section: SECTION, what, unit });
  const size = `${numberText(bytes / MEGABYTE)} MB of ledger, no state`;
  const cpu = (seconds: number) => `${numberText(seconds)} s of processor`;
  const row = (what: string, seconds: number, note: string) =>
    rowOf({ ...text(what, "s"), budget: { limit: SECONDS_MAX, at: "most" }, note }, [seconds]);
  const start = `a start with ${many} open executions of W10`;
  const peak = `${numberText(answer.peakBytes / MIB)} MiB at most`;
  return [
    row(
      `${start}, until new work is taken`,
      answer.seconds,
      `${cpu(answer.readyCpuSeconds)}; ${size}; cut after 0 to 10 of ten steps`,
    ),
    row(
      `${start}, until all have ended`,
      answer.endedSeconds,
      `${cpu(answer.cpuSeconds)}; ${peak}`,
    ),
  ];
}

interface History {
  readonly executions: number;
  readonly ledgerBytes: number;
  readonly starts: readonly StartAnswer[];
}

function historyOf(bench: Bench, workspace: string, executions: number): History {
  bench.progress(`recovery: a history of ${numberText(executions)} executions`);
  const place = placeOf(bench, { name: "history", workspace, workload: "W10" });
  const asked: MakeLedgerRequest = { place, executions };
  const { bytes: ledgerBytes } = bench.child<MakeLedgerAnswer>("make-ledger", asked);
  const request: StartRequest = { place };
  const starts = Array.from({ length: bench.quick ? STARTS.quick : STARTS.full }, () =>
    bench.child<StartAnswer>("start", request),
  );
  rmSync(place.folder, { recursive: true });
  return { executions, ledgerBytes, starts };
}

function historyRows(bench: Bench, workspace: string): readonly Row[] {
  const lengths = bench.quick ? HISTORIES.quick : HISTORIES.full;
  const histories = lengths.map((executions) => historyOf(bench, workspace, executions));
  const rows = histories.flatMap(({ executions, ledgerBytes, starts }): Row[] => {
    const what = `a start behind ${numberText(executions)} ended executions`;
    const all = starts.map(({ allBytesRead }) => allBytesRead ?? Number.NaN);
    const megabytes = numberText(ledgerBytes / MEGABYTE);
    const note = `of ${megabytes} MB; the whole process read ${numberText(all[0] ?? Number.NaN)} bytes`;
    return [
      rowOf(
        { section: SECTION, what, unit: "ms" },
        starts.map(({ seconds }) => seconds * 1_000),
      ),
      rowOf(
        { section: SECTION, what: `${what}: bytes of ledger read`, unit: "bytes", note },
        starts.map(({ ledgerBytesRead }) => ledgerBytesRead),
      ),
    ];
  });
  const [short, long] = histories;
  const growth = (long?.starts ?? []).map(
    ({ ledgerBytesRead }, at) =>
      ledgerBytesRead / (short?.starts[at]?.ledgerBytesRead ?? Number.NaN),
  );
  const text: RowText = { section: SECTION, what: "bytes read, long ÷ short history", unit: "×" };
  return [...rows, rowOf({ ...text, budget: { limit: GROWTH_MAX, at: "most" } }, growth)];
}
