/**
 * An HTTP call to a host that the contract names. It never calls another host or address, never
 * follows a redirect, and never says that nothing was sent once a byte of the request was.
 */
import { lookup } from "node:dns/promises";
import type { Json } from "../../protocol/language/json.ts";
import { callHttp } from "../http/call.ts";
import { HTTP_LIMITS, HTTP_SETTINGS, type HttpSettings } from "../http/settings.ts";
import { externalOf } from "../sdk.ts";

const MEANS = Object.freeze({
  lookup: async (name: string) =>
    (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address),
  connectTimeoutMs: HTTP_LIMITS.connectTimeoutMs,
});

export const external = externalOf<HttpSettings, Json>({
  settings: HTTP_SETTINGS,
  call: (call) => callHttp(call, MEANS),
});
