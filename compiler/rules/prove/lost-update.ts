/** A document that was read is not overwritten with what was read, unless its version still stands. */
import type { Binding } from "../../../protocol/language/graph.ts";
import { diagnose } from "../../diagnostic.ts";
import type { TypedBinding } from "../../model.ts";
import { type FlowNode, placeOf, type Rule } from "../flow.ts";

export const lostUpdate: Rule = (flow) => {
  const gets = flow.nodes.filter((node) => isOperation(node, "GET"));
  return flow.nodes
    .filter((node) => isOperation(node, "PUT"))
    .flatMap((put) => {
      const sources = valueSources(put.typed.input);
      const get = gets.find((one) => sources.has(one.name) && storeOf(one) === storeOf(put));
      if (get === undefined) return [];
      const related = [
        { span: placeOf(flow, ["nodes", get.name], "key"), message: "it is read here" },
      ];
      const parameters = { put: put.name, get: get.name, store: storeOf(put) ?? "" };
      return diagnose("prove/lost-update", placeOf(flow, ["nodes", put.name, "op"]), parameters, {
        related,
      });
    });
};

function isOperation({ typed: { node } }: FlowNode, operation: string): boolean {
  return node.kind === "effect" && node.operation === operation && "PUT" in node.effect.operations;
}

function storeOf({ typed: { node } }: FlowNode): string | undefined {
  return node.kind === "effect" ? node.effect.store : undefined;
}

/** The nodes that the member `value` of an input is made of. */
function valueSources({ binding, roots }: TypedBinding): ReadonlySet<string> {
  const value = "object" in binding ? binding.object.find(([name]) => name === "value") : undefined;
  const names = (value === undefined ? [] : readsOf(value[1])).map((root) => roots[root] ?? "");
  return new Set(names.map((name) => name.replace("nodes.", "")));
}

function readsOf(binding: Binding): readonly number[] {
  if ("read" in binding) return [binding.read[0]];
  if ("query" in binding) return [binding.query[0]];
  if ("object" in binding) return binding.object.flatMap(([, inner]) => readsOf(inner));
  return "array" in binding ? binding.array.flatMap(readsOf) : [];
}
