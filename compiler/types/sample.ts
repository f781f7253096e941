/**
 * Values of a type, made only from what the type declares: examples to hold against another schema.
 * Every value that it gives fits the type, but it may find none where there are some.
 */
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { accepts, same } from "./accepts.ts";
import { itemsOf, lengthsOf, membersOf, propertiesOf, rangeOf, requiredIn } from "./bounds.ts";
import { KIND, type Kinds, NUMBERS, namesKinds } from "./kinds.ts";
import { placeAt } from "./place.ts";
import { alternativesOf } from "./prove.ts";
import { samplesOfFormat, samplesOfPattern } from "./sample-text.ts";
import { kindsIn, type Type, valuesIn } from "./type.ts";

type Conjuncts = readonly JsonObject[];

/** Longest text and array made to break a bound. */
const TEXT_LENGTH_MAX = 5_000;
const ARRAY_LENGTH_MAX = 1_001;
/** Values tried for one type. */
const TRIES_MAX = 200;

/** Whether a place that the type says nothing of may be filled with a value of no meaning. */
export type Holes = "filled" | "refused";

/** How an object is to be built. */
export interface Plan {
  readonly holes: Holes;
  /** Members that are given; the rest is made. */
  readonly given?: ReadonlyMap<string, Json>;
  readonly without?: string;
  /** All declared members, not only those that are required. */
  readonly full?: boolean;
}

/** One value of the type, the plainest that is found. */
export function sample(type: Type, holes: Holes): Json | undefined {
  return samples(type, holes).at(0);
}

/** Some values of the type. `asked` names bounds that the values should lie about. */
export function samples(type: Type, holes: Holes, asked: JsonObject = {}): readonly Json[] {
  if (type === null) return [];
  const fitting: Json[] = [];
  let triesLeft = TRIES_MAX;
  for (const value of candidates(type, holes, asked)) {
    if (type.every((part) => accepts(part, value))) fitting.push(value);
    triesLeft -= 1;
    if (triesLeft === 0) break;
  }
  return fitting;
}

/** Values to try, lazily: some are not of the type. */
function* candidates(type: Conjuncts, holes: Holes, asked: JsonObject): Generator<Json> {
  const values = valuesIn(type);
  const alternatives = alternativesOf(type);
  if (!isDeclared(type)) yield* holes === "filled" ? [null, ""] : [];
  else if (values !== undefined) yield* values;
  else if (alternatives !== undefined) {
    for (const one of alternatives) if (one !== null) yield* candidates(one, holes, asked);
  } else yield* ofKinds(type, holes, asked);
}

function* ofKinds(type: Conjuncts, holes: Holes, asked: JsonObject): Generator<Json> {
  const kinds = kindsDeclared(type);
  if (kinds & KIND.string) yield* texts(type, asked);
  if (kinds & NUMBERS) yield* numbers(type, asked);
  if (kinds & KIND.boolean) yield* [true, false];
  if (kinds & KIND.null) yield null;
  const made: (Json | undefined)[] = [];
  if (kinds & KIND.object) {
    made.push(objectOf(type, { holes }), objectOf(type, { holes, full: true }));
  }
  if (kinds & KIND.array) made.push(arrayOf(type, { length: itemsOf(type).least, holes }));
  yield* made.filter((value) => value !== undefined);
}

/** True where some conjunct says of what kind a value is, or what its parts are. */
export function isDeclared(type: Type): boolean {
  return type === null || kindsDeclared(type) !== 0;
}

const PARTS: readonly (readonly [Kinds, readonly string[]])[] = [
  [KIND.object, ["properties", "required", "additionalProperties", "patternProperties"]],
  [KIND.array, ["items", "prefixItems", "minItems", "maxItems"]],
  [KIND.string, ["minLength", "maxLength", "pattern", "format"]],
  [NUMBERS, ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]],
];

/** The kinds that the type names; where it names none, those whose parts it describes. */
export function kindsDeclared(type: Conjuncts): Kinds {
  if (type.some(namesKinds)) return kindsIn(type);
  const described = PARTS.filter(([, keywords]) =>
    type.some((part) => keywords.some((keyword) => part[keyword] !== undefined)),
  );
  return described.reduce((kinds, [kind]) => kinds | kind, 0) & kindsIn(type);
}

/** Numbers at and about the bounds of the type and of what is asked. */
function numbers(type: Conjuncts, asked: JsonObject): readonly number[] {
  const { low, high } = rangeOf(type);
  const named = [asked.minimum, asked.maximum, asked.exclusiveMinimum, asked.exclusiveMaximum];
  const steps = [...type.map((part) => part.multipleOf), asked.multipleOf];
  const about = [low.at, high.at, ...named].filter(
    (value) => typeof value === "number" && Number.isFinite(value),
  ) as number[];
  const near = about.flatMap((value) => [value, value + 1, value - 1, value + 0.5, value - 0.5]);
  const multiples = steps
    .filter((step) => typeof step === "number")
    .flatMap((step) => [step, -step, ...about.map((value) => Math.floor(value / step) * step)]);
  const halves = kindsIn(type) & KIND.fraction ? [0.5, 1.25] : [];
  return [0, 1, ...halves, ...near, ...multiples, -1].filter(Number.isFinite);
}

/** Texts of the lengths that the type and what is asked name. */
function texts(type: Conjuncts, asked: JsonObject): readonly string[] {
  const { least, most } = lengthsOf(type);
  const lengths = [
    least,
    ...[asked.minLength, asked.maxLength].flatMap((bound) =>
      typeof bound === "number" ? [bound - 1, bound + 1] : [],
    ),
    1,
  ].filter((length) => length >= least && length <= Math.min(most, TEXT_LENGTH_MAX));
  return [...type.flatMap(ownTexts), ...[...new Set(lengths)].map((length) => "x".repeat(length))];
}

function ownTexts(schema: JsonObject): readonly string[] {
  const examples = (Array.isArray(schema.examples) ? schema.examples : []) as readonly Json[];
  return [
    ...examples.filter((example) => typeof example === "string"),
    ...(typeof schema.format === "string" ? samplesOfFormat(schema.format) : []),
    ...(typeof schema.pattern === "string" ? samplesOfPattern(schema.pattern) : []),
  ];
}

/** An object of the type, or undefined where one of its members cannot be made. */
export function objectOf(type: Conjuncts, plan: Plan): JsonObject | undefined {
  const required = requiredIn(type);
  const members = new Map<string, Json>();
  for (const name of [...required, ...(plan.given?.keys() ?? [])]) {
    if (name === plan.without) continue;
    const value = plan.given?.has(name)
      ? plan.given.get(name)
      : sample(placeAt(type, name).type, plan.holes);
    if (value === undefined) return undefined;
    members.set(name, value);
  }
  const least = plan.full === true ? Number.POSITIVE_INFINITY : membersOf(type).least;
  for (const name of type.flatMap((part) => Object.keys(propertiesOf(part)))) {
    if (members.size >= least) break;
    if (members.has(name) || name === plan.without) continue;
    const value = sample(placeAt(type, name).type, "refused");
    if (value !== undefined) members.set(name, value);
  }
  return Object.fromEntries(members);
}

/** How an array is to be built. */
export interface Row {
  readonly length: number;
  readonly holes: Holes;
  readonly given?: ReadonlyMap<number, Json>;
}

/** An array of the type with so many items, or undefined where one of them cannot be made. */
export function arrayOf(type: Conjuncts, row: Row): readonly Json[] | undefined {
  const { length, holes, given } = row;
  if (length > ARRAY_LENGTH_MAX) return undefined;
  const distinct = type.some((part) => part.uniqueItems === true);
  const items: Json[] = [];
  for (let index = 0; index < length; index += 1) {
    const place = placeAt(type, index).type;
    const made = given?.has(index) ? [given.get(index) as Json] : samples(place, holes);
    const item = distinct ? made.find((one) => !items.some((other) => same(one, other))) : made[0];
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}
