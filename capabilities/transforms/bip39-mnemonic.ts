/**
 * The BIP-39 mnemonic of entropy, in the English word list. It never makes entropy: that comes in
 * as a recorded fact, because a transform has no randomness.
 */
import { entropyToMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { bytesOf } from "../hex.ts";
import { transformOf } from "../sdk.ts";

type Input = { readonly entropy: string };

export const transform = transformOf<Input>(({ entropy }) => ({
  outcome: "SUCCESS",
  output: { mnemonic: entropyToMnemonic(bytesOf(entropy), wordlist) },
}));
