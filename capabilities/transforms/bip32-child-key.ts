/**
 * The BIP-32 private child key at a path below a key (`m` stands for the key given). An index that
 * gives no key of the curve is INVALID_KEY: the library would go on with the next index, and a path
 * must never name a key that is not its own.
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { HARDENED_OFFSET, HDKey } from "@scure/bip32";
import { invariant } from "../../protocol/language/invariant.ts";
import { bytesOf, hexOf } from "../hex.ts";
import { NOTHING, transformOf } from "../sdk.ts";

type Input = { readonly private_key: string; readonly chain_code: string; readonly path: string };

const INVALID_KEY = { outcome: "INVALID_KEY", output: NOTHING } as const;

export const transform = transformOf<Input>(({ private_key, chain_code, path }) => {
  const privateKey = bytesOf(private_key);
  if (!secp256k1.utils.isValidSecretKey(privateKey)) return INVALID_KEY;
  let key = new HDKey({ privateKey, chainCode: bytesOf(chain_code) });
  for (const index of indicesOf(path)) {
    key = key.deriveChild(index);
    if (key.index !== index) return INVALID_KEY;
  }
  invariant(
    key.privateKey !== null && key.chainCode !== null,
    "a private key has private children",
  );
  return {
    outcome: "SUCCESS",
    output: { private_key: hexOf(key.privateKey), chain_code: hexOf(key.chainCode) },
  };
});

/** `m/44'/0` gives 44 + 2^31 and 0. */
function indicesOf(path: string): readonly number[] {
  return path
    .split("/")
    .slice(1)
    .map((step) =>
      step.endsWith("'") ? Number(step.slice(0, -1)) + HARDENED_OFFSET : Number(step),
    );
}
