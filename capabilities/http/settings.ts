/**
 * What a contract may set of `http-call`, and the bounds that no contract can widen. They stand here
 * and not among the limits of the language, because they are part of this implementation's digest.
 */
import type { JsonObject } from "../../protocol/language/json.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

export const HTTP_LIMITS = Object.freeze({
  hostsMax: 64,
  urlCharsMax: 8 * KIB,
  /** Names, values and what stands between them. */
  headersBytesMax: 16 * KIB,
  headersMax: 100,
  requestBytesMax: 1 * MIB,
  responseBytesMax: 1 * MIB,
  /** Where the contract says nothing. */
  responseBytes: 256 * KIB,
  /** An outcome's output as JSON: what a record takes, less what sealing its parts may add. */
  outputBytesMax: 2 * MIB - 64 * KIB,
  /** Addresses of one name that are tried, one after the other. */
  addressesMax: 4,
  /** Until a connection stands; then nothing was sent yet. The contract's timeout bounds the rest. */
  connectTimeoutMs: 5_000,
  reasonCharsMax: 300,
});

export type HttpSettings = JsonObject & {
  readonly hosts: readonly string[];
  readonly insecure?: boolean;
  readonly private?: boolean;
  readonly response_bytes_max?: number;
  readonly request_bytes_max?: number;
  readonly ca?: string;
};

const PORT =
  "(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?";
const NAME = "[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?";

export const HTTP_SETTINGS: JsonObject = {
  type: "object",
  required: ["hosts"],
  additionalProperties: false,
  properties: {
    hosts: {
      description:
        "The hosts that may be called: a name for its usual port, or a name and a port. No wildcards.",
      type: "array",
      minItems: 1,
      maxItems: HTTP_LIMITS.hostsMax,
      uniqueItems: true,
      items: { type: "string", maxLength: 259, pattern: `^(${NAME}|\\[[0-9a-f:.]+\\])${PORT}$` },
    },
    insecure: { description: "Allows http beside https.", type: "boolean" },
    private: {
      description:
        "Allows addresses that are not of the public internet: loopback, private networks, metadata.",
      type: "boolean",
    },
    response_bytes_max: { type: "integer", minimum: 0, maximum: HTTP_LIMITS.responseBytesMax },
    request_bytes_max: { type: "integer", minimum: 0, maximum: HTTP_LIMITS.requestBytesMax },
    ca: {
      description: "Certificates of the authorities to trust instead of the public ones, as PEM.",
      type: "string",
      minLength: 1,
      maxLength: 64 * KIB,
    },
  },
};
