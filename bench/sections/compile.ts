/**
 * Compiling 100 and 1,000 generated workflows of ten nodes, as fresh processes of the built program,
 * in turns, with the snapshot written. Beside it what the YAML library alone takes for the same
 * text: the floor that a front end stands on.
 */
import { join } from "node:path";
import type { Bench, Section } from "../bench.ts";
import { generateWorkspace, NODES_EACH } from "../generate.ts";
import type { PassesAnswer, PassesRequest } from "../jobs/passes.ts";
import type { ReadYamlAnswer } from "../jobs/read-yaml.ts";
import { type Row, type RowText, rowOf } from "../row.ts";
import { ratios, summarize } from "../statistics.ts";

const SECTION = "compile";
const SMALL = 100;
const LARGE = 1_000;
const ROUNDS = { full: 5, quick: 2 };
const BUDGET_SECONDS = 2;
/** Ten times the workflows may take this many times as long: start-up makes it less than ten. */
const GROWTH_MAX = LARGE / SMALL;
const MS = 1_000;

interface Workspace {
  readonly folder: string;
  readonly workflows: number;
  readonly seconds: number[];
  /** Of `--check`, which writes nothing. */
  readonly processorSeconds: number[];
}

export const compile: Section = {
  name: SECTION,
  title: `Compiling generated workflows of ${NODES_EACH} nodes`,
  run: (bench) => {
    const pgs = join(bench.root, "bin", "pgs.cjs");
    const workspaces = [SMALL, LARGE].map((workflows) => workspaceOf(bench, workflows));
    const yaml: number[] = [];
    const passes: PassesAnswer[] = [];
    for (let round = 0; round <= (bench.quick ? ROUNDS.quick : ROUNDS.full); round += 1) {
      bench.progress(`compile: round ${round}`);
      for (const { folder, seconds, processorSeconds } of workspaces) {
        const taken = bench.time([pgs, "compile", "--workspace", folder]) / MS;
        const check = [pgs, "compile", "--check", "--workspace", folder];
        const checked = bench.processorTime(check) / MS;
        if (round === 0) continue;
        seconds.push(taken);
        processorSeconds.push(checked);
      }
      const large = workspaces.at(-1)?.folder;
      if (round === 0 || large === undefined) continue;
      passes.push(byPass(bench, large));
      yaml.push(readYaml(bench, large));
    }
    return [...rowsOf(workspaces, yaml), ...passRows(passes)];
  },
};

function workspaceOf(bench: Bench, workflows: number): Workspace {
  const folder = bench.folder(`compile-${workflows}`);
  generateWorkspace(folder, workflows);
  return { folder, workflows, seconds: [], processorSeconds: [] };
}

function readYaml(bench: Bench, folder: string): number {
  return bench.child<ReadYamlAnswer>("read-yaml", { folder }).seconds;
}

function byPass(bench: Bench, workspace: string): PassesAnswer {
  const request: PassesRequest = { root: bench.root, workspace };
  return bench.child<PassesAnswer>("passes", request);
}

function passRows(passes: readonly PassesAnswer[]): readonly Row[] {
  const names = passes[0]?.map(({ pass }) => pass) ?? [];
  const of = (at: number, member: "ms" | "cpuMs") =>
    passes.map((times) => times[at]?.[member] ?? Number.NaN);
  return names.map((name, at) => {
    const cpu = summarize(of(at, "cpuMs")).median.toFixed(0);
    const what = `of ${LARGE.toLocaleString("en-US")}: the pass \`${name}\``;
    return rowOf(
      { section: SECTION, what, unit: "ms", note: `${cpu} ms of processor` },
      of(at, "ms"),
    );
  });
}

function rowsOf(workspaces: readonly Workspace[], yaml: readonly number[]): readonly Row[] {
  const rows: Row[] = [];
  const text = (what: string): RowText => ({ section: SECTION, what, unit: "s" });
  for (const { workflows, seconds, processorSeconds } of workspaces) {
    const name = `${workflows.toLocaleString("en-US")} workflows`;
    const row = { ...text(`pgs compile, ${name}`), note: "fresh process, snapshot written" };
    const budget = { limit: BUDGET_SECONDS, at: "most" } as const;
    rows.push(rowOf(workflows === LARGE ? { ...row, budget } : row, seconds));
    rows.push(rowOf(text(`pgs compile --check, ${name}: processor time`), processorSeconds));
  }
  const [small, large] = workspaces;
  if (small === undefined || large === undefined) return rows;
  rows.push(
    rowOf(
      {
        section: SECTION,
        what: `growth from ${SMALL} to ${LARGE.toLocaleString("en-US")}`,
        unit: "×",
        budget: { limit: GROWTH_MAX, at: "most" },
        note: "each pair of one round; linear is ten times or less, start-up included",
      },
      ratios(large.seconds, small.seconds),
    ),
    rowOf({ ...text("the YAML library alone, same text"), note: "parse only, in process" }, yaml),
  );
  return rows;
}
