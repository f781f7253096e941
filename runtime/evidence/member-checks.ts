/**
 * What a member of a record may be, in small checks that others are made of. A check says yes or no
 * of a value and never throws, whatever the value is.
 */
import { GENESIS_TENANT } from "../../protocol/language/acts.ts";
import { isObject, type Json, type JsonObject } from "../../protocol/language/json.ts";
import {
  IDEMPOTENCY_KEY_PATTERN,
  INTENT_TYPE_PATTERN,
  isTraceId,
  PRINCIPAL_PATTERN,
  RESERVED_ATTRIBUTE,
  splitName,
  TENANT_PATTERN,
  WORD_PATTERN,
} from "../../protocol/language/names.ts";

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

export const someText: Check = (value) => text(value) && value !== "";
export const tenant: Check = (value) => value === GENESIS_TENANT || fits(value, TENANT_PATTERN);
export const principal: Check = (value) => fits(value, PRINCIPAL_PATTERN);
export const intentType: Check = (value) => fits(value, INTENT_TYPE_PATTERN);
export const artifact: Check = (value) =>
  typeof value === "string" && splitName(value) !== undefined;
export const trace: Check = (value) => typeof value === "string" && isTraceId(value);
export const traceOrNull: Check = (value) => value === null || trace(value);
export const keyOrNull: Check = (value) => value === null || fits(value, IDEMPOTENCY_KEY_PATTERN);
export const word: Check = (value) => fits(value, WORD_PATTERN);
export const attributes: Check = (value) =>
  isObject(value) && Object.keys(value).every((name) => word(name) && name !== RESERVED_ATTRIBUTE);

function fits(value: Json | undefined, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}

/** A set as a record holds one: each text once, in the order of their code units. */
export const sortedTexts: Check = (value) => texts(value) && isRising(value as readonly string[]);

export function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

/**
 * The same check of values that are mostly the one before: what held the last time, and cannot have
 * changed since, is not looked at again.
 */
export function lasting(check: Check): Check {
  let held: Json | undefined;
  return (value) => {
    if (value !== undefined && value === held) return true;
    if (!check(value)) return false;
    if (typeof value !== "object" || Object.isFrozen(value)) held = value;
    return true;
  };
}

export function isRising(names: readonly string[]): boolean {
  return names.every((name, at) => at === 0 || (names[at - 1] as string) < name);
}

/** Whether there are no other members than so many that were asked for. */
export function only(value: JsonObject, count: number): boolean {
  return Object.keys(value).length === count;
}
