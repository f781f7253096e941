/**
 * Gives every node, edge, slot and schema its number, and so turns drafts into the graph that the
 * machine walks. The numbers are a function of what was written: nothing depends on time or hashes.
 */
import { canonical } from "../../../protocol/language/canonical.ts";
import { CONTEXT_SLOT, type Graph, PAYLOAD_SLOT } from "../../../protocol/language/graph.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import { graphOrder, reachable } from "../../graph-order.ts";
import type { Schema } from "../../model.ts";
import { CONTEXT, type Draft, type Numbers, payloadOf } from "./draft.ts";
import type { Expanded } from "./expand.ts";

export type Numbered = Pick<Graph, "nodes" | "slots" | "schemas" | "payload" | "start">;

/** What a graph begins with. */
export interface Beginning {
  readonly start: string;
  readonly payload: Schema;
}

/** Canonical texts of schemas, for all graphs of a compile: contracts are used again and again. */
export type SchemaTexts = (schema: Schema) => string;

export function schemaTexts(): SchemaTexts {
  const texts = new Map<Schema, string>();
  return (schema) => {
    const text = texts.get(schema) ?? canonical(schema);
    texts.set(schema, text);
    return text;
  };
}

/**
 * Numbers the drafts: nodes in topological order, ties as written, exits after them, `on_fault` very
 * last, `on_cancel` before it. A node that only an engine outcome could reach which cannot happen is left out.
 */
export function number(expanded: Expanded, beginning: Beginning, textOf: SchemaTexts): Numbered {
  const drafts = ordered(expanded, beginning.start);
  const indices = new Map(drafts.map(({ name }, index) => [name, index]));
  invariant(indices.size === drafts.length, "node names are unique");
  const schemas = schemaTable(textOf);
  const payload = schemas.schema(beginning.payload);
  const slots = slotTable();
  const node = (name: string) => numberOf(indices, name);
  const numbers: Numbers = { ...slots, ...schemas, node };
  const nodes = drafts.map(({ name, origin, edges, body }) => ({
    name,
    origin,
    ...body(numbers),
    edges: edges.map((edge) => ({ ...edge, to: numberOf(indices, edge.to) })),
  }));
  const start = numberOf(indices, beginning.start);
  return { payload, start, nodes, slots: slots.count(), schemas: schemas.all() };
}

function ordered({ nodes, exits }: Expanded, start: string): Draft[] {
  const all = new Map([...nodes, ...exits].map((draft) => [draft.name, draft]));
  const links = new Map([...all].map(([name, draft]) => [name, leadsTo(draft)]));
  const reached = reachable(links, start);
  const linked = nodes.filter(({ name }) => name === start || reached.has(name));
  const { order, cycles } = graphOrder(
    new Map(linked.map(({ name }) => [name, links.get(name) ?? []])),
  );
  invariant(cycles.length === 0, "routing leaves no circle");
  const onFault = exits.at(-1);
  return [
    ...order.flatMap((name) => withCompensation(all.get(name))),
    ...exits.filter((exit) => exit === onFault || reached.has(exit.name)),
  ];
}

/** The nodes that come after a node: where its edges lead, and what it runs. */
function leadsTo({ edges, begins = [] }: Draft): readonly string[] {
  return [...edges.map(({ to }) => to), ...begins];
}

function withCompensation(draft: Draft | undefined): readonly Draft[] {
  if (draft === undefined) return [];
  return draft.compensation === undefined ? [draft] : [draft, draft.compensation];
}

/** Slots in the order in which they are first written. */
function slotTable() {
  const slots = new Map([
    [payloadOf(""), PAYLOAD_SLOT],
    [CONTEXT, CONTEXT_SLOT],
  ]);
  return {
    read: (value: string): number => numberOf(slots, value),
    write: (value: string): number => {
      const slot = slots.get(value) ?? slots.size;
      slots.set(value, slot);
      return slot;
    },
    count: (): number => slots.size,
  };
}

/** Schemas in the order in which they are first used, each once. */
function schemaTable(textOf: SchemaTexts) {
  const indices = new Map<string, number>();
  const schemas: Schema[] = [];
  return {
    schema: (schema: Schema): number => {
      const text = textOf(schema);
      const known = indices.get(text);
      if (known !== undefined) return known;
      indices.set(text, schemas.length);
      return schemas.push(schema) - 1;
    },
    all: (): readonly Schema[] => schemas,
  };
}

function numberOf(table: ReadonlyMap<string, number>, name: string): number {
  const found = table.get(name);
  invariant(found !== undefined, `the graph holds \`${name}\``);
  return found;
}
