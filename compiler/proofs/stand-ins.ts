/**
 * Values that stand in for what comes into a graph: payloads, and answers by their schemas. Where
 * decisions look at a place of them there are several, one for each way in which the rows take it, as
 * far as such values are found. The same graph gives the same values.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import type { Binding, Graph, Step } from "../../protocol/language/graph.ts";
import { isObject, type Json, type JsonObject, member } from "../../protocol/language/json.ts";
import { accepts } from "../types/accepts.ts";
import { placeAt } from "../types/place.ts";
import { maker } from "../types/sample.ts";
import { both, type Type, typeOf } from "../types/type.ts";
import { sourceOf, writtenByCalls } from "./source.ts";

/** Values of one slot, at most; and values that are tried for one place of it. */
const VALUES_MAX = 24;
const TRIED_MAX = 60;
/** Items of a list that a `map` goes through. */
const LENGTHS = [1, 2, 0];

/** A place that decisions look at, and what their rows ask there. */
interface Look {
  readonly steps: readonly Step[];
  readonly rows: readonly JsonObject[];
}

type Looks = ReadonlyMap<number, readonly Look[]>;

/** Values for a slot by the schema of what comes there; none where none is found. */
export type StandIns = (slot: number, schema: number) => readonly Json[];

export function standInsOf(graph: Graph): StandIns {
  const looks = looksOf(graph);
  const known = new Map<string, readonly Json[]>();
  return (slot, index) => {
    const key = `${slot} ${index}`;
    const found = known.get(key) ?? valuesOf(graph.schemas[index] ?? true, looks.get(slot) ?? []);
    known.set(key, found);
    return found;
  };
}

function looksOf(graph: Graph): Looks {
  const calls = writtenByCalls(graph);
  const looks = new Map<number, Look[]>();
  const look = (binding: Binding, rows: readonly JsonObject[]): void => {
    if ("read" in binding) {
      const [slot, ...steps] = binding.read;
      looks.set(slot, [...(looks.get(slot) ?? []), ...spread({ steps, rows })]);
    } else if ("object" in binding) {
      for (const [name, inner] of binding.object) look(inner, rowsAt(rows, name));
    } else if ("array" in binding) {
      binding.array.forEach((inner, at) => {
        look(inner, rowsAt(rows, at));
      });
    }
  };
  for (const node of graph.nodes) {
    if (node.kind === "decide") {
      const rows = node.rows.flatMap(({ when }) => asObject(graph.schemas[when]));
      look(sourceOf(node.input, calls), rows);
    } else if (node.kind === "map") {
      look(
        sourceOf(node.items, calls),
        LENGTHS.map((minItems) => ({ minItems, maxItems: minItems })),
      );
    }
  }
  return looks;
}

/** A look at an object is one at each member of which its rows say something, and at the whole. */
function spread(look: Look): readonly Look[] {
  const names = new Set(look.rows.flatMap((row) => Object.keys(member(row, "properties") ?? {})));
  const inner = [...names].flatMap((name) =>
    spread({ steps: [...look.steps, name], rows: rowsAt(look.rows, name) }),
  );
  return [...inner, look];
}

function rowsAt(rows: readonly JsonObject[], step: Step): readonly JsonObject[] {
  return rows.flatMap((row) =>
    typeof step === "string"
      ? asObject(member(member(row, "properties"), step))
      : asObject(member(row, "items")),
  );
}

function asObject(schema: Json | undefined): readonly JsonObject[] {
  return isObject(schema) ? [schema] : [];
}

function valuesOf(schema: JsonObject | boolean, looks: readonly Look[]): readonly Json[] {
  const { samples } = maker();
  const type = typeOf(schema);
  let values: readonly Json[] = samples(type, "filled").slice(0, 1);
  for (const look of looks) {
    const parts = tellingApart(type, look);
    const changed = values.flatMap((value) => parts.map((part) => put(value, look.steps, part)));
    const fitting = [...values, ...changed].filter(
      (value): value is Json =>
        value !== undefined && (type ?? []).every((one) => accepts(one, value)),
    );
    values = [...new Map(fitting.map((value) => [canonical(value), value])).values()].slice(
      0,
      VALUES_MAX,
    );
  }
  return values;
}

/** One value of the place for each way in which the rows take it. */
function tellingApart(type: Type, { steps, rows }: Look): readonly Json[] {
  const { samples, arrayOf } = maker();
  const at = steps.reduce<Type>((inner, step) => placeAt(inner, step).type, type);
  if (at === null) return [];
  const lists = rows.flatMap((row) => {
    const length = member(row, "minItems");
    const list = typeof length === "number" ? arrayOf(at, { length, holes: "filled" }) : undefined;
    return list === undefined ? [] : [list];
  });
  const tried = [
    ...rows.flatMap((row) => samples(both(at, row), "filled").slice(0, 2)),
    ...rows.flatMap((row) => samples(at, "filled", row).slice(0, TRIED_MAX)),
    ...lists,
    ...samples(at, "filled").slice(0, 4),
  ];
  const ways = new Map<string, Json>();
  for (const value of tried) {
    const way = rows.map((row) => (accepts(row, value) ? "1" : "0")).join("");
    if (!ways.has(way)) ways.set(way, value);
  }
  return [...ways.values()];
}

/** The value with another one at a place; undefined where there is no such place. */
function put(value: Json | undefined, steps: readonly Step[], part: Json): Json | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return part;
  if (typeof step === "string") {
    if (!isObject(value)) return undefined;
    const inner = put(value[step] ?? (rest.length === 0 ? null : {}), rest, part);
    return inner === undefined ? undefined : { ...value, [step]: inner };
  }
  if (!Array.isArray(value) || step < 0 || step >= value.length) return undefined;
  const inner = put(value[step], rest, part);
  return inner === undefined ? undefined : value.with(step, inner);
}
