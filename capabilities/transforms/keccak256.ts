/**
 * Keccak-256 as Ethereum uses it: the original padding, which is not that of SHA3-256 (FIPS 202).
 * Takes and gives bytes as `0x` text.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesOf, hexOf } from "../hex.ts";
import { transformOf } from "../sdk.ts";

type Input = { readonly bytes: string };

export const transform = transformOf<Input>(({ bytes }) => ({
  outcome: "SUCCESS",
  output: { hash: hexOf(keccak_256(bytesOf(bytes))) },
}));
