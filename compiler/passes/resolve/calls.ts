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
import type { NodeTargets } from "./workflows.ts";

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

function calleesOf({ targets }: Caller): readonly FullName[] {
  return [...targets.values()].flatMap((target) => (target.kind === "call" ? target.name : []));
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
    if (target.kind === "call" && (callee === undefined || target.name === callee)) {
      return workflow.document.spanOf(["nodes", node, "call"]);
    }
  }
  return workflow.document.spanOf(["code"]);
}

/** What a workflow is when every call in it is inlined. */
interface Size {
  readonly depth: number;
  readonly nodes: number;
}

const NOTHING: Size = Object.freeze({ depth: 0, nodes: 0 });

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
  let depth = 0;
  // The ends of a workflow are nodes of its graph too: its exits and `on_fault`.
  let nodes = caller.targets.size + Object.keys(caller.workflow.text.exits).length + 1;
  for (const callee of calleesOf(caller)) {
    const size = sizes.get(callee) ?? NOTHING;
    depth = Math.max(depth, size.depth + 1);
    nodes += size.nodes;
  }
  return { depth, nodes };
}

function sizeFault({ depth, nodes }: Size, caller: Caller): Diagnostic | null {
  const at = callSpan(caller, undefined);
  const name = caller.workflow.text.code;
  if (depth > LIMITS.callDepthMax) {
    return diagnose("resolve/call-too-deep", at, { name, limit: String(LIMITS.callDepthMax) });
  }
  if (nodes <= LIMITS.graphNodesMax) return null;
  const counts = { name, nodes: String(nodes), limit: String(LIMITS.graphNodesMax) };
  return diagnose("resolve/graph-too-large", at, counts);
}
