/** A document that was read is not overwritten with what was read, unless its version still stands. */
import type { Binding } from "../../../protocol/language/graph.ts";
import { diagnose } from "../../diagnostic.ts";
import type { RootName } from "../../model.ts";
import { type Flow, type FlowNode, placeOf, type Rule } from "../flow.ts";

export const lostUpdate: Rule = (flow) => {
  const gets = flow.nodes.filter((node) => isOperation(node, "GET"));
  return flow.nodes
    .filter((node) => isOperation(node, "PUT"))
    .flatMap((put) => {
      const sources = sourcesOf(flow, memberOf(put, "value"));
      const get = gets.find((one) => sources.has(one.name) && sameDocument(one, put));
      if (get === undefined) return [];
      const parameters = { put: put.name, get: get.name, store: storeOf(put) ?? "" };
      const place = placeOf(flow, ["nodes", put.name, "op"]);
      const span = placeOf(flow, ["nodes", get.name, "op"]);
      const related = [{ span, message: "it is read here" }];
      return diagnose("prove/lost-update", place, parameters, { related });
    });
};

function isOperation({ typed: { node } }: FlowNode, operation: string): boolean {
  return node.kind === "effect" && node.operation === operation && "PUT" in node.effect.operations;
}

function storeOf({ typed: { node } }: FlowNode): string | undefined {
  return node.kind === "effect" ? node.effect.store : undefined;
}

/** One store, and keys that are bound alike. */
function sameDocument(a: FlowNode, b: FlowNode): boolean {
  const key = (node: FlowNode): string => JSON.stringify(memberOf(node, "key"));
  return storeOf(a) === storeOf(b) && key(a) === key(b);
}

/** A member of a node's input, its roots by name. */
function memberOf({ typed: { input } }: FlowNode, name: string): Named | undefined {
  const { binding, roots } = input;
  const found = "object" in binding ? binding.object.find(([key]) => key === name) : undefined;
  return found && named(found[1], roots);
}

/** A binding as it was written: names in place of slots. */
type Named = { readonly reads: readonly string[]; readonly text: string };

function named(binding: Binding, roots: readonly RootName[]): Named {
  const reads: string[] = [];
  const text = JSON.stringify(binding, (key, value: unknown) => {
    if ((key !== "read" && key !== "query") || !Array.isArray(value)) return value;
    const [slot, ...steps] = value as [number, ...unknown[]];
    reads.push(roots[slot] ?? "");
    return [roots[slot], ...steps];
  });
  return { reads, text };
}

/** The nodes whose outputs a value is made of, however many nodes lie between. */
function sourcesOf({ workflow }: Flow, value: Named | undefined): ReadonlySet<string> {
  const sources = new Set<string>();
  const open = [...(value?.reads ?? [])];
  for (let root = open.pop(); root !== undefined; root = open.pop()) {
    const name = root.replace(/^nodes[.]/, "");
    if (sources.has(name)) continue;
    sources.add(name);
    open.push(...(workflow.nodes.get(name)?.input.roots ?? []));
  }
  return sources;
}
