/**
 * One HTTP call from its input to its outcome, in three steps: hold it against the contract, get a
 * connection, exchange. Only the last sends anything, so only the first two may say that nothing
 * was sent. It follows no redirect, tries nothing twice, and asks neither environment nor proxy.
 */
import type { ExternalAnswer } from "../../protocol/language/capabilities.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import type { CallOf } from "../sdk.ts";
import { connectTo, GIVEN_UP, type HttpMeans } from "./connection.ts";
import { exchange } from "./exchange.ts";
import { requestOf } from "./request.ts";
import { HTTP_LIMITS, type HttpSettings } from "./settings.ts";

export async function callHttp(
  call: CallOf<HttpSettings, Json>,
  means: HttpMeans,
): Promise<ExternalAnswer> {
  const { settings, signal, idempotencyKey } = call;
  invariant(/^[!-~]{1,255}$/.test(idempotencyKey), "an idempotency key fits into a header");
  const request = requestOf(call.input, settings, idempotencyKey);
  if ("refused" in request) return nothingSent("REFUSED", request.refused);

  const connection = await connectTo(request, settings, signal, means);
  if ("refused" in connection) return nothingSent("REFUSED", connection.refused);
  if ("unreachable" in connection) return nothingSent("UNREACHABLE", connection.unreachable);
  if ("unknown" in connection) return connection;

  const { socket } = connection;
  if (signal.aborted) {
    socket.destroy();
    return { unknown: GIVEN_UP };
  }
  if (socket.destroyed) return nothingSent("UNREACHABLE", "the connection was closed at once");
  const bytesMax = settings.response_bytes_max ?? HTTP_LIMITS.responseBytes;
  return await exchange(request, socket, bytesMax, signal);
}

function nothingSent(outcome: "REFUSED" | "UNREACHABLE", reason: string): ExternalAnswer {
  const short = reason.slice(0, HTTP_LIMITS.reasonCharsMax).toWellFormed();
  return { outcome, output: { reason: short } };
}
