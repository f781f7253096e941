/** Where each source of a graph ends up, as it is told: stores, the outside, results, and decisions. */
import type { Graph, GraphNode, SealStep } from "../../protocol/language/graph.ts";
import { PAYLOAD_SLOT } from "../../protocol/language/graph.ts";
import type { JsonObject } from "../../protocol/language/json.ts";
import type { FullName, Label } from "../../protocol/language/names.ts";
import { placeAt, placeEach } from "../types/place.ts";
import { typeOf } from "../types/type.ts";
import { type FlowSource, flowsOf } from "./flow.ts";
import { nodeOf } from "./part.ts";

export interface FlowEnd {
  readonly kind: "store" | "outside" | "result";
  /** `domain/store`, the effect's name, or the outcome of the exit. */
  readonly to: string;
  readonly node: string;
  /** It is made of the source. */
  readonly explicit: boolean;
  /** It happens only on some of the ways between which the source decided. */
  readonly implicit: boolean;
}

export interface ToldFlow {
  readonly source: string;
  readonly labels: readonly Label[];
  readonly ends: readonly FlowEnd[];
  /** Decisions, transforms and calls whose outcome depends on it. */
  readonly decides: readonly string[];
  readonly declassified: readonly { readonly node: string; readonly by: FullName }[];
}

export function tellFlows(graph: Graph, asked: readonly FlowSource[] = []): readonly ToldFlow[] {
  const { sources, at, declassified } = flowsOf(graph, asked);
  return sources.map(({ name, labels }, index) => {
    const own = at.filter(({ source }) => source === index);
    const ends = own.flatMap(({ node: where, explicit, implicit }) => {
      const node = nodeOf(graph, where);
      const end = endOf(node);
      return end === null ? [] : [{ ...end, node: node.name, explicit, implicit }];
    });
    const decides = own
      .map(({ node }) => nodeOf(graph, node))
      .filter((node) => node.kind === "decide" && own.some((one) => isMadeOf(one, node, graph)));
    const shed = declassified
      .filter(({ source }) => source === index)
      .flatMap(({ node: where }) => {
        const node = nodeOf(graph, where);
        return node.kind === "transform" ? [{ node: node.name, by: node.capability }] : [];
      });
    return {
      source: name,
      labels,
      ends,
      decides: decides.map(({ name: decide }) => decide),
      declassified: shed,
    };
  });
}

function isMadeOf(
  { node, explicit }: { readonly node: number; readonly explicit: boolean },
  decide: GraphNode,
  graph: Graph,
): boolean {
  return explicit && nodeOf(graph, node) === decide;
}

function endOf(node: GraphNode): Pick<FlowEnd, "kind" | "to"> | null {
  switch (node.kind) {
    case "effect":
      return { kind: "store", to: node.store };
    case "external":
      return { kind: "outside", to: `${node.effect} ${node.operation}` };
    case "exit":
      return { kind: "result", to: node.outcome };
    default:
      return null;
  }
}

/** A place that somebody asks for: `$.payload.person.email`, `$.nodes.ask.payload`; undefined where there is none. */
export function placeNamed(graph: Graph, text: string): FlowSource | undefined {
  const payload = /^\$\.payload(?=$|[.[])/.exec(text);
  const steps = (rest: string) => stepsIn(rest);
  if (payload !== null) {
    const path = steps(text.slice(payload[0].length));
    if (path === undefined || !mayStand(graph.schemas[graph.payload] ?? true, path))
      return undefined;
    return { name: text, slot: PAYLOAD_SLOT, path, labels: [] };
  }
  if (!text.startsWith("$.nodes.")) return undefined;
  const rest = text.slice("$.nodes.".length);
  const node = graph.nodes
    .filter(
      ({ name }) => rest === name || rest.startsWith(`${name}.`) || rest.startsWith(`${name}[`),
    )
    .sort((a, b) => b.name.length - a.name.length)[0];
  if (node === undefined || !("slot" in node)) return undefined;
  const path = steps(rest.slice(node.name.length));
  return path && { name: text, slot: node.slot, path, labels: [] };
}

function mayStand(schema: JsonObject | boolean, path: readonly SealStep[]): boolean {
  let type = typeOf(schema);
  for (const step of path) {
    const place =
      typeof step === "object" ? { type: placeEach(type), presence: "maybe" } : placeAt(type, step);
    if (place.type === null || place.presence === "never") return false;
    type = place.type;
  }
  return true;
}

const STEP = /^(?:\.([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]+)\]|\[(\*)\])/;

function stepsIn(text: string): readonly SealStep[] | undefined {
  const path: SealStep[] = [];
  for (let rest = text; rest !== ""; ) {
    const found = STEP.exec(rest);
    if (found === null) return undefined;
    const [whole, name, index] = found;
    path.push(name ?? (index === undefined ? { every: true } : Number(index)));
    rest = rest.slice(whole.length);
  }
  return path;
}
