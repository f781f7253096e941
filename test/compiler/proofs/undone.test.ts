/**
 * What is found of undoing in random graphs is what a walk over all paths finds, neither more nor
 * less; and each finding shows a path that there is.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Break, undoneIn } from "../../../compiler/proofs/undone.ts";
import type { Edge, Graph, GraphNode, Undone } from "../../../protocol/language/graph.ts";

const SEAM = { check: null, seal: {}, sealInput: [], outcomes: {}, slot: 2 } as const;
const INPUT = { literal: {} } as const;

interface Step {
  readonly kind: "read" | "write" | "call" | "decide";
  readonly repeat: "safe" | "unsafe";
  readonly fate: "nothing" | "undone" | "doubt-undone" | "stands" | "pivot";
  /** Where each of its outcomes leads, counted on from it. */
  readonly leads: readonly number[];
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom("read", "write", "call", "decide"),
    repeat: fc.constantFrom("safe", "unsafe"),
    fate: fc.constantFrom("nothing", "undone", "doubt-undone", "stands", "pivot"),
    leads: fc.array(fc.nat(7), { minLength: 4, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 7 },
);

const ENDS: readonly GraphNode[] = [
  end("done", "SUCCESS", false),
  undo("undone"),
  end("undone/compensated", "COMPENSATED", false),
  end("undone/stands", "PARTLY_COMPENSATED", false),
  end("on_fault", "FAULTED", true),
];

function end(name: string, outcome: string, fault: boolean): GraphNode {
  const { origin } = commons(name);
  return { kind: "exit", name, origin, edges: [], outcome, result: INPUT, seal: [], fault };
}

function undo(name: string): GraphNode {
  return { ...commons(name), kind: "undo", slot: 3, within: "", edges: [] };
}

function commons(name: string) {
  return { name, origin: { workflow: "example::WF_A_V0", node: name } } as const;
}

/** The steps in a row, then the ends; an outcome leads to a later step or to one of three ends. */
function graphOf(all: readonly Step[]): Graph {
  const first = all.length;
  const ends = ENDS.map((node) =>
    node.kind === "undo" ? { ...node, edges: undoEdges(first) } : node,
  );
  const goals = [first, first + 1, first + 4];
  const nodes = all.map((step, at): GraphNode => {
    const to = (lead: number) => {
      const later = [...all.keys()].slice(at + 1);
      return [...later, ...goals][lead % (later.length + goals.length)] ?? first;
    };
    return nodeOf(step, `n${at}`, (outcome, lead) => ({ outcome, to: to(step.leads[lead] ?? 0) }));
  });
  return {
    workflow: "example::WF_A_V0",
    summary: "",
    payload: 0,
    sealPayload: [],
    slots: 4,
    start: 0,
    nodes: [...nodes, ...ends],
    schemas: [],
    drawing: { width: 0, height: 0, nodes: [], edges: [] },
  };
}

function undoEdges(first: number): readonly Edge[] {
  return [
    { outcome: "COMPENSATED", to: first + 2 },
    { outcome: "PARTLY_COMPENSATED", to: first + 3 },
  ];
}

function nodeOf(
  { kind, repeat, fate }: Step,
  name: string,
  lead: (outcome: string, at: number) => Edge,
): GraphNode {
  const effect = "example::CS_A_V0";
  if (kind === "decide") {
    const edges = [lead("A", 0), lead("B", 1)];
    return { ...commons(name), kind, input: INPUT, rows: [], otherwise: "B", edges };
  }
  if (kind === "call") {
    const unanswered = repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
    const outcomes = { SUCCESS: 0, DECLINED: 0 };
    return {
      ...commons(name),
      ...SEAM,
      ...undoneBy(fate, unanswered),
      kind: "external",
      effect,
      operation: "PAY",
      implementation: "http-call",
      settings: {},
      repeat,
      timeoutMs: 1,
      input: INPUT,
      outcomes,
      edges: [lead("SUCCESS", 0), lead("DECLINED", 1), lead(unanswered, 2), lead("VIOLATION", 3)],
    };
  }
  const [operation, other] = kind === "write" ? ["REMOVE", "NOT_FOUND"] : ["GET", "NOT_FOUND"];
  return {
    ...commons(name),
    ...SEAM,
    ...(kind === "write" ? undoneBy(fate, "NEVER") : {}),
    kind: "effect",
    effect,
    semantics: "document",
    store: "example/notes",
    operation,
    input: INPUT,
    edges: [lead("SUCCESS", 0), lead(other, 1), lead("VIOLATION", 3)],
  };
}

function undoneBy(fate: Step["fate"], unanswered: string): { readonly undone?: Undone } {
  switch (fate) {
    case "nothing":
      return {};
    case "undone":
      return { undone: { by: 0, after: ["SUCCESS"], done: ["SUCCESS"] } };
    case "doubt-undone":
      return { undone: { by: 0, after: ["SUCCESS", unanswered], done: ["SUCCESS"] } };
    default:
      return { undone: { by: null, after: ["SUCCESS", unanswered] } };
  }
}

/** Every path, as outcomes of nodes in order. */
function* pathsIn(graph: Graph, at = graph.start, before: readonly Edge[] = []): Iterable<Path> {
  const node = graph.nodes[at];
  if (node === undefined) return;
  if (node.edges.length === 0 || node.kind === "undo") yield { at, before };
  else {
    for (const edge of node.edges) yield* pathsIn(graph, edge.to, [...before, edge]);
  }
}

interface Path {
  readonly at: number;
  readonly before: readonly Edge[];
}

/** The faults of one path, as `<code> <node>`. */
function faultsOn(graph: Graph, all: readonly Step[], { at, before }: Path): readonly string[] {
  if (graph.nodes[at]?.kind !== "undo") return [];
  const found: string[] = [];
  let from = graph.start;
  for (const { outcome, to } of before) {
    const step = all[from];
    if (step !== undefined)
      found.push(...faultsAt(step, outcome).map((code) => `${code} n${from}`));
    from = to;
  }
  return found;
}

function faultsAt({ kind, fate }: Step, outcome: string): readonly string[] {
  if (kind === "read" || kind === "decide") return [];
  const isDoubt = outcome === "TIMEOUT" || outcome === "IN_DOUBT";
  const happened = outcome === "SUCCESS" || isDoubt;
  if (!happened) return [];
  if (fate === "nothing") return ["proofs/not-undone"];
  if (fate === "stands") return ["proofs/irreversible-before-failure"];
  return isDoubt && fate === "undone" ? ["proofs/doubt-not-undone"] : [];
}

const isPivot = (all: readonly Step[]) => (node: { readonly name: string }) =>
  all[Number(node.name.slice(1))]?.fate === "pivot";

test("what is not undone is found exactly where some path comes to it", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const graph = graphOf(all);
      const expected = [...pathsIn(graph)].flatMap((path) => faultsOn(graph, all, path));
      const { breaks } = undoneIn(graph, isPivot(all));
      const found = breaks.map(({ code, node }) => `${code} ${node.name}`);
      expect(found.toSorted()).toEqual([...new Set(expected)].toSorted());
    }),
    { numRuns: 2_000 },
  );
});

test("each finding shows a path that there is, from the start to an end that undoes", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const graph = graphOf(all);
      for (const one of undoneIn(graph, isPivot(all)).breaks) expectPath(graph, one);
    }),
    { numRuns: 1_000 },
  );
});

function expectPath(graph: Graph, { path, node, outcome, exit }: Break): void {
  const hops = path.split(" → ");
  expect(hops).toContain(`\`${node.name}\` ${outcome}`);
  expect(hops.at(-1)).toBe(`\`${exit}\``);
  let at = graph.start;
  for (const hop of hops.slice(0, -1)) {
    const [name, taken] = hop.replaceAll("`", "").split(" ");
    expect(graph.nodes[at]?.name).toBe(name);
    at = graph.nodes[at]?.edges.find((edge) => edge.outcome === taken)?.to ?? -1;
  }
  expect(graph.nodes[at]?.kind).toBe("undo");
}

test("an end that undoes is idle where no path to it has done anything", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const graph = graphOf(all);
      const did = [...pathsIn(graph)].some(
        (path) => graph.nodes[path.at]?.kind === "undo" && didSomething(graph, all, path),
      );
      expect(undoneIn(graph, isPivot(all)).idle).toEqual(did ? [] : ["undone"]);
    }),
    { numRuns: 2_000 },
  );
});

/** Something that is undone or stands, or of which nothing is said although it happened. */
function didSomething(graph: Graph, all: readonly Step[], { before }: Path): boolean {
  let from = graph.start;
  return before.some(({ outcome, to }) => {
    const step = all[from];
    from = to;
    if (step === undefined || step.kind === "read" || step.kind === "decide") return false;
    const isDoubt = outcome === "TIMEOUT" || outcome === "IN_DOUBT";
    return outcome === "SUCCESS" || (isDoubt && step.fate !== "undone");
  });
}

test("ten thousand nodes in a row, each of which may fail, are proven at once", () => {
  const row: Step[] = Array.from({ length: 10_000 }, (_, at) => ({
    kind: "write",
    repeat: "safe",
    fate: at === 5_000 ? "nothing" : "undone",
    leads: [0, 0, 0, 0],
  }));
  const graph = graphOf(row);
  const nodes = graph.nodes.map((node, at) =>
    node.kind === "effect" ? { ...node, edges: toUndone(node.edges, at) } : node,
  );
  const { breaks } = undoneIn({ ...graph, nodes }, () => false);
  expect(breaks.map(({ node }) => node.name)).toEqual(["n5000"]);
  expect(breaks[0]?.path).toContain("more");
});

function toUndone(edges: readonly Edge[], at: number): readonly Edge[] {
  return edges.map((edge) =>
    edge.outcome === "SUCCESS" ? { ...edge, to: at + 1 } : { ...edge, to: 10_001 },
  );
}
