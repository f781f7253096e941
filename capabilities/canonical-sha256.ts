/**
 * SHA-256 of a value's canonical JSON, as 64 lower-case digits. Written with a pure implementation:
 * a transform is evaluated where `node:crypto` cannot be reached.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { canonical } from "../protocol/language/canonical.ts";
import type { Json } from "../protocol/language/json.ts";

export function canonicalSha256(value: Json): string {
  return bytesToHex(sha256(utf8ToBytes(canonical(value))));
}
