/**
 * Makes values of a type, only of what the type declares: examples to hold against another schema.
 * Every value that it gives fits the type, but it may find none where there are some. Its work is
 * bounded, and so is the size of what it makes.
 */
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { accepts, same } from "./accepts.ts";
import { itemsOf, membersOf, propertiesOf, requiredIn } from "./bounds.ts";
import { isDeclared, kindsDeclared } from "./declared.ts";
import { KIND, NUMBERS } from "./kinds.ts";
import { placeAt } from "./place.ts";
import { alternativesOf } from "./prove.ts";
import { numbersNear, textsNear } from "./sample-scalars.ts";
import { type Type, valuesIn } from "./type.ts";

type Conjuncts = readonly JsonObject[];

/** Values held against one type, and in all. */
const TRIES_MAX = 200;
const TRIES_IN_ALL_MAX = 4_000;
/** Values inside of one that is made. */
const SIZE_MAX = 2_000;

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

/** How an array is to be built. */
export interface Row {
  readonly length: number;
  readonly holes: Holes;
  readonly given?: ReadonlyMap<number, Json>;
}

interface Making {
  triesLeft: number;
  /** The plainest value of a single schema, for each way to treat holes. */
  readonly known: Readonly<Record<Holes, Map<JsonObject, Json | undefined>>>;
  readonly sizes: WeakMap<object, number>;
}

/** Makes values for one search. */
export interface Maker {
  /** One value of the type, the plainest that is found. */
  readonly sample: (type: Type, holes: Holes) => Json | undefined;
  /** Some values of the type. `asked` names bounds that the values should lie about. */
  readonly samples: (type: Type, holes: Holes, asked?: JsonObject) => readonly Json[];
  /** An object, or undefined where one of its members cannot be made. It may not be of the type. */
  readonly objectOf: (type: Conjuncts, plan: Plan) => JsonObject | undefined;
  readonly arrayOf: (type: Conjuncts, row: Row) => readonly Json[] | undefined;
}

export function maker(): Maker {
  const making: Making = {
    triesLeft: TRIES_IN_ALL_MAX,
    known: { filled: new Map(), refused: new Map() },
    sizes: new WeakMap(),
  };
  return {
    sample: (type, holes) => sample(type, holes, making),
    samples: (type, holes, asked = {}) => {
      return type === null ? [] : [...fitting(type, { holes, asked }, making)];
    },
    objectOf: (type, plan) => objectOf(type, plan, making),
    arrayOf: (type, row) => arrayOf(type, row, making),
  };
}

interface Wish {
  readonly holes: Holes;
  readonly asked: JsonObject;
}

function sample(type: Type, holes: Holes, making: Making): Json | undefined {
  if (type === null) return undefined;
  const [only] = type;
  const known = making.known[holes];
  if (only !== undefined && type.length === 1 && known.has(only)) return known.get(only);
  const [value] = fitting(type, { holes, asked: {} }, making);
  if (only !== undefined && type.length === 1) known.set(only, value);
  return value;
}

/** Values of the type, made one by one as they are asked for. */
function* fitting(type: Conjuncts, wish: Wish, making: Making): Generator<Json> {
  let triesLeft = TRIES_MAX;
  for (const value of candidates(type, wish, making)) {
    triesLeft -= 1;
    if (triesLeft < 0 || isSpent(making)) return;
    if (type.every((part) => accepts(part, value))) yield value;
  }
}

function isSpent(making: Making): boolean {
  making.triesLeft -= 1;
  return making.triesLeft < 0;
}

/** Values to try: some are not of the type. */
function* candidates(type: Conjuncts, wish: Wish, making: Making): Generator<Json> {
  if (isSpent(making)) return;
  const values = valuesIn(type);
  const alternatives = alternativesOf(type);
  if (!isDeclared(type)) yield* wish.holes === "filled" ? [null, ""] : [];
  else if (values !== undefined) yield* values;
  else if (alternatives !== undefined) {
    for (const one of alternatives) if (one !== null) yield* candidates(one, wish, making);
  } else yield* ofKinds(type, wish, making);
}

function* ofKinds(type: Conjuncts, { holes, asked }: Wish, making: Making): Generator<Json> {
  const kinds = kindsDeclared(type);
  if (kinds & KIND.string) yield* textsNear(type, asked);
  if (kinds & NUMBERS) yield* numbersNear(type, asked);
  if (kinds & KIND.boolean) yield* [true, false];
  if (kinds & KIND.null) yield null;
  if (kinds & KIND.object) {
    yield* there(objectOf(type, { holes }, making));
    yield* there(objectOf(type, { holes, full: true }, making));
  }
  if (kinds & KIND.array) {
    yield* there(arrayOf(type, { length: itemsOf(type).least, holes }, making));
  }
}

function there(value: Json | undefined): readonly Json[] {
  return value === undefined ? [] : [value];
}

function objectOf(type: Conjuncts, plan: Plan, making: Making): JsonObject | undefined {
  const members = new Map<string, Json>();
  for (const name of [...requiredIn(type), ...(plan.given?.keys() ?? [])]) {
    if (name === plan.without) continue;
    const value = plan.given?.has(name)
      ? plan.given.get(name)
      : sample(placeAt(type, name).type, plan.holes, making);
    if (value === undefined) return undefined;
    members.set(name, value);
  }
  const least = plan.full === true ? Number.POSITIVE_INFINITY : membersOf(type).least;
  for (const name of type.flatMap((part) => Object.keys(propertiesOf(part)))) {
    if (members.size >= least) break;
    if (members.has(name) || name === plan.without) continue;
    const value = sample(placeAt(type, name).type, "refused", making);
    if (value !== undefined) members.set(name, value);
  }
  return small(Object.fromEntries(members), making);
}

function arrayOf(type: Conjuncts, row: Row, making: Making): readonly Json[] | undefined {
  const { length, holes, given } = row;
  if (length > SIZE_MAX) return undefined;
  const distinct = type.some((part) => part.uniqueItems === true);
  const items: Json[] = [];
  for (let index = 0; index < length; index += 1) {
    const item = given?.has(index)
      ? given.get(index)
      : nextItem(placeAt(type, index).type, distinct ? items : [], { holes, asked: {} }, making);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return small(items, making);
}

/** An item that is none of those to avoid. */
function nextItem(
  type: Type,
  avoided: readonly Json[],
  wish: Wish,
  making: Making,
): Json | undefined {
  if (avoided.length === 0 || type === null) return sample(type, wish.holes, making);
  for (const value of fitting(type, wish, making)) {
    if (!avoided.some((other) => same(other, value))) return value;
  }
  return undefined;
}

/** The value, unless it is too large. Parts may be shared, so sizes are added and not counted. */
function small<T extends object>(value: T, { sizes }: Making): T | undefined {
  let size = 1;
  for (const part of Object.values(value)) {
    size += typeof part === "object" && part !== null ? (sizes.get(part) ?? 1) : 1;
  }
  sizes.set(value, size);
  return size > SIZE_MAX ? undefined : value;
}
