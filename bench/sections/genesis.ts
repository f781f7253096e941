/**
 * What a start adds to the work behind it: one record after a clean stop, and a whole last gate where
 * the configuration is another one. Each sample is a process of its own; the two kinds take turns.
 */
import type { Bench, Section } from "../bench.ts";
import type { BootAnswer, BootRequest } from "../jobs/boot.ts";
import { orderWorkspace, placeOf } from "../order-workspace.ts";
import { type Row, type RowText, rowOf } from "../row.ts";

const SECTION = "genesis";
const ROUNDS = { full: 20, quick: 4 };
/** A start under the same snapshot and configuration, and one through the whole last gate. */
const BUDGET_MS = { same: 1, whole: 15 };

export const genesis: Section = {
  name: SECTION,
  title: "The gates of a start: what they add to the work behind them",
  run: (bench) => {
    const rounds = bench.quick ? ROUNDS.quick : ROUNDS.full;
    bench.progress(`genesis: ${rounds} rounds of 2 processes`);
    const [same, whole] = measured(bench, rounds);
    const row = (text: Omit<RowText, "section">, samples: readonly number[]) =>
      rowOf({ section: SECTION, ...text }, samples);
    const added = whole.map(({ bothMs }, at) => bothMs - (same[at]?.bothMs ?? Number.NaN));
    return [
      row(
        {
          what: "after a clean stop: its one record",
          unit: "ms",
          budget: { limit: BUDGET_MS.same, at: "most" },
        },
        same.map(({ bootMs }) => bootMs),
      ),
      row(
        {
          what: "the same",
          unit: "ms of processor time",
          note: "of all threads; in a process that has no code cache of V8, which `pgs` has",
        },
        same.map(({ bootCpuMs }) => bootCpuMs),
      ),
      row(
        {
          what: "a whole last gate, above the same work without it",
          unit: "ms of processor time",
          note: "validators are loaded once, for the start or for the work",
          budget: { limit: BUDGET_MS.whole, at: "most" },
        },
        added,
      ),
      flushes("same", same),
      flushes("whole", whole),
    ];
  },
};

function flushes(kind: string, answers: readonly BootAnswer[]): Row {
  const text = {
    section: SECTION,
    what: `flushes of a ${kind} start and one execution`,
    unit: "",
    budget: { limit: 1, at: "most" },
  } as const;
  return rowOf(
    text,
    answers.map((answer) => answer.flushes),
  );
}

type Answers = readonly [same: readonly BootAnswer[], whole: readonly BootAnswer[]];

function measured(bench: Bench, rounds: number): Answers {
  const workspace = orderWorkspace(bench);
  const place = placeOf(bench, { name: "starts", workspace, workload: "W10" });
  const same: BootAnswer[] = [];
  const whole: BootAnswer[] = [];
  // The first of all is whole, and warms what the system keeps of the files.
  for (let round = 0; round <= rounds; round += 1) {
    for (const into of [whole, same]) {
      const order = 2 * round + (into === same ? 1 : 0);
      const request: BootRequest = { place, configuration: `round ${round}`, order };
      const answer = bench.child<BootAnswer>("boot", request);
      const kind = into === same ? "same" : "whole";
      if (answer.kind !== kind) throw new Error(`expected a ${kind} start, found ${answer.kind}`);
      if (round > 0) into.push(answer);
    }
  }
  return [same, whole];
}
