/** Refuters of the keywords that ask something of members and items. */
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import type { Schema } from "../model.ts";
import { accepts, memberSchemas } from "./accepts.ts";
import { itemsOf, propertiesOf } from "./bounds.ts";
import { kindsDeclared } from "./declared.ts";
import { KIND, schemasIn } from "./kinds.ts";
import { placeAt } from "./place.ts";
import { firstOf, type Refuter, type Refuting, whole, within } from "./refuter.ts";
import type { Maker } from "./sample.ts";
import { asks } from "./words.ts";

type Conjuncts = readonly JsonObject[];

/** The names that the type declares and that some of its objects have. */
function namesIn(type: Conjuncts): readonly string[] {
  const names = new Set(type.flatMap((part) => Object.keys(propertiesOf(part))));
  return [...names].filter((name) => placeAt(type, name).presence !== "never");
}

/** Holds one declared member against a schema. */
function tryMember(type: Conjuncts, name: string, schema: Schema, { refute, make }: Refuting) {
  const place = placeAt(type, name);
  if (schema === false) {
    const value = make.sample(place.type, "filled");
    if (value === undefined) return undefined;
    return whole(containing(type, name, value, make), `no member \`${name}\``);
  }
  const found = refute(place.type, schema);
  return found && within(name, found, containing(type, name, found.witness, make));
}

function containing(type: Conjuncts, name: string, value: Json, make: Maker): Json | undefined {
  return make.objectOf(type, { holes: "filled", given: new Map([[name, value]]) });
}

const members: Refuter = (type, schema, refuting) =>
  firstOf(namesIn(type), (name) => {
    const own = ["properties", "patternProperties", "additionalProperties"];
    const asked = Object.fromEntries(
      own.flatMap((key) => (schema[key] === undefined ? [] : [[key, schema[key]]])),
    );
    return firstOf(memberSchemas(asked, name), (part) => tryMember(type, name, part, refuting));
  });

const required: Refuter = (type, schema, { make }) =>
  firstOf(schema.required as readonly string[], (name) => {
    const { presence } = placeAt(type, name);
    if (presence === "always" || presence === "open") return undefined;
    const witness = make.objectOf(type, { holes: "filled", without: name });
    return whole(witness, `the member \`${name}\``);
  });

const dependentRequired: Refuter = (type, schema, { make }) => {
  const dependents = schema.dependentRequired as Readonly<Record<string, readonly string[]>>;
  const pairs = Object.entries(dependents).flatMap(([name, others]) =>
    others.map((other) => [name, other] as const),
  );
  return firstOf(pairs, ([name, other]) => {
    const place = placeAt(type, name);
    const missing = placeAt(type, other).presence;
    if (place.presence === "open" || missing === "always" || missing === "open") return undefined;
    const value = make.sample(place.type, "filled");
    if (value === undefined) return undefined;
    const given = new Map([[name, value]]);
    const witness = make.objectOf(type, { holes: "filled", given, without: other });
    return whole(witness, `the member \`${other}\` beside \`${name}\``);
  });
};

const propertyNames: Refuter = (type, schema, { make }) => {
  const name = namesIn(type).find((one) => !accepts(schema.propertyNames as Schema, one));
  const value = name === undefined ? undefined : make.sample(placeAt(type, name).type, "filled");
  if (name === undefined || value === undefined) return undefined;
  return whole(containing(type, name, value, make), asks("propertyNames", schema));
};

function counting(keyword: "minProperties" | "maxProperties"): Refuter {
  return (type, schema, { make }) => {
    const full = keyword === "maxProperties";
    const witness = make.objectOf(type, { holes: "filled", full });
    const alone = { [keyword]: schema[keyword] as Json };
    if (witness === undefined || accepts(alone, witness)) return undefined;
    return whole(witness, asks(keyword, schema));
  };
}

/** Holds one item against what the schema asks of it. */
function tryItem(type: Conjuncts, index: number, schema: Schema, { refute, make }: Refuting) {
  const found = refute(placeAt(type, index).type, schema);
  const length = Math.max(itemsOf(type).least, index + 1);
  const given = new Map(found === undefined ? [] : [[index, found.witness]]);
  return found && within(index, found, make.arrayOf(type, { length, holes: "filled", given }));
}

const items: Refuter = (type, schema, refuting) => {
  const listed = schemasIn(schema.prefixItems);
  const own = Math.max(0, ...type.map((part) => schemasIn(part.prefixItems).length));
  const indices = Array.from({ length: Math.max(listed.length, own) + 1 }, (_, index) => index);
  return firstOf(indices, (index) =>
    tryItem(type, index, listed[index] ?? ((schema.items ?? true) as Schema), refuting),
  );
};

function lengthed(keyword: "minItems" | "maxItems"): Refuter {
  return (type, schema, { make }) => {
    const asked = schema[keyword] as number;
    const { least, most } = itemsOf(type);
    const length = keyword === "minItems" ? least : Math.max(least, asked + 1);
    const broken = keyword === "minItems" ? length < asked : length <= most;
    if (!broken) return undefined;
    return whole(make.arrayOf(type, { length, holes: "filled" }), asks(keyword, schema));
  };
}

const uniqueItems: Refuter = (type, schema, { make }) => {
  const value = make.sample(placeAt(type, 0).type, "refused");
  if (schema.uniqueItems !== true || value === undefined) return undefined;
  const given = new Map([0, 1].map((index) => [index, value]));
  const length = Math.max(itemsOf(type).least, 2);
  const witness = make.arrayOf(type, { length, holes: "filled", given });
  return whole(witness, asks("uniqueItems", schema));
};

const contains: Refuter = (type, schema, { make }) => {
  const { least } = itemsOf(type);
  const group = ["contains", "minContains", "maxContains"];
  const alone = Object.fromEntries(
    group.flatMap((key) => (schema[key] === undefined ? [] : [[key, schema[key]]])),
  );
  const candidates = [least, least + 1].map((length) =>
    make.arrayOf(type, { length, holes: "refused" }),
  );
  const witness = candidates.find((value) => value !== undefined && !accepts(alone, value));
  return whole(witness, asks("contains", schema));
};

/** Runs a refuter only where the type names the kind that the keyword asks something of. */
function of(kind: number, refuters: Readonly<Record<string, Refuter>>) {
  return Object.entries(refuters).map(([keyword, refuter]): readonly [string, Refuter] => [
    keyword,
    (type, schema, refuting) =>
      kindsDeclared(type) & kind ? refuter(type, schema, refuting) : undefined,
  ]);
}

export const PART_REFUTERS: Readonly<Record<string, Refuter>> = Object.fromEntries([
  ...of(KIND.object, {
    required,
    properties: members,
    patternProperties: members,
    additionalProperties: members,
    propertyNames,
    dependentRequired,
    minProperties: counting("minProperties"),
    maxProperties: counting("maxProperties"),
  }),
  ...of(KIND.array, {
    items,
    prefixItems: items,
    minItems: lengthed("minItems"),
    maxItems: lengthed("maxItems"),
    uniqueItems,
    contains,
  }),
]);
