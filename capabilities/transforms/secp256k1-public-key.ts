/**
 * The secp256k1 public key of a private key, in both forms of SEC 1: uncompressed (65 bytes) and
 * compressed (33 bytes). A number that is no private key of the curve is INVALID_KEY.
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { bytesOf, hexOf } from "../hex.ts";
import { NOTHING, transformOf } from "../sdk.ts";

type Input = { readonly private_key: string };

export const transform = transformOf<Input>(({ private_key }) => {
  const key = bytesOf(private_key);
  if (!secp256k1.utils.isValidSecretKey(key)) return { outcome: "INVALID_KEY", output: NOTHING };
  return {
    outcome: "SUCCESS",
    output: {
      public_key: hexOf(secp256k1.getPublicKey(key, false)),
      compressed_public_key: hexOf(secp256k1.getPublicKey(key, true)),
    },
  };
});
