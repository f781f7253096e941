/**
 * The issuer's public keys, out of the configured file, and which of them a token must have been
 * signed with. A file that holds anything else than public keys of a sufficient strength is refused
 * as a whole; keys of kinds that no token of ours is signed with are passed over in a set.
 */
import { createPublicKey, type KeyObject } from "node:crypto";
import { isObject, type JsonObject, member } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { readStrictJson } from "../../protocol/language/strict-json.ts";
import type { KeyFile } from "./settings.ts";
import { found, tokenFault } from "./token-fault.ts";
import type { Algorithm, TokenText } from "./token-text.ts";

export interface IssuerKey {
  readonly id: string | undefined;
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

/** The keys of a file that tokens may be signed with; at least one. */
export function issuerKeysIn(file: KeyFile): readonly IssuerKey[] {
  const { bytes, form } = file;
  if (bytes.length > LIMITS.keyFileBytesMax) {
    throw bad(file, `expected at most ${LIMITS.keyFileBytesMax} bytes, found ${bytes.length}`);
  }
  const text = Buffer.from(bytes).toString("latin1");
  if (form === "single" && /^\s*-----BEGIN /.test(text)) return [fromPem(file, text)];
  const read = readStrictJson(bytes);
  if ("fault" in read) throw bad(file, read.fault.message);
  if (form === "set") return fromSet(file, isObject(read.value) ? read.value : {});
  if (!isObject(read.value)) throw bad(file, `expected a JSON Web Key, ${found(read.value)}`);
  const key = fromJwk(file, read.value);
  if (key !== undefined) return [key];
  const kind = found(member(read.value, "kty"));
  throw bad(file, `expected a public key for signatures of kind \`RSA\` or \`OKP\`, ${kind}`);
}

/** The one key that a token was signed with, if it was signed by the issuer. */
export function keyFor({ algorithm, keyId }: TokenText, keys: readonly IssuerKey[]): KeyObject {
  const named = keyId === undefined ? keys : keys.filter(({ id }) => id === keyId || isAlone(keys));
  const fitting = named.filter((one) => one.algorithm === algorithm);
  const [key] = fitting;
  if (key !== undefined && fitting.length === 1) return key.key;
  if (keyId === undefined && fitting.length > 1) {
    const message = `expected a token that names one of ${fitting.length} keys, found no \`kid\``;
    throw tokenFault("unknown-key", message);
  }
  if (named.length === 0) {
    const known = keys.map(({ id }) => (id === undefined ? "one without a name" : `\`${id}\``));
    const message = `expected a key that is known (${known.slice(0, 8).join(", ")}), ${found(keyId)}`;
    const hint = "Where the issuer has a new key, put it into the configured file.";
    throw tokenFault("unknown-key", message, hint);
  }
  const [other = keys[0]] = named;
  const message = `expected a token signed with ${other?.algorithm}, as its key is, ${found(algorithm)}`;
  throw tokenFault("algorithm", message);
}

/** A single key without a name stands for whatever name a token gives it. */
function isAlone(keys: readonly IssuerKey[]): boolean {
  return keys.length === 1 && keys[0]?.id === undefined;
}

function fromSet(file: KeyFile, set: JsonObject): readonly IssuerKey[] {
  const listed = member(set, "keys");
  if (!Array.isArray(listed)) throw bad(file, `expected a list \`keys\`, ${found(listed)}`);
  if (listed.length > LIMITS.issuerKeysMax) {
    throw bad(file, `expected at most ${LIMITS.issuerKeysMax} keys, found ${listed.length}`);
  }
  const keys = listed.flatMap((jwk) => {
    if (!isObject(jwk)) throw bad(file, `expected JSON Web Keys, ${found(jwk)}`);
    return fromJwk(file, jwk) ?? [];
  });
  if (keys.length === 0) {
    throw bad(file, "expected a public key for signatures of kind `RSA` or `OKP`, found none");
  }
  const names = keys.map(({ id, algorithm }) => `${algorithm} ${id ?? ""}`);
  const twice = keys.find((_, at) => names.indexOf(names[at] ?? "") < at);
  if (twice === undefined) return keys;
  throw bad(file, `expected each key under a name of its own, ${found(twice.id)} twice`);
}

/** Undefined for a key of another kind, or for another use. */
function fromJwk(file: KeyFile, jwk: JsonObject): IssuerKey | undefined {
  if (member(jwk, "d") !== undefined || member(jwk, "k") !== undefined) throw secret(file);
  const id = member(jwk, "kid");
  if (id !== undefined && typeof id !== "string") {
    throw bad(file, `expected a text as \`kid\`, ${found(id)}`);
  }
  const kind = member(jwk, "kty");
  const isOurs = kind === "RSA" || (kind === "OKP" && member(jwk, "crv") === "Ed25519");
  if (!isOurs || !isForSignatures(jwk)) return undefined;
  const read = opened(file, () => createPublicKey({ key: { ...jwk }, format: "jwk" }));
  const key = { id, ...strong(file, read) };
  const named = member(jwk, "alg") ?? key.algorithm;
  return NAMES[key.algorithm].includes(String(named)) ? key : undefined;
}

/** What a key may say that it is for; the newer name of one algorithm is that of its curve. */
const NAMES: Readonly<Record<Algorithm, readonly string[]>> = Object.freeze({
  EdDSA: ["EdDSA", "Ed25519"],
  RS256: ["RS256"],
});

function isForSignatures(jwk: JsonObject): boolean {
  const use = member(jwk, "use") ?? "sig";
  const operations = member(jwk, "key_ops") ?? ["verify"];
  return use === "sig" && Array.isArray(operations) && operations.includes("verify");
}

function fromPem(file: KeyFile, text: string): IssuerKey {
  // What is given a private key derives its public one, and says nothing.
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) throw secret(file);
  if (!/^\s*-----BEGIN (RSA )?PUBLIC KEY-----/.test(text)) {
    throw bad(file, "expected a public key in PEM, found something else in PEM");
  }
  const read = opened(file, () => createPublicKey(text));
  return { id: undefined, ...strong(file, read) };
}

function opened(file: KeyFile, open: () => KeyObject): KeyObject {
  try {
    return open();
  } catch (error) {
    throw bad(file, `a key in it cannot be read: ${(error as Error).message}`);
  }
}

/** An exponent of 1 would let everybody sign. */
const EXPONENT_MIN = 3n;

function strong(file: KeyFile, key: KeyObject): Omit<IssuerKey, "id"> {
  const { asymmetricKeyType: kind, asymmetricKeyDetails: details } = key;
  if (kind === "ed25519") return { algorithm: "EdDSA", key };
  if (kind !== "rsa") throw bad(file, `expected a key for EdDSA or RS256, ${found(kind)}`);
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = details ?? {};
  const { rsaBitsMin, rsaBitsMax } = LIMITS;
  if (bits < rsaBitsMin || bits > rsaBitsMax || exponent < EXPONENT_MIN) {
    throw new Refusal(
      "kernel",
      "identity/weak-key",
      `\`${file.shownAs}\`: expected an RSA key of ${rsaBitsMin} to ${rsaBitsMax} bits with an exponent of at least ${EXPONENT_MIN}, found ${bits} bits and ${exponent}`,
      { hint: "Have the issuer use a stronger key." },
    );
  }
  return { algorithm: "RS256", key };
}

function bad({ shownAs, form }: KeyFile, what: string): Refusal {
  const setting = form === "set" ? "identity.jwks_file" : "identity.key_file";
  return new Refusal("kernel", "identity/bad-keys", `\`${shownAs}\`: ${what}`, {
    hint: `\`${setting}\` names ${form === "set" ? "a JSON Web Key Set" : "one public key, in PEM or as a JSON Web Key"}.`,
  });
}

function secret({ shownAs }: KeyFile): Refusal {
  const message = `\`${shownAs}\`: expected public keys, found a secret one`;
  return new Refusal("kernel", "identity/secret-key", message, {
    hint: "Take it away from here, and have the issuer take a new one: who reads it signs tokens.",
  });
}
