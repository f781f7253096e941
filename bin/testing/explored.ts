/**
 * Runs of a workflow made from its paths: each node is answered with each of its declared outcomes,
 * by values that its schema allows and that decisions tell apart. Every choice is tried, those first
 * that lead over an edge not yet passed, up to a number of runs; how far that came is counted exactly.
 */
import { allParts, listPaths, pathsOf, type StandIns, standInsOf } from "../../compiler/index.ts";
import type { Graph, GraphNode } from "../../protocol/language/graph.ts";
import { PAYLOAD_SLOT } from "../../protocol/language/graph.ts";
import type { Trial, TrialAnswer, TrialAsk, TryOut } from "../../runtime/index.ts";
import { plain, type ShownStep } from "./expected.ts";

/** Runs of one workflow, at most. */
export const RUNS_MAX = 2_000;

export interface DrivenPath {
  readonly steps: readonly ShownStep[];
  readonly exit: string;
  readonly outcome: string;
}

export interface Coverage {
  readonly runs: number;
  /** Whether every feasible path was driven, or every choice was tried. */
  readonly complete: boolean;
  /** Declared paths of the workflow itself: driven, feasible, and all; the numbers as text are exact. */
  readonly paths: { readonly driven: number; readonly feasible: string; readonly declared: string };
  readonly edges: {
    readonly driven: number;
    readonly declared: number;
    readonly missing: readonly ShownStep[];
  };
  readonly drivenPaths: readonly DrivenPath[];
  /** Some feasible paths that were not driven, the shortest first. */
  readonly missingPaths: readonly DrivenPath[];
}

/** Paths that are told as not driven; and those among which they are looked for. */
const MISSING_MAX = 3;
const LISTED_MAX = 1_000;

/** A run that is to be made: as another one until `at`, and there with another option. */
interface Begun {
  readonly taken: readonly number[];
  readonly at: number;
  /** -1 for the very first. */
  readonly index: number;
}

function choicesOf({ taken, at, index }: Begun): readonly number[] {
  return index < 0 ? [] : [...taken.slice(0, at), index];
}

/** What was chosen at one node, and what could have been. */
interface Choice {
  readonly options: readonly Option[];
  readonly node: string;
  readonly taken: number;
}

type Option = TrialAnswer;

export function explore(graph: Graph, tryOut: TryOut): Coverage {
  const standIns = standInsOf(graph);
  const declared = declaredEdges(graph);
  const driven = new Set<string>();
  const paths = new Map<string, DrivenPath>();
  const fresh: Begun[] = [{ taken: [], at: 0, index: -1 }];
  const rest: Begun[] = [];
  const own = ownNodes(graph);
  const [counted] = pathsOf(graph);
  const undoers = failingUndoers(graph);
  const feasible = counted?.feasible.declared ?? 0n;
  let runs = 0;
  let complete = true;
  while (runs < RUNS_MAX) {
    const begun = fresh.shift() ?? rest.shift();
    if (begun === undefined) break;
    runs += 1;
    const { trial, choices } = run({ graph, tryOut, standIns, undoers }, choicesOf(begun));
    if (trial.kind === "ended") {
      for (const { node, outcome } of trial.steps) driven.add(edgeKey(plain(node), outcome));
      keepPath(paths, trial, own, declared);
    }
    const isMissing = [...declared.keys()].some((key) => !driven.has(key));
    if (!isMissing && BigInt(paths.size) >= feasible) {
      fresh.length = 0;
      rest.length = 0;
      break;
    }
    const taken = choices.map((choice) => choice.taken);
    for (let at = begun.index < 0 ? 0 : begun.at + 1; at < choices.length; at += 1) {
      const choice = choices[at];
      choice?.options.forEach((option, index) => {
        if (index === choice.taken) return;
        const isNew = !driven.has(edgeKey(plain(choice.node), option.outcome));
        const queue = isNew ? fresh : rest;
        // More than can be run are not even kept.
        if (queue.length < RUNS_MAX) queue.push({ taken, at, index });
        else complete = false;
      });
    }
  }
  const missing = [...declared.values()].filter(
    (edge) => !driven.has(edgeKey(edge.node, edge.outcome)),
  );
  return {
    runs,
    complete: complete && fresh.length === 0 && rest.length === 0,
    paths: {
      driven: paths.size,
      feasible: String(feasible),
      declared: String(counted?.declared ?? 0n),
    },
    edges: { driven: declared.size - missing.length, declared: declared.size, missing },
    drivenPaths: [...paths.values()],
    missingPaths: BigInt(paths.size) < feasible ? missingPaths(graph, paths) : [],
  };
}

interface Exploring {
  readonly graph: Graph;
  readonly tryOut: TryOut;
  readonly standIns: StandIns;
  readonly undoers: ReadonlySet<number>;
}

/** One run: as it was begun, and from there on with the first option of each choice. */
function run(
  { graph, tryOut, standIns, undoers }: Exploring,
  begun: readonly number[],
): { readonly trial: Trial; readonly choices: readonly Choice[] } {
  const choices: Choice[] = [];
  const choose = (node: string, options: readonly Option[]): Option | undefined => {
    const taken = begun[choices.length] ?? 0;
    choices.push({ options, node, taken });
    return options[taken];
  };
  const payloads = standIns(PAYLOAD_SLOT, graph.payload).map((output) => ({ outcome: "", output }));
  const payload = choose("", payloads)?.output ?? null;
  const trial = tryOut(payload, (ask) => {
    const declared = optionsOf(graph, standIns, ask);
    const options = undoers.has(ask.node) ? [...declared, FAILED] : declared;
    const chosen = choose(ask.name, isFurther(ask.name) ? options.slice(0, 1) : options);
    return chosen === REAL ? undefined : chosen;
  });
  return { trial, choices };
}

/** Items that are answered otherwise than the first way: the others only make up numbers. */
const ITEMS_VARIED = 2;

function isFurther(told: string): boolean {
  return [...told.matchAll(/\[(\d+)\]/g)].some(([, index]) => Number(index) >= ITEMS_VARIED);
}

function optionsOf(graph: Graph, standIns: StandIns, { node: index }: TrialAsk): readonly Option[] {
  const node = graph.nodes[index];
  if (node === undefined) return [];
  if (node.kind === "await") {
    const signals = node.signals.flatMap(([outcome, { payload }]) =>
      standIns(node.slot, payload).map((output) => ({ outcome, output })),
    );
    return [...signals, { outcome: node.elapsed }];
  }
  if (node.kind !== "transform" && node.kind !== "effect" && node.kind !== "external") return [];
  const stubs = Object.entries(node.outcomes).flatMap(([outcome, schema]) =>
    standIns(node.slot, schema).map((output) => ({ outcome, output })),
  );
  return node.kind === "transform" ? [...stubs, REAL] : stubs;
}

/** The transform itself: where a contract leaves open what it gives, nothing else fits what comes after. */
const REAL: Option = Object.freeze({ outcome: "" });

/** What undoes, and fails to. */
const FAILED: Option = Object.freeze({ outcome: "FAULT" });

/** What undoes something and has no outcome of its own after which that stands. */
function failingUndoers({ nodes }: Graph): ReadonlySet<number> {
  const found = new Set<number>();
  for (const node of nodes) {
    if (node.kind !== "effect" && node.kind !== "external") continue;
    const { by, done } = node.undone?.by == null ? NO_UNDOER : node.undone;
    const undoer = nodes[by];
    if (undoer?.kind !== "effect" && undoer?.kind !== "external") continue;
    if (Object.keys(undoer.outcomes).every((outcome) => done.includes(outcome))) found.add(by);
  }
  return found;
}

const NO_UNDOER = Object.freeze({ by: -1, done: [] as readonly string[] });

function edgeKey(node: string, outcome: string): string {
  return `${node} ${outcome}`;
}

/**
 * The edges that contracts and authors declare, wherever these lead: those of the engine are not
 * driven, nor those to ends to which no feasible path leads.
 */
function declaredEdges(graph: Graph): ReadonlyMap<string, ShownStep> {
  const edges = new Map<string, ShownStep>();
  const never = new Set(
    pathsOf(graph).flatMap(({ ends }) =>
      ends.flatMap(({ end, feasible }) => (feasible.declared === 0n ? [end] : [])),
    ),
  );
  for (const { root, order } of allParts(graph)) {
    const reached = new Set([root]);
    for (const index of order) {
      const node = graph.nodes[index] as GraphNode;
      if (!reached.has(index) || node.kind === "exit" || node.kind === "join") continue;
      for (const { outcome, to, engine } of node.edges) {
        if (engine === true || never.has(graph.nodes[to]?.name ?? "")) continue;
        reached.add(to);
        edges.set(edgeKey(node.name, outcome), { node: node.name, outcome });
      }
    }
  }
  return edges;
}

function ownNodes(graph: Graph): ReadonlySet<string> {
  const order = allParts(graph)[0]?.order ?? [];
  return new Set(order.flatMap((index) => graph.nodes[index]?.name ?? []));
}

/** Keeps the path of a run whose every step of the workflow itself is a declared one. */
function keepPath(
  paths: Map<string, DrivenPath>,
  trial: Extract<Trial, { kind: "ended" }>,
  own: ReadonlySet<string>,
  declared: ReadonlyMap<string, ShownStep>,
): void {
  const steps = trial.steps
    .filter(({ node }) => own.has(node))
    .map(({ node, outcome }) => ({ node, outcome }));
  if (!steps.every(({ node, outcome }) => declared.has(edgeKey(node, outcome)))) return;
  const { exit, outcome } = trial.end;
  const key = pathKey(steps, exit);
  if (!paths.has(key)) paths.set(key, { steps, exit, outcome });
}

function pathKey(steps: readonly ShownStep[], exit: string): string {
  return JSON.stringify([steps.map(({ node, outcome }) => [node, outcome]), exit]);
}

function missingPaths(graph: Graph, driven: ReadonlyMap<string, DrivenPath>) {
  const [own] = allParts(graph);
  if (own === undefined) return [];
  return listPaths(graph, own, { max: LISTED_MAX, engine: false })
    .paths.filter(({ steps, end }) => !driven.has(pathKey(steps, end)))
    .slice(0, MISSING_MAX)
    .map(({ steps, end, outcome }) => ({ steps, exit: end, outcome }));
}
