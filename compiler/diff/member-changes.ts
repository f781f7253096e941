/**
 * What two values say differently, member by member, down to the least part that differs: lists of
 * named parts by their names, others by their places. It judges nothing.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import { isObject, type Json, type JsonObject } from "../../protocol/language/json.ts";

export interface MemberChange {
  /** `signals.APPROVE.people`, `rows[0].when.minimum`. */
  readonly member: string;
  /** Left out where it was not there. */
  readonly before?: Json;
  /** Left out where it is not there any more. */
  readonly after?: Json;
}

/** None where both are the same. */
export function memberChanges(before: JsonObject, after: JsonObject): readonly MemberChange[] {
  if (canonical(before) === canonical(after)) return [];
  const found = changesIn("", before, after);
  if (found.length > 0) return found;
  // The same parts in another order.
  return Object.keys(after).flatMap((member) => {
    const [one, two] = [before[member], after[member]];
    if (one === undefined || two === undefined || canonical(one) === canonical(two)) return [];
    return [{ member, before: one, after: two }];
  });
}

type Maybe = Json | undefined;

function changesIn(member: string, before: Maybe, after: Maybe): readonly MemberChange[] {
  if (before !== undefined && after !== undefined) {
    if (canonical(before) === canonical(after)) return [];
    const [one, two] = [partsOf(before), partsOf(after)];
    if (one !== undefined && two !== undefined) {
      const keys = new Set([...one.keys(), ...two.keys()]);
      return [...keys].flatMap((key) => {
        return changesIn(below(member, key), one.get(key), two.get(key));
      });
    }
  }
  return [
    {
      member,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    },
  ];
}

function below(member: string, key: string): string {
  return member === "" || key.startsWith("[") ? `${member}${key}` : `${member}.${key}`;
}

/** Undefined for what is told as a whole. */
function partsOf(value: Json): ReadonlyMap<string, Json> | undefined {
  if (isObject(value)) return new Map(Object.entries(value));
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const named = value.map(namedPart);
  const parts = new Map(named.flatMap((part) => (part === undefined ? [] : [part])));
  if (parts.size === value.length) return parts;
  if (!value.every((item) => isObject(item))) return undefined;
  return new Map(value.map((item, at) => [`[${at}]`, item]));
}

/** A pair of a name and what it names, an edge by its outcome, a branch by its name. */
function namedPart(item: Json): readonly [string, Json] | undefined {
  if (Array.isArray(item)) {
    const [name, part, ...more] = item;
    const isPair = typeof name === "string" && isObject(part) && more.length === 0;
    return isPair ? [name, part] : undefined;
  }
  if (!isObject(item) || "when" in item) return undefined;
  const name = item.outcome ?? item.name;
  return typeof name === "string" ? [name, item] : undefined;
}
