/**
 * What the holder of a session shows to use it: `<id>.<secret>`. It is told once; the ledger has only
 * the secret's digest, which gives nobody the secret back.
 */
import { timingSafeEqual } from "node:crypto";
import { type Digest, NO_DIGEST, sha256 } from "../../protocol/language/digest.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Entropy } from "../ports.ts";

export interface Credential {
  readonly session: string;
  readonly secret: string;
}

const SECRET_BYTES = 32;
const FORM = /^(session-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([A-Za-z0-9_-]{43})$/;

/** Ids of sessions sort as they were opened, as those of traces do: an id is one of a trace. */
export function newCredential(id: string, entropy: Entropy): Credential {
  const secret = Buffer.from(entropy.bytes(SECRET_BYTES)).toString("base64url");
  return { session: `session-${id}`, secret };
}

export function credentialText({ session, secret }: Credential): string {
  return `${session}.${secret}`;
}

export function readCredential(text: string): Credential {
  const [, session, secret] = FORM.exec(text) ?? [];
  if (session !== undefined && secret !== undefined) return { session, secret };
  const message = "expected a session's credential, `<id>.<secret>`, found something else";
  throw new Refusal("acceptance", "session/bad-credential", message, {
    hint: "`pgs session create` prints one, once.",
  });
}

/**
 * Whether it is the secret of this digest; never where there is none. It takes as long whatever is
 * right or wrong in it.
 */
export function isSecretOf({ secret }: Credential, digest: string | undefined): boolean {
  const shown = Buffer.from(sha256(secret));
  const isSame = timingSafeEqual(shown, Buffer.from(digest ?? NO_DIGEST));
  return isSame && digest !== undefined;
}

export function secretDigest({ secret }: Credential): Digest {
  return sha256(secret);
}
