/** Graphs made of nodes by name: edges, bodies and what undoes are linked as the compiler does. */
import type { Graph, GraphNode } from "../../../protocol/language/graph.ts";
import { deepFreeze } from "../../../protocol/language/json.ts";
import { ENGINE_OUTCOMES, type FullName } from "../../../protocol/language/names.ts";

export const WORKFLOW: FullName = "test::WF_FORKED_V0";
const ENGINE: ReadonlySet<string> = new Set(ENGINE_OUTCOMES);
/** The one schema: everything fits. */
export const ANY = 0;

/** A node, the names that its outcomes lead to, and those of its body and of what undoes it. */
export interface Linked {
  readonly node: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly to?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly by?: string;
}

export function linkedGraph(made: readonly Linked[], start: string, slots: number): Graph {
  const index = new Map(made.map(({ node }, at) => [node.name, at]));
  const at = (name: string): number => {
    const found = index.get(name);
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  };
  const nodes = made.map(({ node, to = {}, body, by }) => {
    const edges = Object.entries(to).map(([outcome, name]) => ({
      outcome,
      to: at(name),
      ...(ENGINE.has(outcome) ? { engine: true as const } : {}),
    }));
    const origin = { workflow: WORKFLOW, node: node.name };
    const linked: Record<string, unknown> = { ...node, origin, edges };
    if (body !== undefined) linked.body = at(body);
    if (by !== undefined) linked.undone = { ...(node.undone as object), by: at(by) };
    if (node.kind === "parallel") {
      linked.branches = (node.branches as { name: string }[]).map((branch) => ({
        ...branch,
        body: at(`${node.name}/${branch.name}`),
      }));
    }
    return linked as unknown as GraphNode;
  });
  return deepFreeze({
    workflow: WORKFLOW,
    summary: "Made by hand.",
    payload: ANY,
    sealPayload: [],
    slots,
    start: at(start),
    nodes,
    schemas: [true],
    drawing: { width: 0, height: 0, nodes: [], edges: [] },
  });
}

/** What every document store of these graphs has. */
export const STORE = Object.freeze({
  kind: "effect",
  effect: "test::CS_TEST_V0",
  semantics: "document",
  store: "test/things",
  check: null,
  sealInput: [],
  seal: {},
});

/** What every call to the outside of these graphs has. */
export const OUTSIDE = Object.freeze({
  kind: "external",
  effect: "test::CS_OUTSIDE_V0",
  operation: "CALL",
  implementation: "outside",
  settings: {},
  timeoutMs: 1_000,
  check: null,
  outcomes: { DONE: ANY, DECLINED: ANY, BUSY: ANY },
  sealInput: [],
  seal: {},
});
