/**
 * A binding as a tree, with what is known of every path in it: its type, its labels, whether it can
 * fail. From the tree come the lowered binding, the exact type of the bound value, and its places.
 */
import type { Binding, Step } from "../../../protocol/language/graph.ts";
import type { Json } from "../../../protocol/language/json.ts";
import type { PathStep, RootName, Schema, TypedBinding } from "../../model.ts";
import { merged, NO_PLACES, type Places, under } from "../../types/labels.ts";
import { exactArray, exactObject, literal, schemaOf, type Type, typeOf } from "../../types/type.ts";
import type { RootedPath } from "./rooted.ts";

/** What is known of a path's value. */
export interface Read {
  readonly type: Type;
  readonly places: Places;
  /** True where the path can fail at run time. */
  readonly fallible: boolean;
}

interface Placed {
  /** In the document. */
  readonly at: readonly PathStep[];
}

export interface PathValue extends Placed, RootedPath {
  readonly kind: "path";
  readonly text: string;
  /** Null where the path is at fault and was reported, or no execution gets here. */
  readonly read: Read | null;
}

export interface ObjectValue extends Placed {
  readonly kind: "object";
  readonly members: readonly (readonly [string, Value])[];
  /** The value itself, where no path is in it. */
  readonly literal: Json | undefined;
}

export interface ArrayValue extends Placed {
  readonly kind: "array";
  readonly items: readonly Value[];
  readonly literal: Json | undefined;
}

export type Value =
  | (Placed & { readonly kind: "literal"; readonly value: Json })
  | PathValue
  | ObjectValue
  | ArrayValue
  /** What was written is no path; it was reported. */
  | (Placed & { readonly kind: "wrong" });

/** The parts of a composed value, by the step that leads to each. */
export function partsOf(value: Value): readonly (readonly [Step, Value])[] {
  if (value.kind === "object") return value.members;
  return value.kind === "array" ? value.items.map((item, index) => [index, item] as const) : [];
}

/** An object of parts. */
export function objectValue(members: ObjectValue["members"], at: readonly PathStep[]): ObjectValue {
  const literals = members.flatMap(([name, part]) => {
    const literal = literalOf(part);
    return literal === undefined ? [] : [[name, literal] as const];
  });
  const literal = literals.length < members.length ? undefined : Object.fromEntries(literals);
  return { kind: "object", members, literal, at };
}

export function arrayValue(items: readonly Value[], at: readonly PathStep[]): ArrayValue {
  const literals = items.map(literalOf).filter((literal) => literal !== undefined);
  return {
    kind: "array",
    items,
    literal: literals.length < items.length ? undefined : literals,
    at,
  };
}

/** The value itself, where no path is in it. */
export function literalOf(value: Value): Json | undefined {
  if (value.kind === "literal") return value.value;
  return value.kind === "object" || value.kind === "array" ? value.literal : undefined;
}

/** True where the value holds something that was reported, so that no more is said of it. */
export function isWrong(value: Value): boolean {
  if (value.kind === "wrong") return true;
  if (value.kind === "path") return value.read === null;
  return partsOf(value).some(([, part]) => isWrong(part));
}

/** The exact type of the bound value; anything, where something in it is wrong. */
export function schemaOfValue(value: Value): Schema {
  switch (value.kind) {
    case "literal":
      return literal(value.value);
    case "path":
      return value.read === null ? true : schemaOf(value.read.type);
    case "object":
      if (value.literal !== undefined) return literal(value.literal);
      return exactObject(value.members.map(([name, part]) => [name, schemaOfValue(part)]));
    case "array":
      if (value.literal !== undefined) return literal(value.literal);
      return exactArray(value.items.map(schemaOfValue));
    case "wrong":
      return true;
  }
}

/** Where labelled values stand in the bound value. */
export function placesOfBound({ paths }: Bound): Places {
  const labelled = paths.filter(({ path }) => (path.read?.places.length ?? 0) > 0);
  if (labelled.length === 0) return NO_PLACES;
  return merged(
    labelled.flatMap(({ path, at }) =>
      at.reduceRight<Places>((places, step) => under(step, places), path.read?.places ?? NO_PLACES),
    ),
  );
}

/** The binding as the graph holds it, but for the numbers of slots. */
export function bindingOf(bound: Bound): TypedBinding {
  const roots: RootName[] = [];
  const binding = lower(bound.value, roots);
  return { binding, roots, fallible: isFallible(bound) };
}

/** True where some path in it can fail at run time. */
export function isFallible({ paths }: Bound): boolean {
  return paths.some(({ path }) => path.read?.fallible ?? true);
}

function lower(value: Value, roots: RootName[]): Binding {
  const literal = literalOf(value);
  if (literal !== undefined) return { literal };
  switch (value.kind) {
    case "path": {
      const known = roots.indexOf(value.root);
      const slot = known < 0 ? roots.push(value.root) - 1 : known;
      return value.steps === undefined
        ? { query: [slot, value.query] }
        : { read: [slot, ...value.steps] };
    }
    case "object":
      return { object: value.members.map(([name, part]) => [name, lower(part, roots)]) };
    case "array":
      return { array: value.items.map((item) => lower(item, roots)) };
    default:
      return { literal: null };
  }
}

/** The type of the bound value, with the identity of what is read. */
export function typeOfValue(value: Value): Type {
  if (value.kind === "path" && value.read !== null) return value.read.type;
  return typeOf(schemaOfValue(value));
}

/** A binding that was read: its value, and the paths in it. */
export interface Bound {
  readonly value: Value;
  readonly paths: readonly Located[];
}

/** A path, with the steps at which its value stands in what is bound. */
export interface Located {
  readonly path: PathValue;
  readonly at: readonly Step[];
}

export function boundOf(value: Value): Bound {
  const paths: Located[] = [];
  gather(value, [], paths);
  return { value, paths };
}

function gather(value: Value, at: readonly Step[], found: Located[]): void {
  if (value.kind === "path") found.push({ path: value, at });
  else if (literalOf(value) === undefined) {
    for (const [step, part] of partsOf(value)) gather(part, [...at, step], found);
  }
}
