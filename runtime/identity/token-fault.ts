/**
 * How it is told that a token is not taken: what was expected, what was found, what to do. No part
 * of a token is quoted but what it says of itself, cut short; never the token, nor its signature.
 */
import type { Json } from "../../protocol/language/json.ts";
import { Refusal } from "../../protocol/language/refusal.ts";

export type TokenFault =
  | "malformed"
  | "too-large"
  | "algorithm"
  | "critical-header"
  | "key-in-header"
  | "unknown-key"
  | "bad-signature"
  | "claims"
  | "issuer"
  | "audience"
  | "expired"
  | "not-yet"
  | "tenant"
  | "principal"
  | "roles"
  | "attributes";

/** The message is a sentence without its token: it may be written down. */
export function tokenFault(code: TokenFault, message: string, hint?: string): Refusal {
  return new Refusal("acceptance", `token/${code}`, message, { hint });
}

const QUOTED_CHARS_MAX = 80;

/** What stands there, in a few words. */
export function found(value: Json | undefined): string {
  if (value === undefined || value === null) return "found nothing";
  if (Array.isArray(value)) return `found a list of ${value.length}`;
  if (typeof value === "object") return "found an object";
  const text = String(value);
  if (text === "") return "found an empty text";
  const cut = text.length > QUOTED_CHARS_MAX ? `${text.slice(0, QUOTED_CHARS_MAX)}…` : text;
  return `found \`${cut}\``;
}
