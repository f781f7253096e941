/** Records as words, so that runs can be compared; and what brute force keeps of a branch. */
import type { Graph, GraphNode } from "../../../protocol/language/graph.ts";
import { type Json, member } from "../../../protocol/language/json.ts";
import type { LedgerRecord, NodeBody } from "../../../protocol/language/records.ts";

export type Label = string;

export interface Done {
  readonly name: string;
  readonly by: number | null;
  readonly done: readonly string[];
}

/** One branch, with those that it forked into. Never changed. */
export interface Branch {
  readonly path: readonly number[];
  readonly at: number;
  readonly done: readonly Done[];
  readonly attempt?: number;
  /** The outcome after which a call is made again. */
  readonly retrying?: string;
  readonly said?: readonly (readonly [signal: string, person: string, identity: string])[];
  readonly fork?: Fork;
  readonly undo?: {
    readonly left: readonly Done[];
    readonly compensated: readonly string[];
    readonly stands: readonly string[];
  };
}

export interface Fork {
  readonly total: number;
  readonly next: number;
  readonly live: readonly Branch[];
  readonly ends: readonly (readonly [index: number, outcome: string])[];
}

export function newBranch(path: readonly number[], at: number): Branch {
  return { path, at, done: [] };
}

/** The forks around a node, by its name: the outermost first. */
function forksAround({ nodes }: Graph, name: string): readonly GraphNode[] {
  return nodes
    .filter((one) => one.kind === "map" || one.kind === "parallel")
    .filter((one) => name.startsWith(`${one.name}/`))
    .sort((a, b) => a.name.length - b.name.length);
}

/** A node's name as it is told in a branch. */
export function tellIn(graph: Graph, name: string, path: readonly number[]): string {
  let told = name;
  const forks = forksAround(graph, name);
  for (const [level, fork] of [...forks.entries()].reverse()) {
    if (fork.kind !== "map") continue;
    told = `${told.slice(0, fork.name.length)}[${path[level]}]${told.slice(fork.name.length)}`;
  }
  return told;
}

/** The fork that a branch's node is of, as it is told. */
export function forkIn(graph: Graph, name: string, path: readonly number[]): string {
  const fork = forksAround(graph, name).at(-1);
  return fork === undefined ? "" : tellIn(graph, fork.name, path.slice(0, -1));
}

/** All that is compared of a record. */
export function wordOf(graph: Graph, record: LedgerRecord): Label {
  switch (record.type) {
    case "node":
      return `node ${record.node} ${record.outcome} ${record.to}${moreOf(graph, record)}`;
    case "effect":
      return `effect ${record.node} ${record.outcome} ${record.to} ${record.operation}${forOf(record.compensates)}`;
    case "external":
      return `external ${record.node} ${record.outcome} ${record.to} ${record.attempt}${forOf(record.compensates)}`;
    case "attempted":
      return `attempted ${record.node} ${record.attempt}`;
    case "retry":
      return `retry ${record.node} ${record.outcome} ${record.attempt}`;
    case "timer":
      return `timer ${record.node} ${record.signals.join(",")}`;
    case "signal":
      return `signal ${record.node} ${record.signal} ${record.caller.identity} ${record.principal}`;
    case "cancelled":
      return `cancelled ${record.node} ${record.to} ${record.in_doubt}`;
    case "closed":
      return `closed ${record.exit} ${record.outcome}`;
    default:
      return record.type;
  }
}

function forOf(compensates: string | undefined): string {
  return compensates === undefined ? "" : ` for ${compensates}`;
}

function moreOf({ nodes }: Graph, { node: told, outcome, output = null }: NodeBody): string {
  const node = nodes.find(({ name }) => name === told.replace(/\[\d+\]/g, ""));
  if (outcome === "VIOLATION") return "";
  switch (node?.kind) {
    case "join":
      return " =";
    case "undo":
      return ` ${JSON.stringify([member(output, "compensated"), member(output, "stands")])}`;
    case "map":
      return ` ${countsOf(output)}`;
    case "parallel":
      return ` ${JSON.stringify(node.branches.map(({ name }) => outcomeIn(member(output, name))))}`;
    case "await": {
      const people = member(output, "principals");
      return Array.isArray(people) ? ` by ${people.join(",")}` : "";
    }
    default:
      return "";
  }
}

function countsOf(output: Json): string {
  const [total, succeeded, outcomes] = ["total", "succeeded", "outcomes"].map((name) =>
    member(output, name),
  );
  const results = member(output, "results");
  const told = Array.isArray(results) ? results.map(outcomeIn) : null;
  const counts = Object.entries((outcomes ?? {}) as object).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([total, succeeded, counts, told]);
}

function outcomeIn(result: Json | undefined): Json {
  return member(result ?? null, "outcome") ?? null;
}
