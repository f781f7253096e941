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
import {
  type ForkNode,
  isEnd,
  isFork,
  nodeOf,
  type Part,
  partsOf,
  trunkOf,
} from "../proofs/part.ts";
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
  for (const [outcome, schema] of endsOf({ graph, part, before: begin, forks: new Map() })) {
    results.set(outcome, [...(results.get(outcome) ?? []), schema]);
  }
  return new Map([...results].map(([outcome, schemas]) => [outcome, union(schemas)]));
}

/** A part, what stands in the slots where it begins, and what its forks are known to give. */
interface Within {
  readonly graph: Graph;
  readonly part: Part;
  readonly before: Slots;
  /** By the fork's number: made once, of all that may stand before it, whatever comes after. */
  readonly forks: Map<number, Schema>;
}

/** Outcome and result of every end of a part. */
function endsOf(within: Within): readonly (readonly [string, Schema])[] {
  const { graph, part } = within;
  slotsBefore(within, new Set(part.order));
  return part.order.flatMap((index) => {
    const node = nodeOf(graph, index);
    if (!isEnd(node)) return [];
    const slots = slotsBefore(within, leadingTo(graph, part, index));
    return [[node.outcome, bounded(boundBy(node.result, slots))] as const];
  });
}

/** What stands in the slots after the nodes that lead to an end. */
function slotsBefore(within: Within, leads: ReadonlySet<number>): Slots {
  const { graph, part, before } = within;
  const slots: Slots = new Map(before);
  const written = new Set<number>();
  for (const index of part.order) {
    const node = nodeOf(graph, index);
    if (!leads.has(index) || !("slot" in node)) continue;
    const outcomes = node.edges.filter(({ to }) => leads.has(to)).map(({ outcome }) => outcome);
    const output = isFork(node)
      ? forkOutput(within, { index, slots })
      : bounded(union(outcomes.map((outcome) => outputOf(graph, node, { outcome, slots }))));
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
  { graph, forks }: Within,
  { index, slots }: { readonly index: number; readonly slots: Slots },
): Schema {
  const known = forks.get(index);
  if (known !== undefined) return known;
  const fork = nodeOf(graph, index);
  invariant(isFork(fork), "a fork's number is that of one");
  const before: Slots = new Map(slots);
  if (fork.kind === "map") before.set(fork.item, itemOf(boundBy(fork.items, slots)));
  const parts = partsOf(graph, fork).map((part) => ends(endsOf({ graph, part, before, forks })));
  const output = bounded(gathered(fork, parts));
  forks.set(index, output);
  return output;
}

/** What each item of a list may be; anything, where they are told apart by their place. */
function itemOf(list: Schema): Schema {
  const type = typeOf(list);
  const apart = type?.some((part) => PLACED.some((keyword) => part[keyword] !== undefined));
  return apart === true ? true : schemaOf(placeAt(type, 0).type);
}

const PLACED = ["prefixItems", "const", "enum", "anyOf", "oneOf"] as const;

function gathered(fork: ForkNode, parts: readonly Schema[]): Schema {
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
