/**
 * Numbers of paths as JSON: for `proofs.json` and for whoever asks. They are texts of digits, for
 * they are exact however large.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import { type PartPaths, type PathCount, pathsOf, totalOf } from "./paths.ts";
import type { Proven } from "./proven.ts";

/** Without `feasible` where decisions exclude nothing: all are. */
export type ToldCount = {
  readonly declared: string;
  readonly engine: string;
  readonly feasible?: { readonly declared: string; readonly engine: string };
};

export type ToldPaths = ToldCount & {
  /** By outcome of the ends. */
  readonly outcomes: Readonly<Record<string, ToldCount>>;
  /** True where some decisions were too much to be looked at: more may be infeasible. */
  readonly undecided?: true;
};

export type ToldWorkflow = ToldPaths & {
  /** One item of each `map` and each branch of each `parallel`, by name: counted by itself. */
  readonly parts?: Readonly<Record<string, ToldPaths>>;
};

/** The proof `paths`: how many there are in each workflow. It finds nothing wrong. */
export function paths(graphs: readonly Graph[]): Proven {
  const told = graphs.map((graph) => [graph.workflow, tellPaths(pathsOf(graph))] as const);
  return { diagnostics: [], sealed: Object.fromEntries(told) };
}

export function tellPaths([own, ...parts]: readonly PartPaths[]): ToldWorkflow {
  const told = own === undefined ? NO_PATHS : tellPart(own);
  if (parts.length === 0) return told;
  return { ...told, parts: Object.fromEntries(parts.map((part) => [part.part, tellPart(part)])) };
}

const NO_PATHS: ToldPaths = { declared: "0", engine: "0", outcomes: {} };

function tellPart({ ends, decided, ...count }: PartPaths): ToldPaths {
  const outcomes = [...new Set(ends.map(({ outcome }) => outcome))].map((outcome) => {
    const ours = ends.filter((end) => end.outcome === outcome);
    return [outcome, tellCount(totalOf(ours))] as const;
  });
  const told = { ...tellCount(count), outcomes: Object.fromEntries(outcomes) };
  return decided ? told : { ...told, undecided: true };
}

function tellCount({ declared, engine, feasible }: PathCount): ToldCount {
  const all = { declared: String(declared), engine: String(engine) };
  const isLess = feasible.declared < declared || feasible.engine < engine;
  if (!isLess) return all;
  const left = { declared: String(feasible.declared), engine: String(feasible.engine) };
  return { ...all, feasible: left };
}
