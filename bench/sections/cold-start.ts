/**
 * Fresh processes of the built program against a bare `node -e 0`, in turns. Everything that the
 * program does at a start is in it: the ledger is flushed and the trace is written.
 */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench, Section } from "../bench.ts";
import { ACCEPT_ORDER, orderWorkspace } from "../order-workspace.ts";
import { type Row, type RowText, rowOf } from "../row.ts";
import { ratios } from "../statistics.ts";
import { orderOf } from "../ten-steps.ts";

const SECTION = "cold-start";
const ROUNDS = { full: 40, quick: 5 };
const WARM_UP_ROUNDS = 3;
const OTHER_ORDERS = 100_000;
const BARE = "node -e 0";
const RUN = "pgs run";
const BUDGET = { limit: 3, at: "most" } as const;
const GOVERNED_BUDGET = { limit: 3.5, at: "most" } as const;

/** What is started in each turn, by name. Arguments differ from round to round. */
type Contests = readonly {
  readonly name: string;
  readonly note?: string;
  readonly budget?: typeof BUDGET | typeof GOVERNED_BUDGET;
  readonly args: (round: number) => readonly string[];
}[];

export const coldStart: Section = {
  name: SECTION,
  title: "Fresh processes against a bare `node -e 0`",
  run: (bench) => {
    const contests = contestsOf(bench);
    const times = new Map<string, number[]>(contests.map(({ name }) => [name, []]));
    const cpu: Processor = { bare: [], run: [] };
    const apart: Processor = { bare: [], run: [] };
    const rounds = bench.quick ? ROUNDS.quick : ROUNDS.full;
    bench.progress(`cold start: ${rounds} rounds of ${contests.length} processes`);
    for (let round = 0; round < WARM_UP_ROUNDS + rounds; round += 1) {
      for (const { name, args } of contests) {
        const ms = bench.time(args(round));
        if (round >= WARM_UP_ROUNDS) times.get(name)?.push(ms);
      }
      if (round >= WARM_UP_ROUNDS) takeProcessor(bench, contests, { cpu, apart, round });
    }
    const bare = times.get(BARE) ?? [];
    const rows = contests.flatMap(({ name, budget, note }): Row[] => {
      const taken = times.get(name) ?? [];
      const text: RowText = { section: SECTION, what: name, unit: "ms" };
      const absolute = rowOf(note === undefined ? text : { ...text, note }, taken);
      if (name === BARE) return [absolute];
      const ratio: RowText = { section: SECTION, what: `${name} ÷ ${BARE}`, unit: "×" };
      return [
        absolute,
        rowOf(budget === undefined ? ratio : { ...ratio, budget }, ratios(taken, bare)),
      ];
    });
    return [...rows, ...processorRows(cpu), ...apartRows(apart)];
  },
};

interface Processor {
  readonly bare: number[];
  readonly run: number[];
}

/** Makes each process of Node read certificates before it does anything: several times a bare start. */
const CERTIFICATES = "NODE_EXTRA_CA_CERTS";
const APART = { [CERTIFICATES]: "" };

interface Taking {
  readonly cpu: Processor;
  readonly apart: Processor;
  readonly round: number;
}

/** Processor time of the two that the budget compares, in the same round. */
function takeProcessor(bench: Bench, contests: Contests, { cpu, apart, round }: Taking): void {
  // Another order than the one whose time was taken: that one stands already.
  const other = round + OTHER_ORDERS;
  const argsOf = (wanted: string) => contests.find(({ name }) => name === wanted)?.args(other);
  cpu.bare.push(bench.processorTime(argsOf(BARE) ?? []));
  cpu.run.push(bench.processorTime(argsOf(RUN) ?? []));
  if ((process.env[CERTIFICATES] ?? "") === "") return;
  const more = contests.find(({ name }) => name === RUN)?.args(other + OTHER_ORDERS) ?? [];
  apart.bare.push(bench.spent(argsOf(BARE) ?? [], APART).cpuMs);
  apart.run.push(bench.spent(more, APART).cpuMs);
}

/**
 * Where certificates are read, both are slower by the same, which makes any ratio small: the budget is
 * kept where it is kept without them.
 */
function apartRows({ bare, run }: Processor): readonly Row[] {
  if (bare.length === 0) return [];
  const text = (what: string, unit: string): RowText => ({ section: SECTION, what, unit });
  const note = `the environment sets ${CERTIFICATES}: this is without it`;
  return [
    rowOf({ ...text(`${BARE}, no certificates: processor time`, "ms"), note }, bare),
    rowOf({ ...text(`${RUN}, no certificates: processor time`, "ms"), note }, run),
    rowOf(
      { ...text(`${RUN} ÷ ${BARE}, no certificates: processor time`, "×"), budget: BUDGET },
      ratios(run, bare),
    ),
  ];
}

function processorRows({ bare, run }: Processor): readonly Row[] {
  const text = (what: string, unit: string): RowText => ({ section: SECTION, what, unit });
  const note = "all threads; hardly moved by other work on the machine";
  return [
    rowOf({ ...text(`${RUN}: processor time`, "ms"), note }, run),
    rowOf(text(`${RUN} ÷ ${BARE}: processor time`, "×"), ratios(run, bare)),
  ];
}

const BY_NAME: readonly string[] = ["--wf", ACCEPT_ORDER];
const BY_INTENT: readonly string[] = ["--intent", "orders.accept_order"];

function contestsOf(bench: Bench): Contests {
  const pgs = join(bench.root, "bin", "pgs.cjs");
  const workspace = orderWorkspace(bench);
  const payload = (name: string, round: number) => {
    const file = join(workspace, `${name}-${round}.json`);
    writeFileSync(file, JSON.stringify({ order: orderOf(round) }));
    return file;
  };
  const run = (round: number, dataRoot: string, more: readonly string[] = [], by = BY_NAME) => [
    pgs,
    "run",
    ...by,
    ...["--payload", payload("order", round)],
    ...["--data-root", join(workspace, dataRoot)],
    ...["--workspace", workspace],
    ...more,
  ];
  bench.output(run(0, "examined"));
  const trace = traceIn(join(workspace, "traces"));
  const canLeaveTraces = bench.output([pgs, "run", "--help"]).includes("--traces ");
  return [
    { name: BARE, args: () => ["-e", "0"] },
    {
      name: RUN,
      budget: BUDGET,
      note: "a data root that holds the runs before",
      args: (round) => run(round, "kept"),
    },
    {
      name: "pgs run --intent",
      budget: GOVERNED_BUDGET,
      note: "an intent of the workspace, decided by its policies",
      args: (round) => run(round, "governed", [], BY_INTENT),
    },
    {
      name: "pgs run, new data root",
      note: "makes ledger and state, too",
      args: (round) => run(round, `new-${round}`),
    },
    ...(canLeaveTraces
      ? [
          {
            name: "pgs run --traces none",
            note: "without the trace's files",
            args: (round: number) => run(round, "untraced", ["--traces", "none"]),
          },
        ]
      : []),
    { name: "pgs examine", args: () => [pgs, "examine", trace] },
    { name: "pgs --help", args: () => [pgs, "--help"] },
  ];
}

function traceIn(traces: string): string {
  const [id] = readdirSync(traces).filter((name) =>
    existsSync(join(traces, name, `${name}.jsonl`)),
  );
  if (id === undefined) throw new Error("`pgs run` left no trace");
  return join(traces, id, `${id}.jsonl`);
}
