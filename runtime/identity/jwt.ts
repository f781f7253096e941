/**
 * Whether a token was signed with a key: the one file that knows the package for it. A part of the
 * program of its own, loaded when a token is shown and not before. It judges no claim.
 */
import type { KeyObject } from "node:crypto";
import { compactVerify, errors } from "jose";
import type { Algorithm } from "./token-text.ts";

/** The bytes that were signed; undefined where that key did not sign them. */
export async function signedBytes(
  token: string,
  key: KeyObject,
  algorithm: Algorithm,
): Promise<Uint8Array | undefined> {
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [algorithm] });
    return payload;
  } catch (error) {
    // Whatever else it finds in a token, it was not signed as it says.
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}
