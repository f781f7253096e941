/** SHA-256 of a value's canonical JSON, as 64 lower-case digits. */
import { canonical } from "../protocol/language/canonical.ts";
import { sha256 } from "../protocol/language/digest.ts";
import type { Json } from "../protocol/language/json.ts";

export function canonicalSha256(value: Json): string {
  return sha256(canonical(value));
}
