/**
 * Bytes as the language writes them: `0x` and two lower-case digits a byte, so that one value has
 * one text. The contracts' patterns hold every text before it comes here.
 */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";

export function bytesOf(text: string): Uint8Array {
  return hexToBytes(text.slice(2));
}

export function hexOf(bytes: Uint8Array): string {
  return `0x${bytesToHex(bytes)}`;
}
