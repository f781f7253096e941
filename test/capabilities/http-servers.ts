/**
 * Real servers on loopback that keep what they were asked, and answer what a test wants: as HTTP, or
 * byte by byte where an answer is to be broken.
 */
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { createServer as createTcp, type Server, type Socket } from "node:net";
import { afterEach } from "vitest";
import { callHttp } from "../../capabilities/http/call.ts";
import { HTTP_LIMITS, type HttpSettings } from "../../capabilities/http/settings.ts";
import type { ExternalAnswer, ExternalCall } from "../../protocol/language/capabilities.ts";
import { deepFreeze, type Json, type JsonObject } from "../../protocol/language/json.ts";
import { capabilities } from "./built.ts";
import tls from "./vectors/tls.json" with { type: "json" };

export const AUTHORITY = tls.authority;
export const KEY = "idem-0001";

/** What a server was asked. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export interface Listening {
  readonly port: number;
  readonly asked: readonly Asked[];
  /** Connections that were made, whatever came over them. */
  readonly connections: () => number;
  /** Resolves when every connection that was made is closed. */
  readonly drained: () => Promise<void>;
}

const running = new Set<() => Promise<void>>();

afterEach(async () => {
  for (const stop of running) await stop();
  running.clear();
});

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A server whose handler gets each request whole. */
export async function serving(handler: Handler, secure = false): Promise<Listening> {
  const asked: Asked[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers, rawHeaders } = request;
      const body = Buffer.concat(chunks).toString("utf8");
      asked.push({ method, url, headers, rawHeaders, body });
      handler(request, response, body);
    });
  };
  const server = secure
    ? createHttps({ key: tls.key, cert: tls.certificate }, listener)
    : createHttp(listener);
  return await listening(server, asked);
}

/** A server that answers the first bytes of a connection as it likes. */
export async function answering(answer: (socket: Socket) => void): Promise<Listening> {
  const server = createTcp((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => answer(socket));
  });
  return await listening(server, []);
}

async function listening(server: Server, asked: readonly Asked[]): Promise<Listening> {
  const sockets = new Set<Socket>();
  let made = 0;
  server.on("connection", (socket: Socket) => {
    made += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  running.add(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    asked,
    connections: () => made,
    drained: async () => {
      for (const socket of [...sockets]) {
        if (!socket.closed) await new Promise((done) => socket.once("close", done));
      }
    },
  };
}

/** A port that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createTcp();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address !== null ? address.port : 0;
}

interface Given {
  readonly settings?: JsonObject;
  readonly signal?: AbortSignal;
}

function callOf(input: Json, { settings, signal }: Given): ExternalCall {
  return {
    operation: "CALL",
    input: deepFreeze(input),
    settings: deepFreeze({ hosts: ["127.0.0.1"], ...settings }),
    repeat: "unsafe",
    idempotencyKey: KEY,
    attempt: 1,
    trace: "trace",
    node: "node",
    signal: signal ?? new AbortController().signal,
  };
}

/** Calls with the bytes that are sealed. */
export function calling(input: Json, given: Given = {}): Promise<ExternalAnswer> {
  return capabilities.external("http-call").call(callOf(input, given));
}

/** Calls with a name server of the test's own. */
export function callingWith(
  lookup: (name: string) => Promise<readonly string[]>,
  input: Json,
  given: Given & { readonly connectTimeoutMs?: number } = {},
): Promise<ExternalAnswer> {
  const call = callOf(input, given);
  return callHttp(
    { ...call, settings: call.settings as HttpSettings },
    { lookup, connectTimeoutMs: given.connectTimeoutMs ?? HTTP_LIMITS.connectTimeoutMs },
  );
}

/** The settings that let a call reach a server of these tests. */
export function local(port: number, more: JsonObject = {}): Given {
  return { settings: { hosts: [`127.0.0.1:${port}`], insecure: true, private: true, ...more } };
}
