/** Tokens that are not taken, each for one reason, and what is told of it. */
import type { KeyObject } from "node:crypto";
import type { KeyFile } from "../../../runtime/identity/settings.ts";
import {
  claims,
  ED,
  encoded,
  goodToken,
  jwkOf,
  NOW,
  OTHER_ED,
  pemOf,
  RSA,
  setOf,
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

export const BAD_TOKENS: Readonly<Record<string, Case>> = {
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
  "the principal that delivers for the runtime": {
    token: goodToken({ sub: "post_office" }),
    code: "token/principal",
    says: "expected a principal that is not the runtime's own as `sub`, found `post_office`",
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
