/**
 * One request and its answer over a connection that stands. From the first byte on nobody knows
 * what the other side did until its answer is whole: whatever breaks off in between is `unknown`,
 * and an answer that came but cannot be taken is UNREADABLE, never REFUSED.
 */
import { Buffer } from "node:buffer";
import { type IncomingMessage, request as requestOver } from "node:http";
import type { Socket } from "node:net";
import type { ExternalAnswer } from "../../protocol/language/capabilities.ts";
import { codeOf, GIVEN_UP } from "./connection.ts";
import type { HttpRequest } from "./request.ts";
import { HTTP_LIMITS } from "./settings.ts";

/** Headers that belong to the connection, and one that is a credential: they are not handed on. */
const KEPT_BACK: ReadonlySet<string> = new Set([
  "__proto__",
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Charsets whose texts are UTF-8. */
const UTF8: ReadonlySet<string> = new Set(["utf-8", "utf8", "us-ascii", "ascii"]);

export function exchange(
  request: HttpRequest,
  socket: Socket,
  responseBytesMax: number,
  signal: AbortSignal,
): Promise<ExternalAnswer> {
  return new Promise((resolve) => {
    const settle = (answer: ExternalAnswer): void => {
      signal.removeEventListener("abort", giveUp);
      socket.destroy();
      resolve(answer);
    };
    const giveUp = (): void => settle({ unknown: GIVEN_UP });
    signal.addEventListener("abort", giveUp, { once: true });
    const asked = requestOver({
      createConnection: () => socket,
      method: request.method,
      path: request.path,
      headers: request.headers,
      setHost: false,
      maxHeaderSize: HTTP_LIMITS.headersBytesMax,
      insecureHTTPParser: false,
    });
    asked.on("error", (error) => settle({ unknown: `the exchange broke off (${codeOf(error)})` }));
    asked.on("response", (response) => {
      const bodiless = request.method === "HEAD" || [204, 304].includes(response.statusCode ?? 0);
      if (bodiless || isFramed(response)) take(response, responseBytesMax, settle);
      else settle(unreadable(response, "nothing in it says where the body ends"));
    });
    asked.on("close", () => settle({ unknown: "the connection was closed without an answer" }));
    asked.end(request.body);
  });
}

/** A body that ends with its connection cannot be told from one that was cut off. */
function isFramed({ headers }: IncomingMessage): boolean {
  return headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
}

/** Reads an answer to its end, or to where it is too large. */
function take(
  response: IncomingMessage,
  bytesMax: number,
  settle: (answer: ExternalAnswer) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > bytesMax) settle(unreadable(response, `the body has more than ${bytesMax} bytes`));
  });
  response.on("error", (error) => settle({ unknown: `the answer broke off (${codeOf(error)})` }));
  response.on("end", () =>
    settle(
      response.complete
        ? answerOf(response, Buffer.concat(chunks))
        : { unknown: "the answer broke off" },
    ),
  );
}

function answerOf(response: IncomingMessage, bytes: Buffer): ExternalAnswer {
  const headers = headersOf(response.rawHeaders);
  if (Object.keys(headers).length > HTTP_LIMITS.headersMax) {
    return unreadable(response, `it has more than ${HTTP_LIMITS.headersMax} headers`);
  }
  const encoding = headers["content-encoding"]?.toLowerCase() ?? "identity";
  if (encoding !== "identity") return unreadable(response, "the body is in an encoding");
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers["content-type"] ?? "")?.[1];
  if (charset !== undefined && !UTF8.has(charset.toLowerCase())) {
    return unreadable(response, "the body's charset is not UTF-8");
  }
  const body = textOf(bytes);
  if (body === undefined) return unreadable(response, "the body is not UTF-8");
  const output = { status: response.statusCode ?? 0, headers, body };
  if (Buffer.byteLength(JSON.stringify(output)) > HTTP_LIMITS.outputBytesMax) {
    return unreadable(response, "the body takes more than a record holds");
  }
  return { outcome: "RESPONSE", output };
}

/** Names in lower case; several of one name as one, in their order. */
function headersOf(raw: readonly string[]): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    if (KEPT_BACK.has(name)) continue;
    const before = headers.get(name);
    const value = raw[at + 1] ?? "";
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(headers);
}

/** Undefined for bytes that are not UTF-8. A byte order mark stays where it is. */
function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function unreadable(response: IncomingMessage, reason: string): ExternalAnswer {
  return { outcome: "UNREADABLE", output: { status: response.statusCode ?? 0, reason } };
}
