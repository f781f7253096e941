/**
 * An identifier made of what it identifies: the prefix, `_`, and the SHA-256 of the data's canonical
 * JSON (RFC 8785) in hexadecimal. Equal data has one id, on every machine; it never counts, and it
 * hides data that can be guessed from nobody who guesses.
 */
import type { Json } from "../../protocol/language/json.ts";
import { canonicalSha256 } from "../canonical-sha256.ts";
import { transformOf } from "../sdk.ts";

type Input = { readonly prefix: string; readonly data: Json };

export const transform = transformOf<Input>(({ prefix, data }) => ({
  outcome: "SUCCESS",
  output: { id: `${prefix}_${canonicalSha256(data)}` },
}));
