/**
 * Where statements may look, each place by its path, and what stands there in a request. Only what
 * has a sealed type is ever read, so nothing that carries a label; a value that is not what its type
 * says cannot be evaluated, it is never changed to fit. What was read is told, and nothing else.
 */
import type { CedarRecord, CedarType } from "../../protocol/language/governance.ts";
import { isObject, type Json, type JsonObject } from "../../protocol/language/json.ts";
import type { Caller } from "../../protocol/language/records.ts";
import { CannotEvaluate, type CedarMembers, isRecord, toJson, type Value } from "./values.ts";

/** One request while it is decided. */
export interface Reading {
  readonly tenant: string;
  readonly principal: string;
  readonly caller: Caller;
  /** The caller's, with the built-in ones. */
  readonly attributes: JsonObject;
  readonly context: JsonObject;
  /** What was read, by the place's index. */
  readonly values: (Value | undefined)[];
}

/** What there is to be seen when one type of intent is asked for. */
export interface Sight {
  readonly attributes: CedarRecord;
  readonly context: CedarRecord;
  /** Whether a member of the context may be another one at the next request of the same caller. */
  readonly varies: (member: string | undefined) => boolean;
}

interface Place {
  readonly path: string;
  readonly varies: boolean;
  readonly read: (reading: Reading) => Value;
}

export type Root = "attributes" | "context";
export type Evaluate = (reading: Reading) => Value;

/** The places that the statements about one type of intent name. */
export class Places {
  readonly #sight: Sight;
  readonly #places: Place[] = [];
  readonly #byPath = new Map<string, number>();
  #sorted: readonly number[] | undefined;

  constructor(sight: Sight) {
    this.#sight = sight;
  }

  /** The name of who asks. */
  readonly name = (): Evaluate => this.#at("principal.name", false, ({ principal }) => principal);
  readonly roles = (): Evaluate => this.#at("principal.roles", false, ({ caller }) => caller.roles);
  readonly tenant = (): Evaluate => this.#at("resource", false, ({ tenant }) => tenant);

  /** What stands under these names; all of it where there is none. */
  value(root: Root, names: readonly string[]): Evaluate {
    const path = pathText(root, names);
    const type = typeAt(this.#sight[root], names);
    return this.#at(path, this.#varies(root, names), (reading) => {
      const found = walk(reading[root], names, root);
      if (type === undefined) throw new CannotEvaluate(`policies do not see \`${path}\``);
      return readAs(found, type, path);
    });
  }

  /** Whether something stands under the last of these names, in what stands under the others. */
  presence(root: Root, names: readonly string[]): Evaluate {
    const within = names.slice(0, -1);
    const name = names.at(-1) ?? "";
    const isSeen = typeAt(this.#sight[root], names) !== undefined;
    const path = `${pathText(root, within)} has ${nameText(name)}`;
    return this.#at(path, this.#varies(root, names), (reading) => {
      const found = walk(reading[root], within, root);
      return isSeen && isObject(found) && Object.hasOwn(found, name);
    });
  }

  /**
   * What was read, sorted by path, and whether any of it varies. What was read of a record that was
   * also read as a whole is told with the whole.
   */
  seen({ values }: Reading): { readonly seen: JsonObject; readonly varied: boolean } {
    this.#sorted ??= [...this.#places.keys()].sort((a, b) =>
      (this.#places[a]?.path ?? "") < (this.#places[b]?.path ?? "") ? -1 : 1,
    );
    const seen: Record<string, Json> = {};
    const whole: string[] = [];
    let varied = false;
    for (const index of this.#sorted) {
      const value = values[index];
      const place = this.#places[index];
      if (value === undefined || place === undefined) continue;
      varied ||= place.varies;
      // What is told once with all around it is not told again: a record has a bound.
      if (whole.some((outer) => isWithin(place.path, outer))) continue;
      seen[place.path] = toJson(value);
      if (isRecord(value)) whole.push(place.path);
    }
    return { seen, varied };
  }

  #varies(root: Root, [first]: readonly string[]): boolean {
    return root === "context" && this.#sight.varies(first);
  }

  #at(path: string, varies: boolean, read: Place["read"]): Evaluate {
    const index = this.#byPath.get(path) ?? this.#places.length;
    if (index === this.#places.length) {
      this.#byPath.set(path, index);
      this.#places.push({ path, varies, read });
      this.#sorted = undefined;
    }
    return (reading) => {
      const known = reading.values[index];
      if (known !== undefined) return known;
      const value = read(reading);
      reading.values[index] = value;
      return value;
    };
  }
}

/** The type that is sealed for what stands under these names. */
function typeAt(type: CedarType, names: readonly string[]): CedarType | undefined {
  let found: CedarType | undefined = type;
  for (const name of names) {
    if (found?.type !== "Record" || !Object.hasOwn(found.attributes, name)) return undefined;
    found = found.attributes[name];
  }
  return found;
}

function walk(start: Json, names: readonly string[], root: Root): Json {
  let found: Json | undefined = start;
  for (const [at, name] of names.entries()) {
    found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
    if (found === undefined) {
      throw new CannotEvaluate(`there is no \`${pathText(root, names.slice(0, at + 1))}\``);
    }
  }
  return found;
}

/** A value of a payload as policies have it. */
export function readAs(value: Json, type: CedarType, path: string): Value {
  switch (type.type) {
    case "String":
      if (typeof value === "string") return value;
      break;
    case "Boolean":
      if (typeof value === "boolean") return value;
      break;
    case "Long":
      if (typeof value === "number" && Number.isSafeInteger(value)) return value + 0;
      break;
    case "Set":
      if (Array.isArray(value)) return value.map((item) => readAs(item, type.element, path));
      break;
    case "Record":
      if (isObject(value)) return membersOf(value, type, path);
      break;
  }
  throw new CannotEvaluate(`\`${path}\` is not what its type says`);
}

function membersOf(value: JsonObject, { attributes }: CedarRecord, path: string): CedarMembers {
  const members = new Map<string, Value>();
  for (const [name, type] of Object.entries(attributes)) {
    const inner = Object.hasOwn(value, name) ? value[name] : undefined;
    if (inner !== undefined) members.set(name, readAs(inner, type, path + stepText(name)));
    else if (type.required) throw new CannotEvaluate(`there is no \`${path}${stepText(name)}\``);
  }
  return members;
}

/** Attributes that are called as something built in is are written another way than that. */
const BUILT_IN: ReadonlySet<string> = new Set(["name", "roles"]);

function pathText(root: Root, names: readonly string[]): string {
  if (root === "context") return `context${names.map(stepText).join("")}`;
  const [first, ...rest] = names;
  if (first === undefined) return "principal";
  const step = BUILT_IN.has(first) ? `[${JSON.stringify(first)}]` : stepText(first);
  return `principal${step}${rest.map(stepText).join("")}`;
}

function isWithin(path: string, outer: string): boolean {
  const next = path[outer.length];
  return path.startsWith(outer) && (next === "." || next === "[") && !path.includes(" has ");
}

function stepText(name: string): string {
  return isWord(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function nameText(name: string): string {
  return isWord(name) ? name : JSON.stringify(name);
}

function isWord(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
