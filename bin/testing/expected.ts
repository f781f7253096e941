/**
 * One authored case, tried: what it expects, what was found, and in what they differ. What can never
 * happen is told as such, and an answer that nobody asked for is a mistake of the case.
 */
import { type AuthoredTest, allParts, didYouMean } from "../../compiler/index.ts";
import { canonical } from "../../protocol/language/canonical.ts";
import type { Graph, GraphNode } from "../../protocol/language/graph.ts";
import type { Json } from "../../protocol/language/json.ts";
import type { Trial, TrialAnswer, TrialAsk, TryOut } from "../../runtime/index.ts";

type TestCase = AuthoredTest["cases"][number]["text"];

export interface ShownStep {
  readonly node: string;
  readonly outcome: string;
}

/** What came of a case. */
export interface Found {
  readonly path: readonly ShownStep[];
  /** Null where it did not come to an end. */
  readonly exit: string | null;
  readonly outcome: string | null;
  readonly result: Json;
}

export interface CaseVerdict {
  readonly name: string;
  readonly problems: readonly string[];
  readonly expectedPath: readonly ShownStep[] | null;
  readonly found: Found;
}

export function tryCase(graph: Graph, tryOut: TryOut, one: TestCase): CaseVerdict {
  const answers = answersOf(one);
  const trial = tryOut(one.payload, answers.next);
  const expectedPath = pathOf(one);
  const found = foundIn(graph, trial, new Set(expectedPath?.map(({ node }) => node)));
  const different = trial.kind === "ended" ? differences(one, found, expectedPath) : [];
  const problems = [
    ...impossible(graph, one, expectedPath),
    ...stopped(trial),
    ...different,
    ...(different.length > 0 ? reasonsIn(trial, expectedPath) : []),
    ...answers.unused().map((node) => `nothing asked for the answer that is given for \`${node}\``),
  ];
  return { name: one.name, problems, expectedPath, found };
}

function pathOf({ path }: TestCase): readonly ShownStep[] | null {
  if (path === undefined) return null;
  return path.flatMap((step) => Object.entries(step).map(([node, outcome]) => ({ node, outcome })));
}

/** The answers that are given, each once, in order. */
function answersOf({ answers = {} }: TestCase) {
  const left = new Map(Object.entries(answers).map(([node, list]) => [node, [...list]]));
  return {
    next: ({ name }: TrialAsk): TrialAnswer | undefined => left.get(name)?.shift(),
    unused: () => [...left].flatMap(([node, list]) => (list.length > 0 ? [node] : [])),
  };
}

/** The steps as a case tells them: those of calls only where it names them. */
function foundIn(graph: Graph, trial: Trial, named: ReadonlySet<string>): Found {
  const kinds = new Map(graph.nodes.map(({ name, kind }) => [name, kind]));
  const isTold = (node: string) => {
    const kind = kinds.get(plain(node));
    return named.has(node) || (kind !== "enter" && kind !== "leave");
  };
  const steps = trial.kind === "unfit" ? [] : trial.steps;
  const path = steps
    .filter(({ node }) => isTold(node))
    .map(({ node, outcome }) => ({ node, outcome }));
  if (trial.kind !== "ended") return { path, exit: null, outcome: null, result: null };
  const { exit, outcome, result } = trial.end;
  return { path, exit, outcome, result };
}

/** The name in the graph of what a trace names: `each[3]/check` is `each/check`. */
export function plain(told: string): string {
  return told.replaceAll(/\[[0-9]+\]/g, "");
}

function stopped(trial: Trial): readonly string[] {
  if (trial.kind === "unanswered") {
    return [`no answer is given for \`${trial.node}\`, which nothing in memory can answer`];
  }
  if (trial.kind === "ended") return [];
  const what = trial.node === undefined ? "the payload" : `what is told to \`${trial.node}\``;
  return trial.problems.map(
    ({ pointer, message }) => `${what} does not fit: ${pointer} ${message}`,
  );
}

function differences(one: TestCase, found: Found, expected: readonly ShownStep[] | null): string[] {
  const problems: string[] = [];
  if (expected !== null && canonical(asJson(expected)) !== canonical(asJson(found.path))) {
    problems.push("it took another path");
  }
  if (found.outcome !== one.outcome) {
    problems.push(`expected the outcome ${one.outcome}, found ${found.outcome}`);
  }
  if (one.result !== undefined && canonical(one.result) !== canonical(found.result)) {
    problems.push(
      `expected the result ${JSON.stringify(one.result)}, found ${JSON.stringify(found.result)}`,
    );
  }
  return problems;
}

/** Why steps ended as the engine says, where the case does not expect that of them. */
function reasonsIn(trial: Trial, expected: readonly ShownStep[] | null): readonly string[] {
  if (trial.kind !== "ended") return [];
  const told = new Set(expected?.map(stepKey));
  return trial.steps.flatMap(({ node, outcome, reason }) =>
    reason === undefined || told.has(stepKey({ node, outcome }))
      ? []
      : [`\`${node}\` ended in ${outcome}: ${reason.message}`],
  );
}

function stepKey({ node, outcome }: ShownStep): string {
  return `${node} ${outcome}`;
}

function asJson(steps: readonly ShownStep[]): Json {
  return steps.map(({ node, outcome }) => [node, outcome]);
}

/** What no run of the workflow can do, whatever comes in. */
function impossible(
  graph: Graph,
  { outcome }: TestCase,
  path: readonly ShownStep[] | null,
): readonly string[] {
  const ends = new Set(graph.nodes.flatMap((node) => (node.kind === "exit" ? [node.outcome] : [])));
  const problems = ends.has(outcome)
    ? []
    : [`no path ends in ${outcome}, so this can never happen. ${suggestion(outcome, ends)}`.trim()];
  if (path === null) return problems;
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  for (const step of path) {
    const node = byName.get(plain(step.node));
    const outcomes = node === undefined ? [] : node.edges.map((edge) => edge.outcome);
    if (node === undefined) {
      problems.push(
        `there is no node \`${step.node}\`. ${suggestion(step.node, byName.keys())}`.trim(),
      );
    } else if (outcomes.length > 0 && !outcomes.includes(step.outcome)) {
      problems.push(
        `\`${step.node}\` never ends in ${step.outcome}. ${suggestion(step.outcome, outcomes)}`.trim(),
      );
    }
  }
  return problems.length > 0 ? problems : brokenPath(graph, path);
}

function suggestion(wrong: string, names: Iterable<string>): string {
  return didYouMean(wrong, names) ?? "";
}

/** The first step that does not lead to the next one; what runs in forks is not looked at. */
function brokenPath(graph: Graph, path: readonly ShownStep[]): readonly string[] {
  const trunk = new Set(allParts(graph)[0]?.order ?? []);
  const at = new Map(graph.nodes.map((node, index) => [node.name, { node, index }]));
  const named = new Set(path.map(({ node }) => node));
  const own = path.filter(({ node }) => trunk.has(at.get(node)?.index ?? -1));
  for (const [index, step] of own.entries()) {
    const next = own[index + 1];
    if (next === undefined) break;
    const from = at.get(step.node)?.node;
    const edge = from?.edges.find(({ outcome }) => outcome === step.outcome);
    const to = edge === undefined ? undefined : pastCalls(graph, edge.to, named);
    if (to === undefined || to.name === next.node) continue;
    return [
      `\`${step.node}\` ${step.outcome} leads to \`${to.name}\`, and never to \`${next.node}\``,
    ];
  }
  return [];
}

/** The next node that a case tells; nothing where that depends on what comes in. */
function pastCalls(graph: Graph, start: number, named: ReadonlySet<string>): GraphNode | undefined {
  let node = graph.nodes[start];
  while (node !== undefined && !named.has(node.name)) {
    if (node.kind !== "enter" && node.kind !== "leave") return node;
    const [edge] = node.edges;
    node = edge === undefined ? undefined : graph.nodes[edge.to];
  }
  return node;
}
