/**
 * Names: how artifacts, nodes, outcomes, domains and traces may be called. A name that passes here
 * is safe as a file name and in a terminal.
 */
import { FILE_NAME_PATTERN, isFileName } from "./file-name.ts";
import { LIMITS } from "./limits.ts";

export const KIND_PREFIXES = Object.freeze({
  schema: "SC",
  transform: "CT",
  effect: "CS",
  workflow: "WF",
  intent: "IN",
  policy: "PO",
  decisions: "DT",
  invariant: "AS",
  test: "TS",
} as const);

/** Kinds that have a code with a prefix. The kind `domain` is named by a lower-case word. */
export type PrefixedKind = keyof typeof KIND_PREFIXES;
export type Kind = "domain" | PrefixedKind;

/** Kinds that DESIGN names and this version does not build: refused with a word of its own. */
export const LATER_KINDS = Object.freeze(["agent", "event", "solution", "service"] as const);

export const CODE_PATTERN = /^[A-Z]{2}_[A-Z0-9_]+_V[0-9]+$/;
export const DOMAIN_PATTERN = /^[a-z][a-z0-9_]{0,62}$/;
export const OUTCOME_PATTERN = /^[A-Z][A-Z0-9_]{0,63}$/;
export const NODE_PATTERN = /^[a-z][a-z0-9_]{0,63}$/;
/** What an intent is called by whoever tries it: `realm.action`. */
export const INTENT_TYPE_PATTERN = /^[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}$/;
export const TRACE_ID_PATTERN = FILE_NAME_PATTERN;
/** A tenant's name is also a folder's, on every system. */
export const TENANT_PATTERN = /^(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$)[a-z][a-z0-9_-]{0,62}$/;
export const PRINCIPAL_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,126}$/;
/** Of those who ask from outside: `pgs` and `post_office` are the runtime's own, for starts and deliveries. */
export const CALLER_PATTERN = /^(?!(?:pgs|post_office)$)[A-Za-z0-9][A-Za-z0-9._@-]{0,126}$/;

/** Roles and attributes are called as policies can name them. */
export const WORD_PATTERN = /^[a-z][a-z0-9_]{0,63}$/;
/** Everybody has this attribute, and only the runtime says what it is. */
export const RESERVED_ATTRIBUTE = "identity";
/** What every header and log can carry. */
export const IDEMPOTENCY_KEY_PATTERN = /^[!-~]{1,255}$/;

/** An artifact's full name, `domain::CODE`. */
export type FullName = `${string}::${string}`;

export function fullName(domain: string, code: string): FullName {
  return `${domain}::${code}`;
}

/** Takes `domain::CODE` apart; undefined when it has not that form. */
export function splitName(name: string): { domain: string; code: string } | undefined {
  const at = name.indexOf("::");
  if (at < 0) return undefined;
  const domain = name.slice(0, at);
  const code = name.slice(at + 2);
  return DOMAIN_PATTERN.test(domain) && CODE_PATTERN.test(code) ? { domain, code } : undefined;
}

/** A full name as a file name: `domain::CODE` becomes `domain.CODE`. Injective on valid names. */
export function fileNameOf(name: FullName): string {
  return name.replace("::", ".");
}

/** True for a trace id that is safe as a file name on every system. */
export function isTraceId(text: string): boolean {
  return text.length <= LIMITS.traceIdCharsMax && isFileName(text);
}

/** Outcomes that belong to the engine and that no contract may declare. */
export const ENGINE_OUTCOMES = Object.freeze([
  "VIOLATION",
  "FAULT",
  "TIMEOUT",
  "IN_DOUBT",
  "CANCELLED",
] as const);
export type EngineOutcome = (typeof ENGINE_OUTCOMES)[number];

export function isEngineOutcome(outcome: string): outcome is EngineOutcome {
  return (ENGINE_OUTCOMES as readonly string[]).includes(outcome);
}

/** How an execution ends that was undone: wholly, or in part. */
export const COMPENSATED = "COMPENSATED";
export const PARTLY_COMPENSATED = "PARTLY_COMPENSATED";
/** How a wait ends that was for a time alone. */
export const ELAPSED = "ELAPSED";

/** Outcomes with which no author ends a workflow: they say what the engine did. */
export function isEndingOfEngine(outcome: string): boolean {
  return isEngineOutcome(outcome) || [COMPENSATED, PARTLY_COMPENSATED, ELAPSED].includes(outcome);
}

/** The member of an object that stands where a value was sealed. No value may have it. */
export const SEALED_MEMBER = "$sealed";

/** The labels that a schema property may carry in `x-label`. */
export const SEALED_LABELS = Object.freeze(["pii", "secret"] as const);
export type Label = (typeof SEALED_LABELS)[number];
