/**
 * Every run that a small graph has, by brute force: each choice that anybody could make is tried, and
 * a trace is possible where one of them gives its records. It shares nothing with the automaton that
 * it is held against: it copies whole executions, and knows no turn but that of the machine's steps.
 */
import { type Graph, type GraphNode, isCancelEdge } from "../../../protocol/language/graph.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { forkOutcome, gathered, inDoubt, keptOf } from "./every-run-ends.ts";
import {
  type Branch,
  type Done,
  forkIn,
  type Label,
  newBranch,
  tellIn,
  wordOf,
} from "./every-run-words.ts";

/** What a step may come to, by the records that stand there, and how things stand behind them. */
interface Way {
  /** The place behind the records that it made. */
  readonly at: number;
  readonly asks: readonly (readonly number[])[];
  /** Null where the branch has ended, or the whole. */
  readonly branch: Branch | null;
  readonly end?: { readonly outcome: string; readonly done: readonly Done[] };
}

/** An execution between two steps. */
interface State {
  readonly root: Branch | null;
  readonly asks: readonly (readonly number[])[];
}

/** Of the records behind the one that opens a trace: how many some run makes, from the first on. */
export function longestRun(graph: Graph, records: readonly LedgerRecord[]): number {
  const labels = records.slice(1).map((record) => wordOf(graph, record));
  return new Every(graph, labels).longest();
}

/** A branch that is told something: what it is called, and what comes of an outcome. */
interface Told {
  readonly name: string;
  readonly at: number;
  readonly comes: (outcome: string, more: string, from?: number) => Iterable<Way>;
}

/** What comes of a node: the type of its record, its outcome, and what more the record says. */
interface Comes {
  readonly type: string;
  readonly outcome: string;
  readonly more: string;
}

const VIOLATION: Comes = { type: "node", outcome: "VIOLATION", more: "" };

/** The branches that wait, each by its way from the whole. */
function pathsOf({ fork, path }: Branch): readonly (readonly number[])[] {
  return fork === undefined ? [path] : fork.live.flatMap(pathsOf);
}

/** Whoever may say something in these runs. */
const ANYBODY = ["p0", "p1", "p2", "p3", "p4"].flatMap(
  (person) =>
    [
      ["operator", person],
      ["token", person],
    ] as const,
);

class Every {
  readonly #graph: Graph;
  readonly #labels: readonly Label[];
  #best = 0;

  constructor(graph: Graph, labels: readonly Label[]) {
    this.#graph = graph;
    this.#labels = labels;
  }

  longest(): number {
    const seen = new Set<string>();
    const go = ({ root, asks }: State, at: number): void => {
      if (this.#best === this.#labels.length) return;
      const key = `${at} ${JSON.stringify([root, asks])}`;
      if (seen.has(key)) return;
      seen.add(key);
      for (const [way, left] of this.#steps({ root, asks }, at)) {
        if (way.at > at) go({ root: way.branch, asks: [...left, ...way.asks] }, way.at);
      }
    };
    const { start } = this.#graph;
    for (const way of this.#arrive(newBranch([], start), start, 0)) {
      go({ root: way.branch, asks: way.asks }, way.at);
    }
    return this.#best;
  }

  /** Whether a record stands at a place. A step that would make another one is given up. */
  #stands(label: Label, at: number): boolean {
    if (this.#labels[at] !== label) return false;
    this.#best = Math.max(this.#best, at + 1);
    return true;
  }

  /** All that the next fact may come to, each with the asks that are left before it. */
  *#steps({ root, asks }: State, at: number): Generator<readonly [Way, State["asks"]]> {
    if (root === null) return;
    for (const way of this.#cancelled(root, at)) yield [way, []];
    const [first, ...rest] = asks;
    if (first !== undefined) {
      for (const way of this.#told(root, first, at)) yield [way, rest];
      return;
    }
    for (const path of pathsOf(root)) {
      for (const way of this.#told(root, path, at)) yield [way, []];
    }
  }

  *#cancelled(root: Branch, at: number): Generator<Way> {
    const node = this.#node(root.at);
    const edge = node.edges.find(isCancelEdge);
    if (edge === undefined) return;
    const doubt = inDoubt(this.#graph, root);
    const label = `cancelled ${node.name} ${this.#tell(edge.to, [])} ${doubt}`;
    if (!this.#stands(label, at)) return;
    const done = gathered(this.#graph, root);
    yield* this.#arrive({ ...newBranch([], edge.to), done }, edge.to, at + 1);
  }

  /** What a branch may be told, and how all around it stands then. */
  *#told(branch: Branch, path: readonly number[], at: number): Generator<Way> {
    const [index, ...within] = path;
    if (index === undefined) {
      yield* this.#fact(branch, at);
      return;
    }
    const { fork } = branch;
    const child = fork?.live.find((one) => one.path.at(-1) === index);
    if (fork === undefined || child === undefined) return;
    for (const way of this.#told(child, within, at)) yield* this.#joined(branch, index, way);
  }

  /** A branch has made a step: its fork goes on where it ended. */
  *#joined(parent: Branch, index: number, way: Way): Generator<Way> {
    const { fork } = parent;
    if (fork === undefined) return;
    if (way.branch !== null) {
      const live = fork.live.map((one) =>
        one.path.at(-1) === index ? (way.branch as Branch) : one,
      );
      yield { ...way, branch: { ...parent, fork: { ...fork, live } } };
      return;
    }
    const { outcome, done } = way.end as NonNullable<Way["end"]>;
    const live = fork.live.filter((one) => one.path.at(-1) !== index);
    const ends = [...fork.ends, [index, outcome] as const];
    const left = { ...parent, done: [...parent.done, ...done], fork: { ...fork, live, ends } };
    for (const on of this.#fill(left, way.at)) yield { ...on, asks: [...way.asks, ...on.asks] };
  }

  /** Begins what may begin; goes on behind the fork where all have ended. */
  *#fill(branch: Branch, at: number): Generator<Way> {
    const { fork } = branch;
    const node = this.#node(branch.at);
    if (fork === undefined || (node.kind !== "map" && node.kind !== "parallel")) return;
    const atOnce = node.kind === "map" ? node.concurrency : node.branches.length;
    if (fork.next < fork.total && fork.live.length < atOnce) {
      const path = [...branch.path, fork.next];
      const body = node.kind === "map" ? node.body : (node.branches[fork.next]?.body ?? 0);
      const begun = { ...branch, fork: { ...fork, next: fork.next + 1 } };
      for (const way of this.#arrive(newBranch(path, body), body, at)) {
        const live = way.branch === null ? begun.fork.live : [...begun.fork.live, way.branch];
        const ends = way.end === undefined ? [] : [[fork.next, way.end.outcome] as const];
        const done = [...begun.done, ...(way.end?.done ?? [])];
        const now = {
          ...begun,
          done,
          fork: { ...begun.fork, live, ends: [...fork.ends, ...ends] },
        };
        for (const on of this.#fill(now, way.at)) yield { ...on, asks: [...way.asks, ...on.asks] };
      }
      return;
    }
    if (fork.live.length > 0) {
      yield { at, asks: [], branch };
      return;
    }
    const [outcome, output] = forkOutcome(node, fork);
    yield* this.#take(branch, at, { type: "node", outcome, more: ` ${output}` });
    yield* this.#take(branch, at, VIOLATION);
  }

  /** Takes an outcome's edge, where the record that says so stands. */
  *#take(branch: Branch, at: number, { type, outcome, more }: Comes): Generator<Way> {
    const node = this.#node(branch.at);
    const edge = node.edges.find((one) => one.outcome === outcome && !isCancelEdge(one));
    if (edge === undefined) return;
    const name = this.#tell(branch.at, branch.path);
    const to = this.#tell(edge.to, branch.path);
    if (!this.#stands(`${type} ${name} ${outcome} ${to}${more}`, at)) return;
    const done = [...branch.done, ...keptOf(node, name, outcome)];
    yield* this.#arrive({ ...newBranch(branch.path, edge.to), done }, edge.to, at + 1);
  }

  *#arrive(branch: Branch, index: number, at: number): Generator<Way> {
    const node = this.#node(index);
    const name = this.#tell(index, branch.path);
    switch (node.kind) {
      case "transform":
      case "effect":
      case "await":
        yield { at, asks: [branch.path], branch };
        yield* this.#take(branch, at, VIOLATION);
        return;
      case "enter":
        yield* this.#take(branch, at, { type: "node", outcome: "ENTERED", more: "" });
        yield* this.#take(branch, at, VIOLATION);
        return;
      case "external":
        yield* this.#begins(branch, name, at);
        yield* this.#take(branch, at, VIOLATION);
        return;
      case "map":
      case "parallel": {
        const most = node.kind === "map" ? node.max : node.branches.length;
        for (let total = node.kind === "map" ? 0 : most; total <= most; total += 1) {
          const fork = { total, next: 0, live: [], ends: [] };
          yield* this.#fill({ ...branch, fork }, at);
        }
        return;
      }
      case "undo": {
        const within = name.slice(0, name.length - (node.name.length - node.within.length));
        const left = branch.done.filter((one) => one.name.startsWith(within));
        const done = branch.done.filter((one) => !one.name.startsWith(within));
        const undo = { left, compensated: [], stands: [] };
        yield* this.#undo({ ...branch, done, undo }, at);
        return;
      }
      case "join":
        yield* this.#take(branch, at, VIOLATION);
        yield* this.#joins(branch, node.outcome, at);
        return;
      case "exit":
        yield* this.#take(branch, at, VIOLATION);
        if (this.#stands(`closed ${name} ${node.outcome}`, at)) {
          yield { at: at + 1, asks: [], branch: null };
        }
        return;
      default:
        throw new Error(`no ${node.kind} in these graphs`);
    }
  }

  *#begins(branch: Branch, name: string, at: number): Generator<Way> {
    if (!this.#stands(`attempted ${name} 1`, at)) return;
    yield { at: at + 1, asks: [], branch: { ...branch, attempt: 1 } };
  }

  /** Begins to undo the last of what is left, or ends the undoing. */
  *#undo(branch: Branch, at: number): Generator<Way> {
    const { left, compensated, stands } = branch.undo as NonNullable<Branch["undo"]>;
    const last = left.at(-1);
    if (last === undefined) {
      const outcome = stands.length === 0 ? "COMPENSATED" : "PARTLY_COMPENSATED";
      const more = ` ${JSON.stringify([compensated, stands])}`;
      yield* this.#take(branch, at, { type: "node", outcome, more });
      return;
    }
    if (last.by === null) {
      yield* this.#undo(this.#undone(branch, false), at);
      return;
    }
    const name = `${last.name}/compensate`;
    if (this.#stands(`node ${name} VIOLATION ${this.#tell(branch.at, branch.path)}`, at)) {
      yield* this.#undo(this.#undone(branch, false), at + 1);
    }
    if (this.#node(last.by).kind === "effect") yield { at, asks: [branch.path], branch };
    else yield* this.#begins(branch, name, at);
  }

  /** What was last is undone, or stands. */
  #undone(branch: Branch, isDone: boolean): Branch {
    const undo = branch.undo as NonNullable<Branch["undo"]>;
    const last = undo.left.at(-1) as Done;
    const told = isDone ? "compensated" : "stands";
    const left = { ...undo, left: undo.left.slice(0, -1), [told]: [...undo[told], last.name] };
    const done = isDone ? branch.done : [...branch.done, { ...last, by: null }];
    return { path: branch.path, at: branch.at, done, undo: left };
  }

  /** What somebody may tell a branch that waits. */
  *#fact(branch: Branch, at: number): Generator<Way> {
    const last = branch.undo?.left.at(-1);
    const index = last?.by ?? branch.at;
    const node = this.#node(index);
    const type = node.kind === "effect" || node.kind === "external" ? node.kind : "node";
    const told: Told = {
      name: last === undefined ? this.#tell(branch.at, branch.path) : `${last.name}/compensate`,
      at,
      comes: (outcome, more, from = at) => this.#comes(branch, from, { type, outcome, more }),
    };
    if (node.kind === "external") yield* this.#call(branch, node, told);
    else if (node.kind === "await") yield* this.#wait(branch, node, told);
    else if ("outcomes" in node) {
      const more = node.kind === "effect" ? ` ${node.operation}` : "";
      for (const outcome of [...Object.keys(node.outcomes), "FAULT"]) {
        yield* told.comes(outcome, more);
      }
    }
  }

  /** An answer: along an edge, or back to what undoes. */
  *#comes(branch: Branch, at: number, { type, outcome, more }: Comes): Generator<Way> {
    const last = branch.undo?.left.at(-1);
    if (last === undefined) {
      yield* this.#take(branch, at, { type, outcome, more });
      return;
    }
    const to = this.#tell(branch.at, branch.path);
    const label = `${type} ${last.name}/compensate ${outcome} ${to}${more} for ${last.name}`;
    if (!this.#stands(label, at)) return;
    yield* this.#undo(this.#undone(branch, last.done.includes(outcome)), at + 1);
  }

  *#call(
    branch: Branch,
    node: GraphNode & { readonly kind: "external" },
    { name, at, comes }: Told,
  ): Generator<Way> {
    const { attempt = 0, retrying, ...rest } = branch;
    const unknown = node.repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
    const mayRepeat = node.repeat === "safe" || retrying !== undefined;
    if (mayRepeat && this.#stands(`attempted ${name} ${attempt + 1}`, at)) {
      yield { at: at + 1, asks: [], branch: { ...rest, attempt: attempt + 1 } };
    }
    if (retrying !== undefined) return;
    for (const outcome of [...Object.keys(node.outcomes), "FAULT", unknown]) {
      const { retry } = node;
      if (!retry?.outcomes.includes(outcome) || attempt >= retry.attempts) {
        yield* comes(outcome, ` ${attempt}`);
      } else if (this.#stands(`retry ${name} ${outcome} ${attempt}`, at)) {
        yield { at: at + 1, asks: [], branch: { ...branch, retrying: outcome } };
      }
    }
  }

  *#wait(
    branch: Branch,
    node: GraphNode & { readonly kind: "await" },
    { name, at, comes }: Told,
  ): Generator<Way> {
    const { said } = branch;
    if (said === undefined) {
      const names = node.signals.map(([signal]) => signal).join(",");
      if (!this.#stands(`timer ${name} ${names}`, at)) return;
      yield { at: at + 1, asks: [], branch: { ...branch, said: [] } };
      return;
    }
    yield* comes(node.elapsed, "");
    for (const [signal, { people, notRequester }] of node.signals) {
      for (const [identity, person] of ANYBODY) {
        // The operator asked, as p0.
        if (notRequester && (person === "p0" || identity === "operator")) continue;
        const before = said.filter(([one]) => one === signal);
        if (before.some(([, who]) => who === person)) continue;
        if (identity === "operator" && before.some(([, , how]) => how === identity)) continue;
        if (!this.#stands(`signal ${name} ${signal} ${identity} ${person}`, at)) continue;
        const now = [...said, [signal, person, identity] as const];
        const who = now.filter(([one]) => one === signal).map(([, one]) => one);
        if (who.length < people) yield { at: at + 1, asks: [], branch: { ...branch, said: now } };
        else yield* comes(signal, ` by ${who.join(",")}`, at + 1);
      }
    }
  }

  *#joins({ path, at: index, done }: Branch, outcome: string, at: number): Generator<Way> {
    const { name } = this.#node(index);
    const fork = forkIn(this.#graph, name, path);
    const label = `node ${tellIn(this.#graph, name, path)} ${outcome} ${fork} =`;
    if (!this.#stands(label, at)) return;
    yield { at: at + 1, asks: [], branch: null, end: { outcome, done } };
  }

  #tell(index: number, path: readonly number[]): string {
    return tellIn(this.#graph, this.#node(index).name, path);
  }

  #node(index: number): GraphNode {
    const node = this.#graph.nodes[index];
    if (node === undefined) throw new Error("an edge leads to a node");
    return node;
  }
}
