/**
 * The SHA-256 of a value's canonical JSON (RFC 8785): what anybody can compute again with a text
 * editor and `sha256sum`. It never sheds a label: a digest of a secret is as secret.
 */
import type { Json } from "../../protocol/language/json.ts";
import { canonicalSha256 } from "../canonical-sha256.ts";
import { transformOf } from "../sdk.ts";

type Input = { readonly value: Json };

export const transform = transformOf<Input>(({ value }) => ({
  outcome: "SUCCESS",
  output: { digest: canonicalSha256(value) },
}));
