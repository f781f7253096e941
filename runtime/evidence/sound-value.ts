/**
 * Whether a value that was read from evidence is one that a record can hold: finite numbers,
 * well-formed text, a bounded depth. Whoever forges a line can compute its hash; what builds on
 * records must not stumble over it.
 */
import { LIMITS } from "../../protocol/language/limits.ts";

/** A record's own members lie a few levels above the values that it holds. */
const DEPTH_MAX = LIMITS.valueDepthMax + 4;

/** `value` is what `line` says: UTF-8 cannot hold a lone surrogate, so that only an escape can. */
export function isSound(value: unknown, line: Uint8Array): boolean {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  return isBounded(value, DEPTH_MAX) && (!bytes.includes("\\u") || isWellFormed(value));
}

function isBounded(value: unknown, depth: number): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  // What JSON.parse made has no members but its own: the fast loop sees exactly these.
  for (const key in value) {
    if (!isBounded((value as Record<string, unknown>)[key], depth - 1)) return false;
  }
  return true;
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner));
}
