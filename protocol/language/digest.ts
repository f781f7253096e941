/** SHA-256, the only digest of the formats. Hexadecimal, lower case, 64 characters. */
import { createHash, hash } from "node:crypto";

declare const digestBrand: unique symbol;
export type Digest = string & { readonly [digestBrand]: true };

/** The digest that stands before a trace's first record. */
export const NO_DIGEST = "0".repeat(64) as Digest;

/** SHA-256 of bytes, or of a string's UTF-8 form. */
export function sha256(data: string | Uint8Array): Digest {
  return hash("sha256", data, "hex") as Digest;
}

/** The same of a text that comes in pieces; no piece ends within a character. */
export interface Hashing {
  readonly add: (piece: string) => void;
  readonly digest: () => Digest;
}

/** For long texts: they are never in memory as a whole. Short ones are faster by `sha256`. */
export function hashing(): Hashing {
  const hashed = createHash("sha256");
  return {
    add: (piece) => void hashed.update(piece),
    digest: () => hashed.digest("hex") as Digest,
  };
}

export const DIGEST_CHARS = 64;

/** True for text that has a digest's form. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && /^[0-9a-f]{64}$/.test(text);
}
