/**
 * What a decision takes of the processor, with few and with many policies, against Cedar's own
 * engine in the same process, and beside an execution that it stands before.
 */
import { join } from "node:path";
import type { Bench, Section } from "../bench.ts";
import { writeGovernedWorkspace } from "../governed-workspace.ts";
import type { AloneAnswer, AloneRequest } from "../jobs/alone.ts";
import type { DecisionsAnswer, DecisionsRequest } from "../jobs/decisions.ts";
import { orderWorkspace, placeOf } from "../order-workspace.ts";
import { type Row, type RowText, rowOf } from "../row.ts";
import { ratios, summarize } from "../statistics.ts";

const SECTION = "policy";
const SAMPLES = { full: 30, quick: 5 };
const COUNTS = [1, 10, 100, 1_000];
/** Of which a decision may take so long. */
const BUDGETED = { policies: 100, micros: 100 };
const TURNS = { full: 15, quick: 3 };
/** As the compiler sets it: this Node stops some thousands of calls into WebAssembly later. */
const NODE_OPTIONS = ["--no-turbo-inline-js-wasm-calls"];

export const policy: Section = {
  name: SECTION,
  title: "Decisions: may this be done, by all policies about it",
  run: (bench) => {
    const answers = COUNTS.map((count) => [count, measured(bench, count)] as const);
    return [
      ...answers.flatMap(([count, answer]) => rowsFor(count, answer)),
      ...remembered(answers.at(-1)?.[1]),
      ...besideTheRun(bench, answers.find(([count]) => count === BUDGETED.policies)?.[1]),
    ];
  },
};

function measured(bench: Bench, count: number): DecisionsAnswer {
  bench.progress(`policy: ${count} policies`);
  const workspace = bench.folder(`policies-${count}`);
  writeGovernedWorkspace(workspace, count);
  bench.output([join(bench.root, "bin", "pgs.cjs"), "compile", "--workspace", workspace]);
  const request: DecisionsRequest = {
    snapshots: join(workspace, "snapshots"),
    samples: bench.quick ? SAMPLES.quick : SAMPLES.full,
  };
  return bench.child<DecisionsAnswer>("decisions", request, NODE_OPTIONS);
}

function rowsFor(count: number, answer: DecisionsAnswer): readonly Row[] {
  const { governorMicros, cedarMicros, firstMs } = answer;
  const what = `${count} ${count === 1 ? "policy" : "policies"}`;
  const row = (text: Omit<RowText, "section">, samples: readonly number[]) =>
    rowOf({ section: SECTION, ...text }, samples);
  const note = "of the Security Guard, and one of each other role; all of them are asked";
  const limit = { limit: BUDGETED.micros, at: "most" } as const;
  return [
    row(
      {
        what: `a decision, ${what}`,
        unit: "µs",
        note,
        ...(count === BUDGETED.policies ? { budget: limit } : {}),
      },
      governorMicros,
    ),
    row(
      { what: `decisions a second, ${what}`, unit: "1/s" },
      governorMicros.map((micros) => 1_000_000 / micros),
    ),
    row({ what: `Cedar, parsed before, ${what}`, unit: "µs" }, cedarMicros),
    row({ what: `PGS ÷ Cedar, ${what}`, unit: "×" }, ratios(governorMicros, cedarMicros)),
    row({ what: `from the sealed tables to the first decision, ${what}`, unit: "ms" }, [firstMs]),
  ];
}

function remembered(answer: DecisionsAnswer | undefined): readonly Row[] {
  if (answer === undefined) return [];
  const note = "nothing was read that another request of this caller could change";
  const text = { section: SECTION, what: "a decision that is remembered", unit: "µs", note };
  return [rowOf(text, answer.rememberedMicros)];
}

/** What stands before an execution beside the execution itself. */
function besideTheRun(bench: Bench, answer: DecisionsAnswer | undefined): readonly Row[] {
  if (answer === undefined) return [];
  bench.progress("policy: beside the run");
  const workspace = orderWorkspace(bench);
  const request: AloneRequest = {
    place: placeOf(bench, { name: "policy", workspace, workload: "W10", flushDelayMs: 0 }),
    turns: bench.quick ? TURNS.quick : TURNS.full,
  };
  const { pgsMicros } = bench.child<AloneAnswer>("alone", request);
  const decision = summarize(answer.governorMicros).median;
  const what = `a decision, ${BUDGETED.policies} policies ÷ an execution of ten steps, alone`;
  const shares = pgsMicros.map((micros) => decision / micros);
  return [rowOf({ section: SECTION, what, unit: "×" }, shares)];
}
