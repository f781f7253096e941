/**
 * Where labelled values stand: the places that schemas mark with `x-label`, and what becomes of
 * them when values are taken apart and put together. A place says "may be labelled": there are
 * never too few.
 */
import type { SealedPlace, SealStep, Step } from "../../protocol/language/graph.ts";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import type { Label } from "../../protocol/language/names.ts";
import type { Schema } from "../model.ts";
import { schemasByName, schemasIn } from "./kinds.ts";

export type Places = readonly SealedPlace[];

export const NO_PLACES: Places = Object.freeze([]);

/** More places than this in one value, and the value is labelled as a whole. */
const PLACES_MAX = 256;

const EVERY: SealStep = Object.freeze({ every: true });

const known = new WeakMap<JsonObject, Places>();

/** The places that a schema marks. */
export function placesOf(schema: Schema): Places {
  if (typeof schema === "boolean") return NO_PLACES;
  let places = known.get(schema);
  if (places === undefined) {
    places = marksLabels(schema) ? computePlaces(schema) : NO_PLACES;
    known.set(schema, places);
  }
  return places;
}

/** Most schemas have no label anywhere, and are walked once without making anything. */
function marksLabels(value: Json): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(marksLabels);
  const object = value as JsonObject;
  for (const key in object) {
    if (key === "x-label" || marksLabels(object[key] as Json)) return true;
  }
  return false;
}

function computePlaces(schema: JsonObject): Places {
  return merged([
    ...(schema["x-label"] === undefined ? [] : [whole(schema["x-label"] as readonly Label[])]),
    ...alike(schema).flatMap(placesOf),
    ...inside(schema).flatMap(([step, part]) => under(step, placesOf(part))),
  ]);
}

/** The whole value, with these labels. */
export function whole(labels: readonly Label[]): SealedPlace {
  return { path: [], labels };
}

/** Schemas that speak of the value itself. */
function alike(schema: JsonObject): readonly Schema[] {
  const conditional = [schema.if, schema.then, schema.else].filter((part) => part !== undefined);
  return [
    ...schemasIn(schema.allOf),
    ...schemasIn(schema.anyOf),
    ...schemasIn(schema.oneOf),
    ...(conditional as Schema[]),
  ];
}

/** Schemas that speak of its members and items. */
function inside(schema: JsonObject): readonly (readonly [SealStep, Schema])[] {
  const others = [schema.additionalProperties, schema.items, schema.contains];
  return [
    ...Object.entries(schemasByName(schema.properties)),
    ...schemasIn(schema.prefixItems).map((part, index) => [index, part] as const),
    ...[
      ...Object.values(schemasByName(schema.patternProperties)),
      ...(others.filter((part) => part !== undefined) as Schema[]),
    ].map((part) => [EVERY, part] as const),
  ];
}

/** The places of a value, as places of a value that holds it. */
export function under(step: SealStep, places: Places): Places {
  return places.map(({ path, labels }) => ({ path: [step, ...path], labels }));
}

export function underEvery(places: Places): Places {
  return under(EVERY, places);
}

/** The places of what stands at one step; a label of the whole is a label of its parts. */
export function placesAt(places: Places, step: Step): Places {
  return into(places, (own) => touches(own, step));
}

/** The places of any member or item. */
export function placesInEach(places: Places): Places {
  return into(places, () => true);
}

function into(places: Places, goes: (step: SealStep) => boolean): Places {
  return merged(
    places.flatMap(({ path, labels }) => {
      const [first, ...rest] = path;
      if (first === undefined) return [{ path, labels }];
      return goes(first) ? [{ path: rest, labels }] : [];
    }),
  );
}

function touches(own: SealStep, step: SealStep): boolean {
  if (typeof own === "object" || typeof step === "object") return true;
  if (typeof own === "number" && typeof step === "number") {
    return own === step || step < 0 || own < 0;
  }
  return own === step;
}

/** All labels of a value and its parts. */
export function labelsIn(places: Places): readonly Label[] {
  return [...new Set(places.flatMap((place) => place.labels))].sort();
}

/** Whether the places mark what stands at a path with a label, by itself or as part of a whole. */
export function marks(places: Places, at: readonly SealStep[], label: Label): boolean {
  return places.some(
    ({ path, labels }) =>
      labels.includes(label) &&
      path.length <= at.length &&
      path.every((step, index) => includes(step, at[index] as SealStep)),
  );
}

function includes(own: SealStep, step: SealStep): boolean {
  return typeof own === "object" || (typeof step !== "object" && own === step);
}

/** Places of several sources together, none said twice. */
export function merged(places: Places): Places {
  if (places.length < 2) return places;
  if (places.length > PLACES_MAX) return [whole(labelsIn(places))];
  const found: SealedPlace[] = [];
  for (const { path, labels } of [...places].sort((a, b) => a.path.length - b.path.length)) {
    const fresh = labels.filter((label) => !marks(found, path, label));
    const same = found.findIndex((one) => samePath(one.path, path));
    const held = found[same];
    if (fresh.length === 0) continue;
    if (held === undefined) found.push({ path, labels: [...new Set(fresh)] });
    else found[same] = { path, labels: [...new Set([...held.labels, ...fresh])] };
  }
  return found;
}

function samePath(a: readonly SealStep[], b: readonly SealStep[]): boolean {
  return a.length === b.length && a.every((step, index) => sameStep(step, b[index]));
}

function sameStep(a: SealStep, b: SealStep | undefined): boolean {
  return a === b || (typeof a === "object" && typeof b === "object");
}
