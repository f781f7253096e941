/**
 * What a member of a record may be, in small checks that others are made of. A check says yes or no
 * of a value and never throws, whatever the value is.
 */
import { isObject, type Json, type JsonObject } from "../../protocol/language/json.ts";

export type Check = (value: Json | undefined) => boolean;

export const text: Check = (value) => typeof value === "string";
export const textOrNull: Check = (value) => value === null || text(value);
export const count: Check = (value) => Number.isSafeInteger(value);
export const notNegative: Check = (value) => count(value) && Number(value) >= 0;
export const positive: Check = (value) => count(value) && Number(value) >= 1;
export const given: Check = (value) => value !== undefined;
export const anything: Check = () => true;
export const flag: Check = (value) => typeof value === "boolean";
export const texts: Check = (value) => Array.isArray(value) && value.every(text);
export const objectOrNull: Check = (value) => value === null || isObject(value);

/** A set as a record holds one: each text once, in the order of their code units. */
export const sortedTexts: Check = (value) => texts(value) && isRising(value as readonly string[]);

export function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

export function isRising(names: readonly string[]): boolean {
  return names.every((name, at) => at === 0 || (names[at - 1] as string) < name);
}

/** Whether there are no other members than so many that were asked for. */
export function only(value: JsonObject, count: number): boolean {
  return Object.keys(value).length === count;
}
