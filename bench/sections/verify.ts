/**
 * How fast a ledger is verified: `pgs verify` as a fresh process over a ledger that the ten-step
 * workflow left, by processor time, beside a bare loop that reads, hashes and parses its lines.
 */
import { join } from "node:path";
import type { Bench, Section } from "../bench.ts";
import type { MakeLedgerAnswer, MakeLedgerRequest } from "../jobs/make-ledger.ts";
import type { ReadLinesAnswer } from "../jobs/read-lines.ts";
import { orderWorkspace, placeOf } from "../order-workspace.ts";
import { type Row, type RowText, rowOf } from "../row.ts";

const SECTION = "verify";
const EXECUTIONS = { full: 24_000, quick: 4_000 };
const ROUNDS = { full: 5, quick: 2 };
const MEGABYTES_LEAST = 100;
const MEGABYTE = 1_000_000;

interface Ledger extends MakeLedgerAnswer {
  readonly workspace: string;
}

export const verify: Section = {
  name: SECTION,
  title: "Verifying a ledger, a core",
  run: (bench) => {
    const ledger = makeLedger(bench);
    const megabytes = ledger.bytes / MEGABYTE;
    const rates = { plain: [] as number[], state: [] as number[], floor: [] as number[] };
    for (let round = 0; round <= (bench.quick ? ROUNDS.quick : ROUNDS.full); round += 1) {
      bench.progress(`verify: round ${round}, ${megabytes.toFixed(0)} MB`);
      const plain = megabytes / seconds(bench, ledger, []);
      const state = megabytes / seconds(bench, ledger, ["--state"]);
      const { dataRoot } = ledger;
      const floor = bench.child<ReadLinesAnswer>("read-lines", { dataRoot }).cpuSeconds;
      if (round === 0) continue;
      rates.plain.push(plain);
      rates.state.push(state);
      rates.floor.push(megabytes / floor);
    }
    return rowsOf(rates, megabytes);
  },
};

function makeLedger(bench: Bench): Ledger {
  bench.progress("verify: making a ledger");
  const workspace = orderWorkspace(bench);
  const request: MakeLedgerRequest = {
    place: placeOf(bench, { name: "ledger", workspace, workload: "W10" }),
    executions: bench.quick ? EXECUTIONS.quick : EXECUTIONS.full,
  };
  return { workspace, ...bench.child<MakeLedgerAnswer>("make-ledger", request) };
}

/** Of the processor, all threads, start-up included. */
function seconds(bench: Bench, ledger: Ledger, options: readonly string[]): number {
  const pgs = join(bench.root, "bin", "pgs.cjs");
  const place = ["--workspace", ledger.workspace, "--data-root", ledger.dataRoot];
  return bench.processorTime([pgs, "verify", "--no-traces", ...place, ...options]) / 1_000;
}

interface Rates {
  readonly plain: readonly number[];
  readonly state: readonly number[];
  readonly floor: readonly number[];
}

function rowsOf({ plain, state, floor }: Rates, megabytes: number): readonly Row[] {
  const text = (what: string): RowText => ({ section: SECTION, what, unit: "MB/s" });
  return [
    rowOf(
      {
        ...text("pgs verify --no-traces"),
        budget: { limit: MEGABYTES_LEAST, at: "least" },
        note: `${megabytes.toFixed(0)} MB of ledger, by processor time, start-up included`,
      },
      plain,
    ),
    rowOf({ ...text("pgs verify --no-traces --state"), note: "state folded and compared" }, state),
    rowOf({ ...text("read, hash and parse its lines"), note: "nothing compared" }, floor),
  ];
}
