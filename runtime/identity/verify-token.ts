/**
 * Who shows a token: nobody, until its signature was found to be that of the configured issuer's key,
 * and each of its claims to be what is asked for. The time is given, the keys are the configuration's;
 * nothing that a token brings along decides how it is verified.
 */
import { type Digest, sha256 } from "../../protocol/language/digest.ts";
import { type Claimed, claimsIn } from "./claims.ts";
import { issuerKeysIn, keyFor } from "./issuer-keys.ts";
import type { IdentitySettings } from "./settings.ts";
import { tokenFault } from "./token-fault.ts";
import { takeApart } from "./token-text.ts";

export interface Verified extends Claimed {
  /** Of the token's text. */
  readonly sha256: Digest;
}

/** Throws a refusal for a token that is not taken, and for keys that are none. */
export async function verifyToken(
  text: string,
  settings: IdentitySettings,
  nowMs: number,
): Promise<Verified> {
  const token = takeApart(text);
  const key = keyFor(token, issuerKeysIn(settings.keys()));
  const { signedBytes } = await import("./jwt.ts");
  const bytes = await signedBytes(text, key, token.algorithm);
  if (bytes === undefined) {
    const message = "expected a token that the issuer signed, found another signature";
    throw tokenFault("bad-signature", message, "It was changed on its way, or others signed it.");
  }
  return { ...claimsIn(bytes, settings, nowMs), sha256: sha256(text) };
}
