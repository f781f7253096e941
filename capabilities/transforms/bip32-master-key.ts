/**
 * The BIP-32 master key of a seed: private key, chain code, and the fingerprint (the first four
 * bytes of HASH160 of the public key) by which a wallet is recognised. A seed that gives no key of
 * the curve (less likely than 1 in 2^127) is INVALID_KEY, as the standard asks.
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { HDKey } from "@scure/bip32";
import { bytesOf, hexOf } from "../hex.ts";
import { NOTHING, transformOf } from "../sdk.ts";

type Input = { readonly seed: string };

export const transform = transformOf<Input>(({ seed }) => {
  const digest = hmac(sha512, utf8ToBytes("Bitcoin seed"), bytesOf(seed));
  const privateKey = digest.slice(0, 32);
  const chainCode = digest.slice(32);
  if (!secp256k1.utils.isValidSecretKey(privateKey)) {
    return { outcome: "INVALID_KEY", output: NOTHING };
  }
  const { fingerprint } = new HDKey({ privateKey, chainCode });
  return {
    outcome: "SUCCESS",
    output: {
      private_key: hexOf(privateKey),
      chain_code: hexOf(chainCode),
      fingerprint: `0x${fingerprint.toString(16).padStart(8, "0")}`,
    },
  };
});
