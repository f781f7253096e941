/**
 * What is found of undoing where items and branches run is what a walk over every run finds: which
 * nodes were passed, with which outcomes, before an end that undoes.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Acting, undoneIn } from "../../../compiler/proofs/undone.ts";
import type { Graph, GraphNode, MapNode, ParallelNode } from "../../../protocol/language/graph.ts";
import { costlyGraph } from "./costly-graph.ts";
import { TooMany } from "./costs-of-runs.ts";

/** `<node> <outcome>`, as a set in one text: what a run has passed so far. */
type Passed = ReadonlySet<string>;

interface Ended {
  readonly passed: Passed;
  readonly ok: boolean;
}

const RUNS_MAX = 3_000;

/** What had been passed, each way that there is, where an end of the execution was come to that undoes. */
function beforeUndoing(graph: Graph): ReadonlyMap<number, readonly Passed[]> {
  const found = new Map<number, Passed[]>();
  let steps = 0;

  function walk(
    index: number,
    passed: Passed,
    ends: (at: GraphNode, passed: Passed) => void,
  ): void {
    steps += 1;
    if (steps > RUNS_MAX * 10) throw new TooMany();
    const node = graph.nodes[index] as GraphNode;
    if (node.kind === "undo" && node.within === "") {
      found.set(index, [...(found.get(index) ?? []), passed]);
    }
    if (node.kind === "exit" || node.kind === "join") ends(node, passed);
    for (const { outcome, to } of node.edges) {
      for (const ran of stepsOf(node, outcome)) {
        walk(to, new Set([...passed, ...ran, `${index} ${outcome}`]), ends);
      }
    }
  }

  function stepsOf(node: GraphNode, outcome: string): readonly Passed[] {
    if (node.kind === "map") return mapped(node, outcome);
    return node.kind === "parallel" ? branched(node, outcome) : [new Set()];
  }

  /** Every end of an item or branch; where it was stopped, whatever it had passed by then. */
  function endsOf(body: number, succeed: readonly string[], stopped: boolean): readonly Ended[] {
    const runs = new Map<string, Ended>();
    const keep = (one: Ended) => runs.set(`${one.ok} ${[...one.passed].sort().join()}`, one);
    walk(body, new Set(), (end, passed) => {
      const ok = end.kind === "join" && !end.fault && succeed.includes(end.outcome);
      keep({ passed, ok });
      const order = [...passed];
      if (stopped) {
        for (let length = 0; length < order.length; length += 1) {
          keep({ passed: new Set(order.slice(0, length)), ok: false });
        }
      }
    });
    if (runs.size > 60) throw new TooMany();
    return [...runs.values()];
  }

  function mapped({ body, succeed, max, threshold }: MapNode, outcome: string): readonly Passed[] {
    const each = endsOf(body, succeed, outcome === "CANCELLED");
    let tuples: readonly (readonly Ended[])[] = [[]];
    const all: Passed[] = [];
    for (let items = 0; items <= max; items += 1) {
      for (const tuple of tuples) {
        const won = tuple.filter(({ ok }) => ok).length;
        const isEnough = threshold !== null && won / items >= threshold;
        const ended =
          items === 0 ? "EMPTY" : won === items ? "SUCCESS" : isEnough ? "PARTIAL" : "FAILED";
        const byEngine = outcome === "CANCELLED" || outcome === "VIOLATION";
        if (byEngine || ended === outcome) all.push(union(tuple));
      }
      tuples = tuples.flatMap((tuple) => each.map((one) => [...tuple, one]));
      if (tuples.length > RUNS_MAX) throw new TooMany();
    }
    return distinct(all);
  }

  function branched({ branches }: ParallelNode, outcome: string): readonly Passed[] {
    let tuples: readonly (readonly Ended[])[] = [[]];
    for (const { body, succeed } of branches) {
      const each = endsOf(body, succeed, outcome === "CANCELLED");
      tuples = tuples.flatMap((tuple) => each.map((one) => [...tuple, one]));
      if (tuples.length > RUNS_MAX) throw new TooMany();
    }
    const isWon = (tuple: readonly Ended[]) => tuple.every(({ ok }) => ok);
    const fitting = tuples.filter(
      (tuple) => outcome === "CANCELLED" || isWon(tuple) === (outcome === "SUCCESS"),
    );
    return distinct(fitting.map(union));
  }

  walk(graph.start, new Set(), () => {});
  return found;
}

function union(tuple: readonly Ended[]): Passed {
  return new Set(tuple.flatMap(({ passed }) => [...passed]));
}

function distinct(all: readonly Passed[]): readonly Passed[] {
  const found = [...new Map(all.map((one) => [[...one].sort().join(), one])).values()];
  if (found.length > RUNS_MAX) throw new TooMany();
  return found;
}

/** Outcomes after which something of the node is there to be undone, or may be. */
function didSomething(node: Acting, outcome: string): boolean {
  if (node.undone !== undefined) return node.undone.after.includes(outcome);
  if (node.kind === "effect") return outcome === "SUCCESS" && node.operation !== "RESOLVE";
  return outcome !== "VIOLATION";
}

function faultsOf(node: Acting, outcome: string, isPivot: boolean): readonly string[] {
  if (node.undone === undefined) {
    return didSomething(node, outcome) ? ["proofs/not-undone"] : [];
  }
  const { by, after } = node.undone;
  if (by === null && !isPivot && after.includes(outcome)) {
    return ["proofs/irreversible-before-failure"];
  }
  const isDoubt = node.kind === "external" && outcome === "IN_DOUBT" && !after.includes(outcome);
  return isDoubt ? ["proofs/doubt-not-undone"] : [];
}

const WORST = [
  "proofs/not-undone",
  "proofs/irreversible-before-failure",
  "proofs/doubt-not-undone",
] as const;

test("what is not undone, which ends undo nothing, and what is asked to be undone: as over all runs", () => {
  const seen = { broken: 0, idle: 0, none: 0, inForks: 0 };
  const isPivot = ({ name }: { readonly name: string }) => name.length % 3 === 0;
  fc.assert(
    fc.property(
      fc.oneof(
        costlyGraph({ size: 3, forks: true, undoes: true }),
        costlyGraph({ size: 2, forks: true, undoes: true }),
      ),
      (graph) => {
        let runs: ReadonlyMap<number, readonly Passed[]>;
        try {
          runs = beforeUndoing(graph);
        } catch (error) {
          if (error instanceof TooMany) return;
          throw error;
        }
        const passed = new Set([...runs.values()].flat().flatMap((one) => [...one]));
        const breaks: string[] = [];
        const used: string[] = [];
        graph.nodes.forEach((node, index) => {
          if (node.kind !== "effect" && node.kind !== "external") return;
          const outcomes = node.edges
            .map(({ outcome }) => outcome)
            .filter((outcome) => passed.has(`${index} ${outcome}`));
          const faults = outcomes.flatMap((one) => faultsOf(node, one, isPivot(node)));
          const worst = WORST.find((code) => faults.includes(code));
          if (worst !== undefined) breaks.push(`${worst} ${node.name}`);
          const isAsked = outcomes.some((one) => node.undone?.after.includes(one) === true);
          if (isAsked) used.push(node.name);
        });
        const idle = graph.nodes.flatMap((node, index) => {
          if (node.kind !== "undo" || node.within !== "") return [];
          const isIdle = (runs.get(index) ?? []).every((one) =>
            [...one].every((event) => {
              const [at, outcome] = event.split(" ");
              const by = graph.nodes[Number(at)] as GraphNode;
              return (
                (by.kind !== "effect" && by.kind !== "external") || !didSomething(by, outcome ?? "")
              );
            }),
          );
          return isIdle ? [node.name] : [];
        });
        const found = undoneIn(graph, isPivot);
        expect(found.breaks.map(({ code, node }) => `${code} ${node.name}`).toSorted()).toEqual(
          breaks.toSorted(),
        );
        expect(found.used.map(({ name }) => name).toSorted()).toEqual(used.toSorted());
        expect(found.idle.toSorted()).toEqual(idle.toSorted());
        seen.broken += breaks.length > 0 ? 1 : 0;
        seen.inForks += breaks.some((one) => one.includes("#")) ? 1 : 0;
        seen.idle += idle.length > 0 ? 1 : 0;
        seen.none += breaks.length === 0 ? 1 : 0;
      },
    ),
    { numRuns: 3_000 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(50);
});
