/** Files that hold no key to take any token with, and what is told of them. */
import { generateKeyPairSync } from "node:crypto";
import type { KeyFile } from "../../../runtime/identity/settings.ts";
import { ED, jwkOf, OTHER_ED, pemOf, RSA, setOf, single } from "./tokens.ts";

const weak = generateKeyPairSync("rsa", { modulusLength: 1_024 });
const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2_048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const secretPem = String(ED.privateKey.export({ type: "pkcs8", format: "pem" }));

export const BAD_KEYS: Readonly<
  Record<string, readonly [file: KeyFile, code: string, says: string]>
> = {
  "no JSON": [setOfText("keys"), "identity/bad-keys", "expected a value"],
  "a set that says two things": [setOfText('{"keys":[],"keys":[]}'), "identity/bad-keys", "once"],
  "a set without keys": [setOfText("{}"), "identity/bad-keys", "expected a list `keys`"],
  "an empty set": [setOf(), "identity/bad-keys", "found none"],
  "a set of shared secrets": [
    setOf({ kty: "oct", k: "AA" }),
    "identity/secret-key",
    "a secret one",
  ],
  "a set with a private key": [
    setOf(jwkOf(RSA), { ...ED.privateKey.export({ format: "jwk" }) }),
    "identity/secret-key",
    "expected public keys, found a secret one",
  ],
  "a set with a name twice": [
    setOf(jwkOf(ED, { kid: "a" }), jwkOf(OTHER_ED, { kid: "a" })),
    "identity/bad-keys",
    "expected each key under a name of its own, found `a` twice",
  ],
  "a set of keys without end": [
    setOf(...Array.from({ length: 65 }, () => ({}))),
    "identity/bad-keys",
    "expected at most 64 keys",
  ],
  "a set of keys for secrecy": [
    setOf(jwkOf(RSA, { use: "enc" })),
    "identity/bad-keys",
    "expected a public key for signatures",
  ],
  "a short RSA key": [setOf(jwkOf(weak)), "identity/weak-key", "found 1024 bits"],
  "a short RSA key in PEM": [single(pemOf(weak)), "identity/weak-key", "found 1024 bits"],
  "an RSA key that lets everybody sign": [
    setOf(jwkOf(RSA, { e: "AQ" })),
    "identity/weak-key",
    "found 2048 bits and 1",
  ],
  "a key for another way to sign": [single(pemOf(pss)), "identity/bad-keys", "found `rsa-pss`"],
  "a key of another curve": [single(pemOf(ec)), "identity/bad-keys", "found `ec`"],
  "half a key": [
    setOf({ kty: "OKP", crv: "Ed25519", x: "AA" }),
    "identity/bad-keys",
    "a key in it cannot be read",
  ],
  "a private key in PEM": [single(secretPem), "identity/secret-key", "found a secret one"],
  "a private key behind a public one": [
    single(pemOf(ED) + secretPem),
    "identity/secret-key",
    "found a secret one",
  ],
  "a certificate": [
    single("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"),
    "identity/bad-keys",
    "found something else in PEM",
  ],
  "a file without an end": [setOfText(" ".repeat(300_000)), "identity/bad-keys", "at most 262144"],
};

function setOfText(text: string): KeyFile {
  return { ...single(text), form: "set", shownAs: "keys.json" };
}
