/** Tokens that are not taken, each for one reason, and files that hold no key to take any with. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Refusal } from "../../../protocol/language/refusal.ts";
import type { IdentitySettings, KeyFile } from "../../../runtime/identity/settings.ts";
import { verifyToken } from "../../../runtime/identity/verify-token.ts";
import {
  claims,
  ED,
  encoded,
  goodToken,
  jwkOf,
  KEYS,
  NOW,
  NOW_MS,
  OTHER_ED,
  pemOf,
  RSA,
  setOf,
  settings,
  single,
  tokenOf,
} from "./tokens.ts";

interface Case {
  readonly token: string;
  readonly code: string;
  /** In the message: what was expected, and what was found. */
  readonly says: string;
  readonly keys?: KeyFile;
}

const EDDSA = { alg: "EdDSA", kid: "ed" };

/** One text of JSON with a member more, which may stand there already. */
function withMember(value: object, text: string): string {
  return `${JSON.stringify(value).slice(0, -1)},${text}}`;
}

function header(more: object, key: KeyObject | string = ED.privateKey): string {
  return tokenOf({ ...EDDSA, ...more }, claims(), key);
}

/** A token of which one part was changed after it was signed. */
function changed(part: 0 | 1 | 2, change: (text: string) => string): string {
  return goodToken()
    .split(".")
    .map((text, at) => (at === part ? change(text) : text))
    .join(".");
}

const asAda = (text: string) =>
  encoded({ ...JSON.parse(Buffer.from(text, "base64url").toString()) });

const deep = (levels: number): object => (levels === 0 ? {} : { a: deep(levels - 1) });

const CASES: Readonly<Record<string, Case>> = {
  "one without a signature, which says so": {
    token: `${encoded({ alg: "none" })}.${encoded(claims())}.`,
    code: "token/algorithm",
    says: "expected a token signed with EdDSA or RS256, found `none`",
  },
  "one that says `None`": {
    token: `${encoded({ alg: "None" })}.${encoded(claims())}.AA`,
    code: "token/algorithm",
    says: "found `None`",
  },
  "one that names no algorithm": {
    token: tokenOf({ kid: "ed" }, claims()),
    code: "token/algorithm",
    says: "found nothing",
  },
  "one signed with a shared secret": {
    token: tokenOf({ alg: "HS256" }, claims(), "secret"),
    code: "token/algorithm",
    says: "found `HS256`",
  },
  "one whose shared secret is the public key": {
    token: tokenOf({ alg: "HS256", kid: "rsa" }, claims(), pemOf(RSA)),
    code: "token/algorithm",
    says: "found `HS256`",
  },
  "one of a curve that is not taken": {
    token: header({ alg: "ES256" }),
    code: "token/algorithm",
    says: "found `ES256`",
  },
  "one that takes an RSA key for the other kind": {
    token: header({ kid: "rsa" }),
    code: "token/algorithm",
    says: "expected a token signed with RS256, as its key is, found `EdDSA`",
  },
  "one without a signature that says it has one": {
    token: `${encoded(EDDSA)}.${encoded(claims())}.`,
    code: "token/bad-signature",
    says: "expected a signature, found none",
  },
  "one that another signed": {
    token: header({}, OTHER_ED.privateKey),
    code: "token/bad-signature",
    says: "found another signature",
  },
  "one whose claims were changed": {
    token: changed(1, () => encoded(claims({ tenant: "globex" }))),
    code: "token/bad-signature",
    says: "found another signature",
  },
  "one whose header was changed": {
    token: changed(0, (text) =>
      encoded({ ...JSON.parse(Buffer.from(text, "base64url").toString()), x: 1 }),
    ),
    code: "token/bad-signature",
    says: "found another signature",
  },
  "one whose claims were written anew": {
    token: changed(1, (text) => encoded(` ${Buffer.from(asAda(text), "base64url").toString()}`)),
    code: "token/bad-signature",
    says: "found another signature",
  },
  "one that brings its key": {
    token: header({ jwk: jwkOf(OTHER_ED) }, OTHER_ED.privateKey),
    code: "token/key-in-header",
    says: "found `jwk`",
  },
  "one that says where to fetch its key": {
    token: header({ jku: "https://evil.example/keys" }),
    code: "token/key-in-header",
    says: "found `jku`",
  },
  "one that says where to fetch its certificate": {
    token: header({ x5u: "file:///etc/passwd" }),
    code: "token/key-in-header",
    says: "found `x5u`",
  },
  "one that brings a certificate": {
    token: header({ x5c: ["AA=="] }),
    code: "token/key-in-header",
    says: "found `x5c`",
  },
  "one of a key that nobody knows": {
    token: header({ kid: "../../ed" }),
    code: "token/unknown-key",
    says: "expected a key that is known (`ed`, `rsa`), found `../../ed`",
  },
  "one that does not say which of two keys": {
    token: tokenOf({ alg: "EdDSA" }, claims()),
    code: "token/unknown-key",
    says: "found no `kid`",
    keys: setOf(jwkOf(ED, { kid: "a" }), jwkOf(OTHER_ED, { kid: "b" })),
  },
  "one with a number as its key's name": {
    token: header({ kid: 1 }),
    code: "token/malformed",
    says: "expected a text as `kid`",
  },
  "one that asks for what is not understood": {
    token: header({ crit: ["exp"], exp: 1 }),
    code: "token/critical-header",
    says: "that must be understood",
  },
  "one whose payload is not encoded": {
    token: header({ b64: false, crit: ["b64"] }),
    code: "token/critical-header",
    says: "that must be understood",
  },
  "a token of another type": {
    token: header({ typ: "logout+jwt" }),
    code: "token/malformed",
    says: "found `logout+jwt`",
  },
  "a header that says two things": {
    token: tokenOf(withMember({ alg: "none" }, '"alg":"EdDSA"'), claims()),
    code: "token/malformed",
    says: "expected each key once",
  },
  "a header that is no object": {
    token: tokenOf("[]", claims()),
    code: "token/malformed",
    says: "expected an object as the token's header",
  },
  "claims that say two things": {
    token: tokenOf(EDDSA, withMember(claims(), '"tenant":"globex"')),
    code: "token/claims",
    says: "expected each key once",
  },
  "claims with a member of a prototype": {
    token: tokenOf(EDDSA, withMember(claims(), '"__proto__":{"roles":["x"]}')),
    code: "token/claims",
    says: "the key `__proto__` is refused",
  },
  "claims that are no object": {
    token: tokenOf(EDDSA, '"ada"'),
    code: "token/claims",
    says: "expected claims, found `ada`",
  },
  "a token in five parts": {
    token: "a.b.c.d.e",
    code: "token/malformed",
    says: "expected a token of three parts, found 5",
  },
  "no token at all": { token: "", code: "token/malformed", says: "of three parts, found 1" },
  "parts that are no base64url": {
    token: changed(2, (text) => `${text}=`),
    code: "token/malformed",
    says: "expected parts in base64url",
  },
  "the same bits written otherwise": {
    // 64 bytes end in a character of which four bits are read.
    token: changed(2, (text) => text.slice(0, -1) + (text.endsWith("A") ? "B" : next(text))),
    code: "token/malformed",
    says: "expected parts in base64url",
  },
  "a token that never ends": {
    token: `${goodToken()}${"A".repeat(20_000)}`,
    code: "token/too-large",
    says: "expected a token of at most 16384 bytes",
  },
  "one of another issuer": {
    token: goodToken({ iss: "https://issuer.example/" }),
    code: "token/issuer",
    says: "expected a token of the issuer `https://issuer.example`, found `https://issuer.example/`",
  },
  "one for another audience": {
    token: goodToken({ aud: "payroll" }),
    code: "token/audience",
    says: "expected a token for the audience `pgs`, found `payroll`",
  },
  "one for nobody": {
    token: goodToken({ aud: [] }),
    code: "token/audience",
    says: "found nothing",
  },
  "one that has expired": {
    token: goodToken({ exp: NOW - 61 }),
    code: "token/expired",
    says: "found one that expired at 2026-11-21T11:58:59.000Z",
  },
  "one that never expires": {
    token: goodToken({ exp: undefined }),
    code: "token/claims",
    says: "found no `exp`",
  },
  "one that expires in a word": {
    token: goodToken({ exp: "tomorrow" }),
    code: "token/claims",
    says: "expected seconds since 1970 as `exp`, found `tomorrow`",
  },
  "one that expires after all years": {
    token: goodToken({ exp: 1e15 }),
    code: "token/claims",
    says: "expected seconds since 1970 as `exp`",
  },
  "one that holds later": {
    token: goodToken({ nbf: NOW + 61 }),
    code: "token/not-yet",
    says: "give or take 60 seconds, found `nbf` at 2026-11-21T12:01:01.000Z",
  },
  "one that was issued in the future": {
    token: goodToken({ iat: NOW + 3_600 }),
    code: "token/not-yet",
    says: "found `iat` at",
  },
  "a tenant that is a path": {
    token: goodToken({ tenant: "../acme" }),
    code: "token/tenant",
    says: "expected a tenant's name as `tenant`, found `../acme`",
  },
  "a tenant of the runtime's own": {
    token: goodToken({ tenant: "_genesis" }),
    code: "token/tenant",
    says: "expected a tenant that is not the runtime's own as `tenant`, found `_genesis`",
  },
  "a tenant that is a device": {
    token: goodToken({ tenant: "con" }),
    code: "token/tenant",
    says: "found `con`",
  },
  "two tenants": {
    token: goodToken({ tenant: ["acme", "globex"] }),
    code: "token/tenant",
    says: "found a list of 2",
  },
  "no tenant": {
    token: goodToken({ tenant: undefined }),
    code: "token/tenant",
    says: "found nothing",
  },
  "a principal with a line break": {
    token: goodToken({ sub: "ada\nroot" }),
    code: "token/principal",
    says: "expected a principal's name as `sub`",
  },
  "no principal": {
    token: goodToken({ sub: undefined }),
    code: "token/principal",
    says: "found nothing",
  },
  "roles in one text": {
    token: goodToken({ roles: "admin registrar" }),
    code: "token/roles",
    says: "expected at most 64 roles as `roles`, found `admin registrar`",
  },
  "a role that no policy can name": {
    token: goodToken({ roles: ["registrar", "Chief Registrar"] }),
    code: "token/roles",
    says: "found `Chief Registrar`",
  },
  "more roles than anybody has": {
    token: goodToken({ roles: Array.from({ length: 65 }, (_, at) => `r${at}`) }),
    code: "token/roles",
    says: "found a list of 65",
  },
  "an attribute that only the runtime gives": {
    token: goodToken({ attributes: { identity: "operator" } }),
    code: "token/attributes",
    says: "found `identity`",
  },
  "attributes in a list": {
    token: goodToken({ attributes: ["floor"] }),
    code: "token/attributes",
    says: "found a list of 1",
  },
  "an attribute without an end": {
    token: goodToken({ attributes: { floor: deep(9) } }),
    code: "token/attributes",
    says: "expected at most 8 levels in the attribute `floor`",
  },
};

/** The next character, which differs in a bit that no byte has. */
function next(text: string): string {
  return String.fromCharCode(text.charCodeAt(text.length - 1) + 1);
}

async function refusalOf(
  token: string,
  by: Partial<IdentitySettings> = {},
  nowMs = NOW_MS,
): Promise<Refusal> {
  try {
    await verifyToken(token, settings(by), nowMs);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("it was taken");
}

for (const [what, { token, code, says, keys = KEYS }] of Object.entries(CASES)) {
  test(`${what} is refused`, async () => {
    const refusal = await refusalOf(token, { keys: () => keys });
    expect(refusal).toMatchObject({ family: "acceptance", code });
    expect(refusal.message).toContain(says);
    // Whoever reads what was told learns no token from it.
    const parts = token.split(".").filter((part) => part.length > 20);
    for (const part of parts) expect(JSON.stringify(refusal) + refusal.message).not.toContain(part);
  });
}

const weak = generateKeyPairSync("rsa", { modulusLength: 1_024 });
const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2_048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const secretPem = String(ED.privateKey.export({ type: "pkcs8", format: "pem" }));

const FILES: Readonly<Record<string, readonly [file: KeyFile, code: string, says: string]>> = {
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

for (const [what, [file, code, says]] of Object.entries(FILES)) {
  test(`${what} is refused as a file of keys`, async () => {
    const refusal = await refusalOf(goodToken(), { keys: () => file });
    expect(refusal).toMatchObject({ family: "kernel", code });
    expect(refusal.message).toContain(`\`${file.shownAs}\``);
    expect(refusal.message).toContain(says);
  });
}

test("a token of which any character is another is not taken", async () => {
  const good = goodToken();
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ";
  const change = fc.tuple(fc.nat(good.length - 1), fc.constantFrom(...alphabet));
  await fc.assert(
    fc.asyncProperty(change, async ([at, character]) => {
      fc.pre(good[at] !== character);
      const refusal = await refusalOf(good.slice(0, at) + character + good.slice(at + 1));
      expect(refusal.family).toBe("acceptance");
    }),
    { numRuns: 300 },
  );
});

test("whatever text is shown is refused, and is nobody's fault but who shows it", async () => {
  const parts = fc.array(
    fc.oneof(
      fc.base64String().map((text) => Buffer.from(text, "base64").toString("base64url")),
      fc.json().map(encoded),
      fc.string({ maxLength: 20 }),
    ),
    { maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(parts, async (given) => {
      expect((await refusalOf(given.join("."))).family).toBe("acceptance");
    }),
    { numRuns: 300 },
  );
});
