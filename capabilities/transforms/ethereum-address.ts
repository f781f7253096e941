/**
 * The Ethereum address of an uncompressed public key: the last 20 bytes of the Keccak-256 of its
 * coordinates, with the checksum of EIP-55 in the case of its letters. Bytes that are no point of
 * the curve are INVALID_KEY, never an address that nobody can spend from.
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { bytesOf } from "../hex.ts";
import { NOTHING, transformOf } from "../sdk.ts";

type Input = { readonly public_key: string };

export const transform = transformOf<Input>(({ public_key }) => {
  const point = bytesOf(public_key);
  if (!secp256k1.utils.isValidPublicKey(point, false)) {
    return { outcome: "INVALID_KEY", output: NOTHING };
  }
  const digits = bytesToHex(keccak_256(point.slice(1)).slice(-20));
  return { outcome: "SUCCESS", output: { address: checksummed(digits) } };
});

/** EIP-55: a letter is upper case where the hash of the lower-case digits has a digit above 7. */
function checksummed(digits: string): string {
  const hash = bytesToHex(keccak_256(utf8ToBytes(digits)));
  const cased = [...digits].map((digit, at) =>
    Number.parseInt(hash.charAt(at), 16) > 7 ? digit.toUpperCase() : digit,
  );
  return `0x${cased.join("")}`;
}
