/**
 * What a call asks for, held against what its contract allows: pure, and before anything is looked
 * up or opened. What passes here is sent as it stands; nothing is repaired or left out silently.
 */
import { Buffer } from "node:buffer";
import { isIP } from "node:net";
import { URL } from "node:url";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { isObject, member } from "../../protocol/language/json.ts";
import { HTTP_LIMITS, type HttpSettings } from "./settings.ts";

/** A request that may be sent, once its host's addresses are known to be allowed. */
export interface HttpRequest {
  readonly method: string;
  readonly secure: boolean;
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** All that are sent, the engine's own included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Why nothing was sent. */
export interface Refused {
  readonly refused: string;
}

const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
]);

/** What frames the message, names the other side or says who asks: never the author's to write. */
const ENGINE_HEADERS: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "host",
  "http2-settings",
  "idempotency-key",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
/** No control characters, no line ends, nothing that a reader would trim. */
const HEADER_VALUE = /^([!-~]([\t -~]*[!-~])?)?$/;
const MEMBERS: ReadonlySet<string> = new Set(["method", "url", "headers", "body"]);

export function requestOf(
  input: Json,
  settings: HttpSettings,
  idempotencyKey: string,
): HttpRequest | Refused {
  if (!isObject(input)) return { refused: "expected an object with `method` and `url`" };
  const other = Object.keys(input).find((name) => !MEMBERS.has(name));
  if (other !== undefined) return { refused: `\`${other}\` is not a part of a request` };

  const method = member(input, "method");
  if (typeof method !== "string" || !METHODS.has(method)) {
    return { refused: `expected \`method\` to be one of ${[...METHODS].join(", ")}` };
  }
  const url = urlOf(member(input, "url"), settings);
  if ("refused" in url) return url;
  const headers = headersOf(member(input, "headers"));
  if ("refused" in headers) return headers;
  const body = bodyOf(input, settings);
  if ("refused" in body) return body;

  const framed = body.bytes !== undefined || !["GET", "HEAD", "OPTIONS"].includes(method);
  const bytes = body.bytes ?? Buffer.alloc(0);
  return {
    method,
    secure: url.protocol === "https:",
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: portOf(url),
    path: `${url.pathname}${url.search}`,
    headers: {
      ...headers.given,
      Host: url.host,
      "Idempotency-Key": idempotencyKey,
      "Accept-Encoding": "identity",
      Connection: "close",
      ...(framed ? { "Content-Length": String(bytes.length) } : {}),
    },
    body: bytes,
  };
}

function urlOf(text: Json | undefined, settings: HttpSettings): URL | Refused {
  // Parsers of addresses drop line ends and blanks and turn backslashes; what is sent is what stands.
  const plain = typeof text === "string" && /^[!-[\]-~]+$/.test(text);
  if (!plain || text.length > HTTP_LIMITS.urlCharsMax || !URL.canParse(text)) {
    return { refused: "expected `url` to be a whole URL" };
  }
  const url = new URL(text);
  const schemes = settings.insecure === true ? ["https:", "http:"] : ["https:"];
  if (!schemes.includes(url.protocol)) {
    return { refused: `\`${url.protocol}\` is not allowed, expected ${schemes.join(" or ")}` };
  }
  if (url.username !== "" || url.password !== "" || /^[^/]*\/\/[^/?#]*@/.test(text)) {
    return { refused: "expected `url` without a user" };
  }
  if (url.hash !== "") return { refused: "expected `url` without a fragment: none is ever sent" };
  if (!settings.hosts.some((host) => allows(host, url))) {
    return { refused: `\`${url.host}\` is not one of the hosts that the contract names` };
  }
  return url;
}

/** Whether an entry of the contract's list is this host and port. */
function allows(entry: string, url: URL): boolean {
  if (!URL.canParse(`${url.protocol}//${entry}`)) return false;
  const allowed = new URL(`${url.protocol}//${entry}`);
  return allowed.hostname === url.hostname && portOf(allowed) === portOf(url);
}

function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

function headersOf(
  headers: Json | undefined,
): { readonly given: Readonly<Record<string, string>> } | Refused {
  if (headers === undefined) return { given: {} };
  if (!isObject(headers)) return { refused: "expected `headers` to be an object of texts" };
  const seen = new Set<string>();
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!HEADER_NAME.test(name)) return { refused: "expected every header's name to be a token" };
    if (ENGINE_HEADERS.has(lower) || lower.startsWith("proxy-")) {
      return { refused: `the header \`${name}\` is not the contract's to write` };
    }
    if (seen.has(lower)) return { refused: `the header \`${name}\` stands there twice` };
    if (typeof value !== "string" || !HEADER_VALUE.test(value)) {
      return { refused: `expected the header \`${name}\` to be a text of visible characters` };
    }
    seen.add(lower);
    bytes += name.length + value.length + 4;
  }
  if (seen.size > HTTP_LIMITS.headersMax || bytes > HTTP_LIMITS.headersBytesMax) {
    return { refused: "the headers are too large" };
  }
  return { given: headers as Readonly<Record<string, string>> };
}

function bodyOf(
  input: JsonObject,
  settings: HttpSettings,
): { readonly bytes: Buffer | undefined } | Refused {
  const body = member(input, "body");
  if (body === undefined) return { bytes: undefined };
  if (typeof body !== "string") return { refused: "expected `body` to be a text" };
  const bytes = Buffer.from(body, "utf8");
  const bytesMax = settings.request_bytes_max ?? HTTP_LIMITS.requestBytesMax;
  if (bytes.length > bytesMax) {
    return { refused: `the body has ${bytes.length} bytes, expected at most ${bytesMax}` };
  }
  return { bytes };
}

/** The name to ask the other side's certificate for; none for an address. */
export function serverNameOf(host: string): string | undefined {
  return isIP(host) === 0 ? host : undefined;
}
