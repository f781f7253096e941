/** Tokens that are taken, and what is known of who shows them. */
import { expect, test } from "vitest";
import { sha256 } from "../../../protocol/language/digest.ts";
import type { IdentitySettings } from "../../../runtime/identity/settings.ts";
import { verifyToken } from "../../../runtime/identity/verify-token.ts";
import {
  claims,
  ED,
  goodToken,
  ISSUER,
  jwkOf,
  KEYS,
  LIVES_SECONDS,
  NOW,
  NOW_MS,
  pemOf,
  RSA,
  setOf,
  settings,
  single,
  tokenOf,
} from "./tokens.ts";

const EDDSA = { alg: "EdDSA" };
const RS256 = { alg: "RS256" };

function check(token: string, by: Partial<IdentitySettings> = {}, nowMs = NOW_MS) {
  return verifyToken(token, settings(by), nowMs);
}

test("a token says who shows it, until when, and which it is", async () => {
  const token = goodToken({ roles: ["z_last", "a_first", "z_last"] });
  expect(await check(token)).toEqual({
    issuer: ISSUER,
    principal: "ada",
    tenant: "acme",
    roles: ["a_first", "z_last"],
    attributes: { floor: 2 },
    expiresAtMs: (NOW + LIVES_SECONDS) * 1_000,
    sha256: sha256(token),
  });
});

test("a key is a set's by its name, or the only one, in PEM or as a JSON Web Key", async () => {
  const rsa = tokenOf({ ...RS256, kid: "rsa" }, claims(), RSA.privateKey);
  const files = [
    [goodToken(), KEYS],
    [rsa, KEYS],
    [tokenOf(EDDSA, claims()), KEYS],
    [tokenOf(RS256, claims(), RSA.privateKey), KEYS],
    [goodToken(), single(pemOf(ED))],
    [rsa, single(`\n${pemOf(RSA)}`)],
    [rsa, single(String(RSA.publicKey.export({ type: "pkcs1", format: "pem" })))],
    [goodToken(), single(JSON.stringify(jwkOf(ED)))],
    [goodToken(), single(JSON.stringify(jwkOf(ED, { kid: "ed", alg: "Ed25519" })))],
    // What no token of ours is signed with is passed over in a set.
    [goodToken(), setOf({ kty: "EC", crv: "P-256", x: "a", y: "b" }, jwkOf(ED, { kid: "ed" }))],
    [goodToken(), setOf(jwkOf(RSA, { kid: "ed", use: "enc" }), jwkOf(ED, { kid: "ed" }))],
    [goodToken(), setOf(jwkOf(RSA, { kid: "ed" }), jwkOf(ED, { kid: "ed" }))],
  ] as const;
  for (const [at, [token, file]] of files.entries()) {
    expect((await check(token, { keys: () => file })).principal, String(at)).toBe("ada");
  }
});

test("claims may be called otherwise, and roles and attributes be left out", async () => {
  const named = {
    principalClaim: "https://a.example/user",
    tenantClaim: "org",
    rolesClaim: "groups",
    attributesClaim: "more",
  };
  const other = { "https://a.example/user": "Ada@acme.example", org: "globex", groups: ["x"] };
  const known = await check(goodToken({ ...other, more: { a: [1] } }), named);
  expect(known).toMatchObject({ principal: "Ada@acme.example", tenant: "globex" });
  expect(known).toMatchObject({ roles: ["x"], attributes: { a: [1] } });
  const bare = await check(goodToken({ roles: undefined, attributes: undefined }));
  expect(bare).toMatchObject({ roles: [], attributes: {} });
});

test("an audience among several is ours", async () => {
  expect((await check(goodToken({ aud: ["other", "pgs"] }))).principal).toBe("ada");
});

test("clocks may differ by the skew, and not by a millisecond more", async () => {
  const exp = { exp: NOW };
  const at = (seconds: number) => NOW_MS + seconds * 1_000;
  expect((await check(goodToken(exp), {}, at(60) - 1)).principal).toBe("ada");
  await expect(check(goodToken(exp), {}, at(60))).rejects.toMatchObject({ code: "token/expired" });
  const nbf = { nbf: NOW, iat: undefined };
  expect((await check(goodToken(nbf), {}, at(-60))).principal).toBe("ada");
  const early = check(goodToken(nbf), {}, at(-60) - 1);
  await expect(early).rejects.toMatchObject({ code: "token/not-yet" });
  const strict = check(goodToken({ exp: NOW }), { clockSkewSeconds: 0 });
  await expect(strict).rejects.toMatchObject({ code: "token/expired" });
});
