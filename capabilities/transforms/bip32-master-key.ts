/**
 * The BIP-32 master key of a seed: private key, chain code, and the fingerprint (the first four
 * bytes of HASH160 of the public key) by which a wallet is recognised. A seed that gives no key of
 * the curve (less likely than 1 in 2^127; none is known) makes it throw: a FAULT, never another key.
 */
import { HDKey } from "@scure/bip32";
import { invariant } from "../../protocol/language/invariant.ts";
import { bytesOf, hexOf } from "../hex.ts";
import { transformOf } from "../sdk.ts";

type Input = { readonly seed: string };

export const transform = transformOf<Input>(({ seed }) => {
  const { privateKey, chainCode, fingerprint } = HDKey.fromMasterSeed(bytesOf(seed));
  invariant(privateKey !== null && chainCode !== null, "a master key is private");
  return {
    outcome: "SUCCESS",
    output: {
      private_key: hexOf(privateKey),
      chain_code: hexOf(chainCode),
      fingerprint: `0x${fingerprint.toString(16).padStart(8, "0")}`,
    },
  };
});
