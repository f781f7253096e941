/**
 * What a token says of who shows it, after its signature was found to be right: whether it is meant
 * for us and now, and the names that it gives, which must be names of the language. It reads no clock.
 */
import { byCodeUnits } from "../../protocol/language/canonical.ts";
import { isObject, type Json, type JsonObject, member } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import {
  CALLER_PATTERN,
  PRINCIPAL_PATTERN,
  RESERVED_ATTRIBUTE,
  TENANT_PATTERN,
  WORD_PATTERN,
} from "../../protocol/language/names.ts";
import { readStrictJson } from "../../protocol/language/strict-json.ts";
import type { IdentitySettings } from "./settings.ts";
import { found, tokenFault } from "./token-fault.ts";

/** Who shows a token. */
export interface Claimed {
  readonly issuer: string;
  readonly tenant: string;
  readonly principal: string;
  /** Sorted, each once. */
  readonly roles: readonly string[];
  readonly attributes: JsonObject;
  readonly expiresAtMs: number;
}

export function claimsIn(bytes: Uint8Array, settings: IdentitySettings, nowMs: number): Claimed {
  const read = readStrictJson(bytes);
  if ("fault" in read) {
    const { message, pointer } = read.fault;
    throw tokenFault(
      "claims",
      `the claims of the token are refused: ${message}, at \`${pointer}\``,
    );
  }
  const claims = read.value;
  if (!isObject(claims)) throw tokenFault("claims", `expected claims, ${found(claims)}`);
  requireForUs(claims, settings);
  const expiresAtMs = requireForNow(claims, settings, nowMs);
  const of = (name: string): Json | undefined => member(claims, name);
  return {
    issuer: settings.issuer,
    tenant: tenantIn(of(settings.tenantClaim), settings.tenantClaim),
    principal: principalIn(of(settings.principalClaim), settings.principalClaim),
    roles: rolesIn(of(settings.rolesClaim), settings.rolesClaim),
    attributes: attributesIn(of(settings.attributesClaim), settings.attributesClaim),
    expiresAtMs,
  };
}

function requireForUs(claims: JsonObject, { issuer, audience }: IdentitySettings): void {
  const { iss, aud } = claims;
  if (iss !== issuer) {
    throw tokenFault("issuer", `expected a token of the issuer \`${issuer}\`, ${found(iss)}`);
  }
  const audiences = Array.isArray(aud) ? aud : [aud];
  if (audiences.includes(audience)) return;
  const [first] = audiences;
  const other = audiences.length > 1 ? found(aud) : found(first);
  throw tokenFault("audience", `expected a token for the audience \`${audience}\`, ${other}`);
}

/** The moment from which it is not taken, without the skew. */
function requireForNow(
  claims: JsonObject,
  { clockSkewSeconds }: IdentitySettings,
  nowMs: number,
): number {
  const skewMs = clockSkewSeconds * 1_000;
  const now = shownTime(nowMs);
  const skewed = `at ${now}, give or take ${clockSkewSeconds} seconds`;
  const expiresAtMs = momentOf(claims, "exp");
  if (expiresAtMs === undefined) {
    throw tokenFault("claims", "expected a token that says when it expires, found no `exp`");
  }
  if (nowMs >= expiresAtMs + skewMs) {
    const message = `expected a token that holds ${skewed}, found one that expired at ${shownTime(expiresAtMs)}`;
    throw tokenFault("expired", message, "Have the issuer give out a new one.");
  }
  for (const claim of ["nbf", "iat"] as const) {
    const momentMs = momentOf(claims, claim);
    if (momentMs === undefined || nowMs + skewMs >= momentMs) continue;
    const message = `expected a token that holds ${skewed}, found \`${claim}\` at ${shownTime(momentMs)}`;
    throw tokenFault("not-yet", message, "Set the clocks of this machine and of the issuer.");
  }
  return expiresAtMs;
}

/** The last moment that has a year of four digits, which is all that a record can say. */
const LAST_MS = Date.UTC(9999, 11, 31);

function momentOf(claims: JsonObject, claim: string): number | undefined {
  const seconds = member(claims, claim);
  if (seconds === undefined) return undefined;
  const ms = typeof seconds === "number" ? seconds * 1_000 : Number.NaN;
  if (ms >= 0 && ms <= LAST_MS) return ms;
  const message = `expected seconds since 1970 as \`${claim}\`, ${found(seconds)}`;
  throw tokenFault("claims", message);
}

function shownTime(ms: number): string {
  return new Date(ms).toISOString();
}

function tenantIn(value: Json | undefined, claim: string): string {
  if (typeof value === "string" && TENANT_PATTERN.test(value)) return value;
  const isReserved = typeof value === "string" && value.startsWith("_");
  const what = isReserved ? "a tenant that is not the runtime's own" : "a tenant's name";
  const hint = "A lower-case letter, then lower-case letters, digits, `_` and `-`, at most 63.";
  throw tokenFault("tenant", `expected ${what} as \`${claim}\`, ${found(value)}`, hint);
}

function principalIn(value: Json | undefined, claim: string): string {
  if (typeof value === "string" && CALLER_PATTERN.test(value)) return value;
  const isReserved = typeof value === "string" && PRINCIPAL_PATTERN.test(value);
  const what = isReserved ? "a principal that is not the runtime's own" : "a principal's name";
  const hint = "A letter or digit, then letters, digits and `._@-`, at most 127.";
  throw tokenFault("principal", `expected ${what} as \`${claim}\`, ${found(value)}`, hint);
}

function rolesIn(value: Json | undefined, claim: string): readonly string[] {
  if (value === undefined) return Object.freeze([]);
  if (!Array.isArray(value) || value.length > LIMITS.rolesMax) {
    const message = `expected at most ${LIMITS.rolesMax} roles as \`${claim}\`, ${found(value)}`;
    throw tokenFault("roles", message);
  }
  const roles = new Set<string>();
  for (const role of value) {
    if (typeof role !== "string" || !WORD_PATTERN.test(role)) {
      const hint = "A lower-case letter, then lower-case letters, digits and `_`, at most 64.";
      throw tokenFault("roles", `expected roles' names in \`${claim}\`, ${found(role)}`, hint);
    }
    roles.add(role);
  }
  return Object.freeze([...roles].sort(byCodeUnits));
}

function attributesIn(value: Json | undefined, claim: string): JsonObject {
  if (value === undefined) return Object.freeze({});
  const names = isObject(value) ? Object.keys(value) : undefined;
  if (!isObject(value) || names === undefined || names.length > LIMITS.attributesMax) {
    const most = `at most ${LIMITS.attributesMax} attributes`;
    throw tokenFault("attributes", `expected ${most} as \`${claim}\`, ${found(value)}`);
  }
  const wrong = names.find((name) => !WORD_PATTERN.test(name) || name === RESERVED_ATTRIBUTE);
  if (wrong !== undefined) {
    const hint = "`identity` is none of them: the runtime says how somebody is known.";
    throw tokenFault(
      "attributes",
      `expected attributes' names in \`${claim}\`, ${found(wrong)}`,
      hint,
    );
  }
  const deep = names.find((name) => depthOf(value[name] ?? null) > LIMITS.attributeDepthMax);
  if (deep === undefined) return value;
  const message = `expected at most ${LIMITS.attributeDepthMax} levels in the attribute \`${deep}\`, found more`;
  throw tokenFault("attributes", message);
}

function depthOf(value: Json): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
