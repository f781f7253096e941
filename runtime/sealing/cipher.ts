/**
 * Sealing and opening one value under one execution's key. It takes no randomness: the nonce is
 * derived from the key, the place and the value, so that the same execution seals to the same bytes
 * when it is recovered or replayed, and a nonce never serves two values.
 *
 *   mac   hex(HMAC-SHA-256(mac key, canonical value))
 *   data  base64(nonce (12) + AES-256-GCM(encryption key, nonce, canonical value) + tag (16))
 *
 * The three keys are HMAC-SHA-256(key, "pgs/mac"), "pgs/nonce" and "pgs/data". The nonce is the
 * beginning of HMAC-SHA-256(nonce key, place + NUL + canonical value), as in RFC 8452's idea of a
 * synthetic nonce. The key's name is authenticated with the value.
 */
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { canonical } from "../../protocol/language/canonical.ts";
import type { Json } from "../../protocol/language/json.ts";
import type { SealedValue } from "../../protocol/language/records.ts";

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

/** The keys of one execution, and the name that stands in what they seal: `<tenant>/<trace>`. */
export interface SealingKey {
  readonly name: string;
  readonly mac: Uint8Array;
  readonly nonce: Uint8Array;
  readonly data: Uint8Array;
}

export function sealingKey(name: string, secret: Uint8Array): SealingKey {
  const derive = (purpose: string) => hmac(secret, purpose);
  return { name, mac: derive("pgs/mac"), nonce: derive("pgs/nonce"), data: derive("pgs/data") };
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** `place` says where the value stands in the execution; no two values have the same. */
export function seal(key: SealingKey, place: string, value: Json): SealedValue {
  const text = canonical(value);
  const nonce = hmac(key.nonce, `${place}\0${text}`).subarray(0, NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.data, nonce).setAAD(Buffer.from(key.name));
  const sealed = [nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()];
  return {
    $sealed: {
      key: key.name,
      mac: hmac(key.mac, text).toString("hex"),
      data: Buffer.concat(sealed).toString("base64"),
    },
  };
}

/** The value inside; undefined where it was not sealed under this key, or was changed since. */
export function open(key: SealingKey, { $sealed }: SealedValue): Json | undefined {
  const bytes = Buffer.from($sealed.data, "base64");
  const text = decrypt(key, bytes);
  if (text === undefined) return undefined;
  const mac = Buffer.from($sealed.mac, "hex");
  const expected = hmac(key.mac, text);
  const same = mac.length === expected.length && timingSafeEqual(mac, expected);
  return same ? (JSON.parse(text) as Json) : undefined;
}

function decrypt(key: SealingKey, bytes: Buffer): string | undefined {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const end = bytes.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key.data, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(key.name)).setAuthTag(bytes.subarray(end));
  try {
    return (
      decipher.update(bytes.subarray(NONCE_BYTES, end), undefined, "utf8") + decipher.final("utf8")
    );
  } catch {
    // Node says "unable to authenticate data" with a plain Error: the key or the bytes are others.
    return undefined;
  }
}
