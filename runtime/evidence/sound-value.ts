/**
 * Whether a value that was read from evidence is one that a record can hold: finite numbers,
 * well-formed text, a bounded depth. Whoever forges a line can compute its hash; what builds on
 * records must not stumble over it.
 */
import { LIMITS } from "../../protocol/language/limits.ts";

/** A record's own members lie a few levels above the values that it holds. */
const DEPTH_MAX = LIMITS.valueDepthMax + 4;

/**
 * `value` is what a line says. UTF-8 cannot hold a lone surrogate, so that only an escape can: `escapes`
 * is whether there may be one in the line.
 */
export function isSound(value: unknown, escapes: boolean): boolean {
  return isBounded(value, DEPTH_MAX) && (!escapes || isWellFormed(value));
}

function isBounded(value: unknown, depth: number): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += 1) {
      if (!isBounded(value[at], depth - 1)) return false;
    }
    return true;
  }
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
