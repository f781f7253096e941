/** SHA-256, the only digest of the formats. Hexadecimal, lower case, 64 characters. */
import { hash } from "node:crypto";

declare const digestBrand: unique symbol;
export type Digest = string & { readonly [digestBrand]: true };

/** The digest that stands before a trace's first record. */
export const NO_DIGEST = "0".repeat(64) as Digest;

/** SHA-256 of bytes, or of a string's UTF-8 form. */
export function sha256(data: string | Uint8Array): Digest {
  return hash("sha256", data, "hex") as Digest;
}

export const DIGEST_CHARS = 64;

/** True for text that has a digest's form. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && /^[0-9a-f]{64}$/.test(text);
}
