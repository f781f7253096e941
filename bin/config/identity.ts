/**
 * Whose tokens are taken, as the configuration says it: the settings that belong together, and the
 * file of the issuer's keys, which is read at the second gate of a start, and when a token is shown.
 */
import { readFileSync, statSync } from "node:fs";
import { LIMITS } from "../../protocol/language/limits.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import type { IdentitySettings, KeyFile } from "../../runtime/index.ts";
import type { Origin } from "./origin.ts";
import { type ConfigProblem, problem } from "./problems.ts";
import type { Setting } from "./settings.ts";

/** Whose tokens are taken, and what their claims are called. */
export interface IdentityConfig {
  readonly issuer?: string;
  readonly audience?: string;
  readonly jwks_file?: string;
  readonly key_file?: string;
  readonly clock_skew_seconds: number;
  readonly principal_claim: string;
  readonly tenant_claim: string;
  readonly roles_claim: string;
  readonly attributes_claim: string;
  /** How long a session lasts that is opened now. */
  readonly session_seconds: number;
}

interface Identified {
  readonly identity: IdentityConfig;
}

type Origins = ReadonlyMap<Setting, Origin>;

/** Those without which none of them is of any use. */
const TOGETHER = ["issuer", "audience"] as const;
const KEYS = ["jwks_file", "key_file"] as const;

/** What is missing, or too much, whichever sources it came from. */
export function identityProblems(
  { identity }: Identified,
  origins: Origins,
): readonly ConfigProblem[] {
  const given = [...TOGETHER, ...KEYS].find((name) => identity[name] !== undefined);
  if (given === undefined) return [];
  const at = (name: string) => placeOf(name, origins);
  const missing = (what: string, found: string) =>
    problem("missing-setting", at(given).origin, {
      message: `expected ${what} beside it, found ${found}`,
      hint: "An issuer, an audience and a file of keys say together whose tokens are taken.",
      path: at(given).path,
    });
  const without = TOGETHER.filter((name) => identity[name] === undefined);
  const problems = without.map((name) => missing(`\`identity.${name}\``, "nothing"));
  const keys = KEYS.filter((name) => identity[name] !== undefined);
  const either = KEYS.map((name) => `\`identity.${name}\``).join(" or ");
  if (keys.length === 0) return [...problems, missing(either, "neither")];
  if (keys.length === 1) return problems;
  const both = `expected either ${either}, found both`;
  const { origin, path } = at("key_file");
  return [...problems, problem("either-or", origin, { message: both, path })];
}

function placeOf(name: string, origins: Origins) {
  const found = [...origins].find(([{ key }]) => key === `identity.${name}`);
  const [{ path }, origin] = found as readonly [Setting, Origin];
  return { path, origin };
}

/** Undefined where nobody's tokens are taken. */
export function identityOf({ identity }: Identified): IdentitySettings | undefined {
  const { issuer, audience, jwks_file, key_file } = identity;
  if (issuer === undefined || audience === undefined) return undefined;
  return {
    issuer,
    audience,
    keys: () =>
      jwks_file === undefined
        ? { form: "single", ...read("identity.key_file", key_file ?? "") }
        : { form: "set", ...read("identity.jwks_file", jwks_file) },
    clockSkewSeconds: identity.clock_skew_seconds,
    principalClaim: identity.principal_claim,
    tenantClaim: identity.tenant_claim,
    rolesClaim: identity.roles_claim,
    attributesClaim: identity.attributes_claim,
  };
}

function read(setting: string, path: string): Pick<KeyFile, "bytes" | "shownAs"> {
  const refuse = (found: string) => {
    const message = `\`${setting}\`: expected a file of keys at \`${path}\`, found ${found}`;
    const hint = "Put the issuer's public keys there, and let this user read them.";
    return new Refusal("kernel", "identity/unreadable-keys", message, { hint });
  };
  try {
    // Looked at before it is opened: a pipe would be waited for.
    const standing = statSync(path);
    if (!standing.isFile()) throw refuse("something else");
    if (standing.size > LIMITS.keyFileBytesMax) throw refuse(`${standing.size} bytes`);
    return { bytes: readFileSync(path), shownAs: path };
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (error instanceof Refusal || syscall === undefined) throw error;
    throw refuse(String(code));
  }
}
