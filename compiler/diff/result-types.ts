/**
 * What the result of an end may be, from the graph alone: the schemas of the contracts, put together
 * by the bindings, along the edges that lead there. It is never too narrow; what cannot be told is
 * anything.
 */
import {
  type Binding,
  CONTEXT_SLOT,
  type Graph,
  type GraphNode,
  PAYLOAD_SLOT,
} from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { Schema } from "../model.ts";
import { isEnd, nodeOf, type Part, partsOf, trunkOf } from "../proofs/part.ts";
import { placeAt } from "../types/place.ts";
import {
  ANYTHING,
  exactArray,
  exactObject,
  literal,
  schemaOf,
  typeOf,
  union,
} from "../types/type.ts";

/** By slot, what stands there. */
type Slots = Map<number, Schema>;

/** Schemas that are larger than this, with all that they hold, are taken for anything. */
const SCHEMAS_MAX = 2_000;
const sizes = new WeakMap<object, number>();

/** By outcome, a schema of what the workflow gives back. */
export function resultsOf(graph: Graph): ReadonlyMap<string, Schema> {
  const results = new Map<string, Schema[]>();
  const part = trunkOf(graph);
  const begin: Slots = new Map([
    [PAYLOAD_SLOT, graph.schemas[graph.payload] ?? true],
    [CONTEXT_SLOT, true],
  ]);
  for (const [outcome, schema] of endsOf(graph, part, begin)) {
    results.set(outcome, [...(results.get(outcome) ?? []), schema]);
  }
  return new Map([...results].map(([outcome, schemas]) => [outcome, union(schemas)]));
}

/** Outcome and result of every end of a part. */
function endsOf(graph: Graph, part: Part, before: Slots): readonly (readonly [string, Schema])[] {
  return part.order.flatMap((index) => {
    const node = nodeOf(graph, index);
    if (!isEnd(node)) return [];
    const slots = slotsBefore(graph, part, { end: index, before });
    return [[node.outcome, bounded(boundBy(node.result, slots))] as const];
  });
}

interface Before {
  readonly end: number;
  readonly before: Slots;
}

/** What stands in the slots where an end is reached. */
function slotsBefore(graph: Graph, part: Part, { end, before }: Before): Slots {
  const leads = leadingTo(graph, part, end);
  const slots: Slots = new Map(before);
  const written = new Set<number>();
  for (const index of part.order) {
    const node = nodeOf(graph, index);
    if (!leads.has(index) || !("slot" in node)) continue;
    const outcomes = node.edges.filter(({ to }) => leads.has(to)).map(({ outcome }) => outcome);
    const output = bounded(
      union(outcomes.map((outcome) => outputOf(graph, node, { outcome, slots }))),
    );
    // The ways out of one call write the same slot.
    const other = written.has(node.slot) ? slots.get(node.slot) : undefined;
    slots.set(node.slot, other === undefined ? output : union([other, output]));
    written.add(node.slot);
  }
  return slots;
}

function leadingTo(graph: Graph, { order }: Part, end: number): ReadonlySet<number> {
  const leads = new Set([end]);
  for (const index of order.toReversed()) {
    if (nodeOf(graph, index).edges.some(({ to }) => leads.has(to))) leads.add(index);
  }
  return leads;
}

interface Where {
  readonly outcome: string;
  readonly slots: Slots;
}

/** After an outcome; nothing (`false`) where there is no output. */
function outputOf(graph: Graph, node: GraphNode, { outcome, slots }: Where): Schema {
  switch (node.kind) {
    case "transform":
    case "effect":
    case "external": {
      const schema = node.outcomes[outcome];
      return schema === undefined ? false : (graph.schemas[schema] ?? true);
    }
    case "enter":
      return boundBy(node.input, slots);
    case "leave":
      return boundBy(node.result, slots);
    case "await": {
      const payload = node.signals.find(([name]) => name === outcome)?.[1].payload;
      return payload === undefined ? false : said(graph.schemas[payload] ?? true);
    }
    case "undo":
      return exactObject([
        ["compensated", NAMES],
        ["stands", NAMES],
      ]);
    case "map":
    case "parallel":
      return forkOutput(graph, node, slots);
    default:
      return true;
  }
}

const TEXT: Schema = { type: "string" };
const NAMES: Schema = { type: "array", items: TEXT };
const COUNT: Schema = { type: "integer", minimum: 0 };

function said(payload: Schema): Schema {
  return exactObject([
    ["payload", payload],
    ["principal", TEXT],
    ["principals", NAMES],
  ]);
}

function forkOutput(
  graph: Graph,
  fork: Extract<GraphNode, { kind: "map" | "parallel" }>,
  slots: Slots,
): Schema {
  const parts = partsOf(graph, fork).map((part) => ends(endsOf(graph, part, new Map(slots))));
  if (fork.kind === "parallel") {
    return exactObject(fork.branches.map(({ name }, at) => [name, parts[at] ?? true] as const));
  }
  const [item] = parts;
  invariant(item !== undefined, "a map has a body");
  const collected: Schema = { type: "array", items: item, maxItems: fork.max };
  return exactObject([
    ["total", COUNT],
    ["succeeded", COUNT],
    ["outcomes", { type: "object" }],
    ...(fork.collect ? [["results", collected] as const] : []),
  ]);
}

function ends(all: readonly (readonly [string, Schema])[]): Schema {
  return union(
    all.map(([outcome, result]) =>
      exactObject([
        ["outcome", literal(outcome)],
        ["result", result],
      ]),
    ),
  );
}

function boundBy(binding: Binding, slots: Slots): Schema {
  if ("literal" in binding) return literal(binding.literal);
  if ("object" in binding) {
    return exactObject(
      binding.object.map(([name, inner]) => [name, boundBy(inner, slots)] as const),
    );
  }
  if ("array" in binding) return exactArray(binding.array.map((item) => boundBy(item, slots)));
  if ("query" in binding) return { type: "array" };
  const [slot, ...steps] = binding.read;
  let type = typeOf(slots.get(slot) ?? true);
  for (const step of steps) {
    type = typeof step === "number" && step < 0 ? ANYTHING : placeAt(type, step).type;
  }
  return schemaOf(type);
}

/** The schema, or anything where it is too large to be looked at. */
function bounded(schema: Schema): Schema {
  return sizeOf(schema) > SCHEMAS_MAX ? true : schema;
}

function sizeOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  const size = Object.values(value).reduce<number>((sum, inner) => sum + sizeOf(inner), 1);
  sizes.set(value, size);
  return size;
}
