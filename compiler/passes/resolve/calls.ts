/**
 * Which workflows call which: never in a circle, not too deep, and not more in total than a graph
 * may hold when every call is inlined. All three are counted without inlining anything.
 */
import type { WorkflowText } from "../../../protocol/language/artifacts.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import { type Diagnostic, diagnose, type Span } from "../../diagnostic.ts";
import { graphOrder } from "../../graph-order.ts";
import type { Artifact } from "../../model.ts";
import { cycleDiagnostic } from "./cycles.ts";
import type { NodeTarget, NodeTargets } from "./workflows.ts";

export interface Caller {
  readonly workflow: Artifact<WorkflowText>;
  readonly targets: NodeTargets;
}

export interface Calls {
  /** Callees before their callers; empty where calls go in a circle. */
  readonly order: readonly FullName[];
  readonly diagnostics: readonly Diagnostic[];
}

export function orderCalls(callers: ReadonlyMap<FullName, Caller>): Calls {
  const links = new Map([...callers].map(([name, caller]) => [name, calleesOf(caller)]));
  const { order, cycles } = graphOrder(links);
  if (cycles.length > 0) {
    return {
      order: [],
      diagnostics: cycles.map((cycle) => circleFault(cycle as FullName[], callers)),
    };
  }
  const calleesFirst = order.toReversed() as FullName[];
  return { order: calleesFirst, diagnostics: sizeFaults(calleesFirst, callers) };
}

/** A workflow that a node runs, and where it says so. */
interface Run {
  readonly name: FullName;
  readonly at: readonly string[];
}

/** What a node runs: the workflow that it calls, or those that it runs for items or as branches. */
function runsOf(node: string, target: NodeTarget): readonly Run[] {
  switch (target.kind) {
    case "call":
    case "map":
      return [{ name: target.name, at: ["nodes", node, "call"] }];
    case "parallel":
      return [...target.branches].map(([branch, name]) => ({
        name,
        at: ["nodes", node, "parallel", branch, "call"],
      }));
    default:
      return [];
  }
}

function calleesOf({ targets }: Caller): readonly FullName[] {
  return [...targets].flatMap(([node, target]) => runsOf(node, target).map(({ name }) => name));
}

function circleFault(
  cycle: readonly FullName[],
  callers: ReadonlyMap<FullName, Caller>,
): Diagnostic {
  return cycleDiagnostic("resolve/call-cycle", cycle, (from, to) => {
    const caller = callers.get(from);
    invariant(caller !== undefined, "a circle of calls goes through workflows that there are");
    return { span: callSpan(caller, to), message: `\`${from}\` calls \`${to}\` here` };
  });
}

/** Where a workflow calls another first. */
function callSpan({ workflow, targets }: Caller, callee: string | undefined): Span {
  for (const [node, target] of targets) {
    const run = runsOf(node, target).find(({ name }) => callee === undefined || name === callee);
    if (run !== undefined) return workflow.document.spanOf(run.at);
  }
  return workflow.document.spanOf(["code"]);
}

/** What a workflow is when every call in it is inlined. */
interface Size {
  readonly depth: number;
  readonly nodes: number;
  /** Forks within forks. */
  readonly forks: number;
  /** Items and branches that may be under way at a time. */
  readonly live: number;
}

const NOTHING: Size = Object.freeze({ depth: 0, nodes: 0, forks: 0, live: 1 });

function sizeFaults(
  calleesFirst: readonly FullName[],
  callers: ReadonlyMap<FullName, Caller>,
): readonly Diagnostic[] {
  const sizes = new Map<FullName, Size>();
  const faults: Diagnostic[] = [];
  for (const name of calleesFirst) {
    const caller = callers.get(name);
    if (caller === undefined) continue;
    const size = sizeOf(caller, sizes);
    const fault = sizeFault(size, caller);
    if (fault !== null) faults.push(fault);
    // What was reported once is not reported again of every caller.
    sizes.set(name, fault === null ? size : NOTHING);
  }
  return faults;
}

function sizeOf(caller: Caller, sizes: ReadonlyMap<FullName, Size>): Size {
  let size: Size = { ...NOTHING, nodes: ownNodes(caller) };
  for (const [node, target] of caller.targets) {
    const run = runsOf(node, target).map(({ name }) => sizes.get(name) ?? NOTHING);
    if (run.length > 0) size = withRun(size, target, run);
  }
  return size;
}

/** Nodes, what undoes them, and the ends: one that compensates first undoes, and then ends in two ways. */
function ownNodes({ targets, workflow: { text } }: Caller): number {
  const undoing = [...targets.values()].filter(
    (target) => target.kind === "effect" && target.undoneBy !== null,
  );
  const ends = [...Object.values(text.exits), text.on_fault, ...[text.on_cancel ?? []].flat()];
  const undone = ends.filter(({ compensate }) => compensate === true);
  return targets.size + undoing.length + ends.length + 2 * undone.length;
}

/** The size of what was counted before and of what one node runs. */
function withRun(size: Size, target: NodeTarget, run: readonly Size[]): Size {
  const most = (count: (one: Size) => number) => Math.max(...run.map(count));
  const sum = (count: (one: Size) => number) => run.map(count).reduce((all, one) => all + one, 0);
  const isFork = target.kind !== "call";
  const live =
    target.kind === "map"
      ? Math.min(target.text.concurrency ?? 1, target.text.max) * most((one) => one.live)
      : sum((one) => one.live);
  return {
    depth: Math.max(size.depth, most((one) => one.depth) + 1),
    // What begins a body is a node of its own; what begins a call is the call.
    nodes: size.nodes + sum((one) => one.nodes + (isFork ? 1 : 0)),
    forks: Math.max(size.forks, most((one) => one.forks) + (isFork ? 1 : 0)),
    live: Math.max(size.live, live),
  };
}

function sizeFault({ depth, nodes, forks, live }: Size, caller: Caller): Diagnostic | null {
  const at = callSpan(caller, undefined);
  const name = caller.workflow.text.code;
  if (depth > LIMITS.callDepthMax) {
    return diagnose("resolve/call-too-deep", at, { name, limit: String(LIMITS.callDepthMax) });
  }
  if (forks > LIMITS.forkDepthMax) {
    return diagnose("resolve/fork-too-deep", at, { name, limit: String(LIMITS.forkDepthMax) });
  }
  if (live > LIMITS.liveBranchesMax) {
    const words = { name, live: String(live), limit: String(LIMITS.liveBranchesMax) };
    return diagnose("resolve/too-many-at-a-time", at, words);
  }
  // The end of what is cancelled stands once in a graph, whatever is called in it.
  const whole = nodes + 1;
  if (whole <= LIMITS.graphNodesMax) return null;
  const counts = { name, nodes: String(whole), limit: String(LIMITS.graphNodesMax) };
  return diagnose("resolve/graph-too-large", at, counts);
}
