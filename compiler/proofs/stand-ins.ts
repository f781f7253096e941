/**
 * Values that stand in for what comes into a graph: payloads, and answers by their schemas. Where
 * decisions look at a place of them there are several, one for each way in which the rows take it, as
 * far as such values are found; where a node checks what it is given, such as it takes. The same graph
 * gives the same values.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import type { Binding, Graph, MapNode, Step } from "../../protocol/language/graph.ts";
import { isObject, type Json, type JsonObject, member } from "../../protocol/language/json.ts";
import { accepts } from "../types/accepts.ts";
import { placeAt } from "../types/place.ts";
import { maker } from "../types/sample.ts";
import { both, type Type, typeOf } from "../types/type.ts";
import { listsOf } from "./list-stand-ins.ts";
import { sourceOf, writtenByCalls } from "./source.ts";

/** Values of one slot, at most; and values that are tried for one place of it. */
const VALUES_MAX = 24;
const TRIED_MAX = 60;

/** A place that somebody looks at. */
interface Look {
  readonly steps: readonly Step[];
  /** What the rows of a decision ask there, or what a node's check does. */
  readonly rows: readonly JsonObject[];
  readonly by: "check" | "decision" | "part of a decision" | MapNode;
}

type Looks = ReadonlyMap<number, readonly Look[]>;

/** Values for a slot by the schema of what comes there; none where none is found. */
export type StandIns = (slot: number, schema: number) => readonly Json[];

export function standInsOf(graph: Graph): StandIns {
  const looks = looksOf(graph);
  const known = new Map<string, readonly Json[]>();
  return (slot, index) => {
    const key = `${slot} ${index}`;
    const found = known.get(key) ?? valuesOf(typeOf(graph.schemas[index] ?? true), slot, looks);
    known.set(key, found);
    return found;
  };
}

function looksOf(graph: Graph): Looks {
  const calls = writtenByCalls(graph);
  const looks = new Map<number, Look[]>();
  const look = (binding: Binding, rows: readonly JsonObject[], by: Look["by"]): void => {
    if ("read" in binding) {
      const [slot, ...steps] = binding.read;
      looks.set(slot, [...(looks.get(slot) ?? []), ...spread({ steps, rows, by })]);
    } else if ("object" in binding) {
      for (const [name, inner] of binding.object) look(inner, rowsAt(rows, name), by);
    } else if ("array" in binding) {
      binding.array.forEach((inner, at) => {
        look(inner, rowsAt(rows, at), by);
      });
    }
  };
  // What is checked comes first: decisions may ask for what no check takes.
  for (const node of graph.nodes) {
    if (!("check" in node) || node.check === null) continue;
    look(sourceOf(node.input, calls), asObject(graph.schemas[node.check]), "check");
  }
  for (const node of graph.nodes) {
    if (node.kind === "map") look(sourceOf(node.items, calls), [], node);
  }
  for (const node of graph.nodes) {
    if (node.kind !== "decide") continue;
    const rows = node.rows.flatMap(({ when }) => asObject(graph.schemas[when]));
    look(sourceOf(node.input, calls), rows, "decision");
  }
  return looks;
}

/** A look at an object is one at each member of which its rows say something, and at the whole. */
function spread(look: Look): readonly Look[] {
  const names = new Set(look.rows.flatMap((row) => Object.keys(member(row, "properties") ?? {})));
  const by = look.by === "decision" ? "part of a decision" : look.by;
  const inner = [...names].flatMap((name) =>
    spread({ steps: [...look.steps, name], rows: rowsAt(look.rows, name), by }),
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

function valuesOf(type: Type, slot: number, looks: Looks): readonly Json[] {
  let values: readonly Json[] = maker().samples(type, "filled").slice(0, 1);
  for (const look of looks.get(slot) ?? []) {
    const changed =
      look.by === "check"
        ? values.map((value) => takenBy(type, look, value))
        : [...values, ...partsOf(type, look, looks).flatMap(putInto(values, look.steps))];
    const fitting = changed.filter((value) => (type ?? []).every((one) => accepts(one, value)));
    const distinct = [...new Map(fitting.map((value) => [canonical(value), value])).values()];
    values = distinct.slice(0, VALUES_MAX);
  }
  return values;
}

function putInto(values: readonly Json[], steps: readonly Step[]) {
  return (part: Json): readonly Json[] =>
    values.flatMap((value) => {
      const changed = put(value, steps, part);
      return changed === undefined ? [] : [changed];
    });
}

/** The value with what a check takes at its place, where that is found. */
function takenBy(type: Type, { steps, rows }: Look, value: Json): Json {
  const [row] = rows;
  const now = at(value, steps);
  if (row === undefined || (now !== undefined && accepts(row, now))) return value;
  const wanted = maker().sample(both(typeAt(type, steps), row), "filled");
  const changed = wanted === undefined ? undefined : put(value, steps, wanted);
  const fits = (one: Json) => (type ?? []).every((part) => accepts(part, one));
  return changed !== undefined && fits(changed) ? changed : value;
}

function partsOf(type: Type, look: Look, looks: Looks): readonly Json[] {
  if (typeof look.by === "string") return tellingApart(type, look);
  const { item } = look.by;
  const ofItems = typeAt(type, [...look.steps, 0]);
  if (ofItems === null) return [[]];
  const decisions = (looks.get(item) ?? []).filter(({ by }) => by === "decision");
  const wayOf = (value: Json) =>
    decisions
      .flatMap(({ steps, rows }) => rows.map((row) => accepts(row, at(value, steps) ?? null)))
      .join();
  const values = valuesOf(ofItems, item, looks);
  const ways = new Map(values.toReversed().map((value) => [wayOf(value), value] as const));
  return listsOf(look.by, [...ways.values()].toReversed());
}

function typeAt(type: Type, steps: readonly Step[]): Type {
  return steps.reduce<Type>((inner, step) => placeAt(inner, step).type, type);
}

function at(value: Json, steps: readonly Step[]): Json | undefined {
  let inner: Json | undefined = value;
  for (const step of steps) {
    if (typeof step === "number") inner = Array.isArray(inner) ? inner.at(step) : undefined;
    else inner = isObject(inner) && Object.hasOwn(inner, step) ? inner[step] : undefined;
  }
  return inner;
}

/** One value of the place for each way in which the rows take it. */
function tellingApart(type: Type, { steps, rows }: Look): readonly Json[] {
  const { samples, arrayOf } = maker();
  const place = typeAt(type, steps);
  if (place === null) return [];
  const lists = rows.flatMap((row) => {
    const length = member(row, "minItems");
    if (typeof length !== "number") return [];
    const list = arrayOf(place, { length, holes: "filled" });
    return list === undefined ? [] : [list];
  });
  const tried = [
    ...rows.flatMap((row) => samples(both(place, row), "filled").slice(0, 2)),
    ...rows.flatMap((row) => samples(place, "filled", row).slice(0, TRIED_MAX)),
    ...lists,
    ...samples(place, "filled").slice(0, 4),
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
