/**
 * A token taken apart: three parts in base64url, of which the first says how it was signed. Each part
 * is read strictly, so that one token has one text: two that differ in a bit that nobody reads would
 * open two sessions. What it says is not believed here.
 */
import { isObject, type JsonObject, member } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { readStrictJson } from "../../protocol/language/strict-json.ts";
import { found, tokenFault } from "./token-fault.ts";

/** The algorithms that are taken. No other name is ever looked up. */
export const ALGORITHMS = Object.freeze(["EdDSA", "RS256"] as const);
export type Algorithm = (typeof ALGORITHMS)[number];

export interface TokenText {
  readonly text: string;
  readonly algorithm: Algorithm;
  /** Which of the issuer's keys it says that it was signed with. */
  readonly keyId: string | undefined;
}

/** Members of a header that bring a key, or say where to fetch one. */
const KEYS_IN_HEADER = Object.freeze(["jwk", "jku", "x5c", "x5u"]);
/** Other names for a token's type are those of other documents. */
const TYPE = /^(application\/)?(at\+)?jwt$/i;

export function takeApart(text: string): TokenText {
  if (text.length > LIMITS.tokenBytesMax) {
    const sizes = `expected a token of at most ${LIMITS.tokenBytesMax} bytes`;
    throw tokenFault("too-large", `${sizes}, found ${text.length}`);
  }
  const parts = text.split(".");
  const [head = "", , signature = ""] = parts;
  if (parts.length !== 3) {
    const count = `expected a token of three parts, found ${parts.length}`;
    throw tokenFault("malformed", count, "It is a signed JSON Web Token, and nothing around it.");
  }
  const bytes = parts.map(bytesOf);
  if (bytes.includes(undefined) || head === "") {
    throw tokenFault("malformed", "expected parts in base64url, found something else");
  }
  const header = headerIn(bytes[0] as Uint8Array);
  const algorithm = algorithmIn(header);
  if (signature === "") throw tokenFault("bad-signature", "expected a signature, found none");
  requireOrdinary(header);
  const keyId = member(header, "kid");
  if (keyId !== undefined && typeof keyId !== "string") {
    throw tokenFault("malformed", `expected a text as \`kid\`, ${found(keyId)}`);
  }
  return { text, algorithm, keyId };
}

/** Undefined for text that is not what these bytes are written as. */
function bytesOf(part: string): Uint8Array | undefined {
  const bytes = Buffer.from(part, "base64url");
  return bytes.toString("base64url") === part ? bytes : undefined;
}

function headerIn(bytes: Uint8Array): JsonObject {
  const read = readStrictJson(bytes);
  if ("fault" in read) {
    throw tokenFault("malformed", `the header of the token is refused: ${read.fault.message}`);
  }
  if (isObject(read.value)) return read.value;
  throw tokenFault("malformed", `expected an object as the token's header, ${found(read.value)}`);
}

function algorithmIn(header: JsonObject): Algorithm {
  const named = member(header, "alg");
  const algorithm = ALGORITHMS.find((one) => one === named);
  if (algorithm !== undefined) return algorithm;
  const message = `expected a token signed with ${ALGORITHMS.join(" or ")}, ${found(named)}`;
  throw tokenFault("algorithm", message, "Have the issuer sign it with one of them.");
}

function requireOrdinary(header: JsonObject): void {
  if (member(header, "crit") !== undefined || member(header, "b64") !== undefined) {
    const message = "expected no member of the token's header that must be understood, found one";
    throw tokenFault("critical-header", message);
  }
  const key = KEYS_IN_HEADER.find((name) => member(header, name) !== undefined);
  if (key !== undefined) {
    const message = `expected a token that brings no key of its own, found \`${key}\` in its header`;
    throw tokenFault("key-in-header", message, "Keys are those of the configured file alone.");
  }
  const type = member(header, "typ");
  if (type === undefined || (typeof type === "string" && TYPE.test(type))) return;
  throw tokenFault("malformed", `expected a token of type \`JWT\`, ${found(type)}`);
}
