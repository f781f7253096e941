/**
 * What each node of a graph says, as text without a number in it: two graphs that say the same of a
 * node give the same text, wherever its numbers stand. Drawings and places of origin are left out.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import {
  CONTEXT_SLOT,
  type Graph,
  type GraphNode,
  PAYLOAD_SLOT,
} from "../../protocol/language/graph.ts";
import { isObject, type Json, type JsonObject } from "../../protocol/language/json.ts";
import { nodeOf } from "../proofs/part.ts";

/** By name of the node. */
export type ToldNodes = ReadonlyMap<string, JsonObject>;

export function nodesTold(graph: Graph): ToldNodes {
  const slots = slotNames(graph);
  return new Map(graph.nodes.map((node) => [node.name, told(graph, node, slots)] as const));
}

/** The same as text. */
export function nodeTexts(nodes: ToldNodes): ReadonlyMap<string, string> {
  return new Map([...nodes].map(([name, node]) => [name, canonical(node)] as const));
}

type Names = ReadonlyMap<number, string>;

/** A slot is called by the first node that writes it. */
function slotNames({ nodes }: Graph): Names {
  const names = new Map([
    [PAYLOAD_SLOT, "$.payload"],
    [CONTEXT_SLOT, "$.context"],
  ]);
  for (const node of nodes) {
    if ("slot" in node && !names.has(node.slot)) names.set(node.slot, node.name);
    if (node.kind === "map") names.set(node.item, `${node.name} item`);
  }
  return names;
}

function told(graph: Graph, node: GraphNode, slots: Names): JsonObject {
  const members: [string, Json][] = [];
  for (const [name, value] of Object.entries(node as unknown as JsonObject)) {
    const one = member(graph, { name, value, slots });
    if (one !== undefined) members.push([name, one]);
  }
  return Object.fromEntries(members);
}

interface Member {
  readonly name: string;
  readonly value: Json;
  readonly slots: Names;
}

/** Members whose value holds numbers of the graph, by what they stand for; undefined to leave out. */
function member(graph: Graph, { name, value, slots }: Member): Json | undefined {
  const schemaAt = (index: Json): Json => graph.schemas[index as number] ?? null;
  const nameAt = (index: Json): Json => nodeOf(graph, index as number).name;
  switch (name) {
    case "origin":
    case "slot":
    case "item":
      return undefined;
    case "edges":
    case "rows":
    case "branches":
      return (value as readonly JsonObject[]).map((one) => ({
        ...one,
        ...("to" in one ? { to: nameAt(one.to as Json) } : {}),
        ...("when" in one ? { when: schemaAt(one.when as Json) } : {}),
        ...("body" in one ? { body: nameAt(one.body as Json) } : {}),
      }));
    case "body":
      return nameAt(value);
    case "check":
      return value === null ? null : schemaAt(value);
    case "outcomes":
      return Object.fromEntries(
        Object.entries(value as JsonObject).map(([outcome, index]) => [outcome, schemaAt(index)]),
      );
    case "undone": {
      const undone = value as JsonObject;
      return undone.by === null ? undone : { ...undone, by: nameAt(undone.by as Json) };
    }
    case "signals":
      return (value as readonly (readonly [string, JsonObject])[]).map(([signal, said]) => [
        signal,
        { ...said, payload: schemaAt(said.payload as Json) },
      ]);
    case "input":
    case "result":
    case "items":
    case "limit":
      return bindingText(value, slots);
    default:
      return value;
  }
}

/** A binding whose slots are called by name. */
function bindingText(value: Json, slots: Names): Json {
  if (Array.isArray(value)) return value.map((item) => bindingText(item, slots));
  if (!isObject(value)) return value;
  if ("literal" in value) return value;
  const path = value.read ?? value.query;
  if (Array.isArray(path) && typeof path[0] === "number") {
    const slot = slots.get(path[0]) ?? path[0];
    return { ...value, [value.read === undefined ? "query" : "read"]: [slot, ...path.slice(1)] };
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, bindingText(inner, slots)]),
  );
}
