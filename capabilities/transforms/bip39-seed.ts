/**
 * The BIP-39 seed of an English mnemonic and a passphrase (PBKDF2-HMAC-SHA512, 2048 rounds). A
 * phrase whose words or checksum are wrong has an outcome of its own: it never quietly becomes the
 * seed of another wallet.
 */
import { mnemonicToSeedSync, validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { hexOf } from "../hex.ts";
import { NOTHING, transformOf } from "../sdk.ts";

type Input = { readonly mnemonic: string; readonly passphrase: string };

export const transform = transformOf<Input>(({ mnemonic, passphrase }) =>
  validateMnemonic(mnemonic, wordlist)
    ? { outcome: "SUCCESS", output: { seed: hexOf(mnemonicToSeedSync(mnemonic, passphrase)) } }
    : { outcome: "INVALID_MNEMONIC", output: NOTHING },
);
