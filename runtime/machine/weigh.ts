/**
 * The weight of a value: the bytes and the depth that it takes in a record once its labelled places
 * are sealed. A value that is made of others may grow beyond what a record holds; here that is
 * found before anything is written.
 */
import type { SealedPlace } from "../../protocol/language/graph.ts";
import { isObject, type Json } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { countPlaces } from "./places.ts";

/** No number takes more in JSON. */
const NUMBER_BYTES = 24;
/** Characters that stand for themselves, as one byte, inside a JSON string. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** Null where the value is within the limits, else what it exceeds. */
export function overweight(value: Json, sealed: readonly SealedPlace[]): string | null {
  const { valueBytesMax, valueDepthMax } = LIMITS;
  let bytesLeft = valueBytesMax;
  if (sealed.length > 0) {
    bytesLeft -= LIMITS.sealedValueBytes * countPlaces(value, sealed);
  }
  const left = spend(value, bytesLeft, valueDepthMax);
  if (left === TOO_DEEP) return `expected at most ${valueDepthMax} levels`;
  return left < 0 ? `expected at most ${valueBytesMax} bytes in a record` : null;
}

/** The bytes that a value takes in a record, to within a few for each number. */
export function weightOf(value: Json): number {
  return Number.MAX_SAFE_INTEGER - spend(value, Number.MAX_SAFE_INTEGER, LIMITS.recordBytesMax);
}

const TOO_DEEP = Number.NEGATIVE_INFINITY;

/** What is left of a budget of bytes; negative once it is used up. */
function spend(value: Json, bytes: number, depth: number): number {
  if (typeof value === "string") return bytes - stringBytes(value);
  if (typeof value !== "object" || value === null) return bytes - NUMBER_BYTES;
  if (depth === 0) return TOO_DEEP;
  let left = bytes - 2;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length && left >= 0; at += 1) {
      left = spend(value[at] as Json, left - 1, depth - 1);
    }
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      if (left < 0) break;
      left = spend(value[key] as Json, left - stringBytes(key) - 2, depth - 1);
    }
  }
  return left;
}

function stringBytes(text: string): number {
  return PLAIN.test(text) ? text.length + 2 : Buffer.byteLength(JSON.stringify(text));
}
