/** Tokens, made with real keys and by hand, so that anything may be wrong with them. */
import {
  createHmac,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from "node:crypto";
import type { IdentitySettings, KeyFile } from "../../../runtime/identity/settings.ts";

/** Longer than any session lasts: none ends for its token. */
export const LIVES_SECONDS = 31 * 86_400;

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const ED: KeyPair = generateKeyPairSync("ed25519");
export const OTHER_ED: KeyPair = generateKeyPairSync("ed25519");
export const RSA: KeyPair = generateKeyPairSync("rsa", { modulusLength: 2_048 });

/** The time of all tests that are given one. */
export const NOW_MS = Date.parse("2026-11-21T12:00:00.000Z");
export const NOW = NOW_MS / 1_000;

export const ISSUER = "https://issuer.example";
export const AUDIENCE = "pgs";

/** Claims that are taken, as of `now`. */
export function claims(more: object = {}, now = NOW): object {
  const times = { iat: now - 10, nbf: now - 10, exp: now + LIVES_SECONDS };
  const who = { sub: "ada", tenant: "acme", roles: ["registrar"], attributes: { floor: 2 } };
  return { iss: ISSUER, aud: AUDIENCE, ...times, ...who, ...more };
}

export function encoded(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return Buffer.from(text).toString("base64url");
}

/** Signed with whatever the header says, where that is possible; members may be texts of JSON. */
export function tokenOf(
  header: object | string,
  payload: object | string,
  key: KeyObject | string = ED.privateKey,
): string {
  const text = `${encoded(header)}.${encoded(payload)}`;
  return `${text}.${signature(text, key).toString("base64url")}`;
}

function signature(text: string, key: KeyObject | string): Buffer {
  if (typeof key === "string") return createHmac("sha256", key).update(text).digest();
  const algorithm = key.asymmetricKeyType === "rsa" ? "sha256" : null;
  return sign(algorithm, Buffer.from(text), key);
}

/** A token that is taken: of the key with the name `ed`. */
export function goodToken(more: object = {}, now = NOW): string {
  return tokenOf({ alg: "EdDSA", typ: "JWT", kid: "ed" }, claims(more, now));
}

export function jwkOf({ publicKey }: KeyPair, more: object = {}): JsonWebKey {
  return { ...publicKey.export({ format: "jwk" }), ...more };
}

export function setOf(...keys: readonly object[]): KeyFile {
  const bytes = Buffer.from(JSON.stringify({ keys }));
  return { form: "set", bytes, shownAs: "keys.json" };
}

export function single(text: string): KeyFile {
  return { form: "single", bytes: Buffer.from(text), shownAs: "key.pem" };
}

export function pemOf({ publicKey }: KeyPair): string {
  return String(publicKey.export({ type: "spki", format: "pem" }));
}

/** Both keys, named `ed` and `rsa`. */
export const KEYS: KeyFile = setOf(
  jwkOf(ED, { kid: "ed" }),
  jwkOf(RSA, { kid: "rsa", use: "sig" }),
);

export function settings(more: Partial<IdentitySettings> = {}): IdentitySettings {
  return {
    issuer: ISSUER,
    audience: AUDIENCE,
    keys: () => KEYS,
    clockSkewSeconds: 60,
    principalClaim: "sub",
    tenantClaim: "tenant",
    rolesClaim: "roles",
    attributesClaim: "attributes",
    ...more,
  };
}
