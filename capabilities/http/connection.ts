/**
 * A connection to a host whose every address was looked at first. The name is looked up once and
 * what is connected to is what was checked, so a name server that answers twice changes nothing.
 * Until a connection is handed on, not a byte of the request was sent: every failure here is certain.
 */
import { X509Certificate } from "node:crypto";
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { clearTimeout, setTimeout } from "node:timers";
import {
  connect as connectSecurely,
  createSecureContext,
  rootCertificates,
  type SecureContext,
} from "node:tls";
import { isPublicAddress } from "./addresses.ts";
import { type HttpRequest, serverNameOf } from "./request.ts";
import { HTTP_LIMITS, type HttpSettings } from "./settings.ts";

/** What the machine gives, and tests replace. */
export interface HttpMeans {
  /** All addresses of a name. */
  readonly lookup: (name: string) => Promise<readonly string[]>;
  readonly connectTimeoutMs: number;
}

/** Why there is no connection: nothing was sent. */
export type NoConnection =
  | { readonly refused: string }
  | { readonly unreachable: string }
  | { readonly unknown: string };

export type Connection = { readonly socket: Socket } | NoConnection;

/** When waiting for a connection ends. The promise settles at most once, and only before `forget`. */
interface Bound {
  readonly reached: Promise<NoConnection>;
  readonly forget: () => void;
}

export const GIVEN_UP = "given up before an answer had come";

export async function connectTo(
  request: HttpRequest,
  settings: HttpSettings,
  signal: AbortSignal,
  means: HttpMeans,
): Promise<Connection> {
  const authorities = request.secure ? authoritiesOf(settings.ca) : undefined;
  if (request.secure && authorities === undefined) {
    return { refused: "expected `ca` to be certificates as PEM" };
  }
  const bound = boundOf(signal, means.connectTimeoutMs);
  try {
    const found = await Promise.race([addressesOf(request.host, means), bound.reached]);
    if (!("addresses" in found)) return found;
    const hidden = found.addresses.find((address) => !isPublicAddress(address));
    if (hidden !== undefined && settings.private !== true) {
      return { refused: `\`${request.host}\` leads to ${hidden}, which is not a public address` };
    }
    return await connectToOneOf(found.addresses, (address) =>
      opened(request, address, authorities, bound),
    );
  } finally {
    bound.forget();
  }
}

function boundOf(signal: AbortSignal, timeoutMs: number): Bound {
  const { promise, resolve } = withResolver<NoConnection>();
  const giveUp = (): void => resolve({ unknown: GIVEN_UP });
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp, { once: true });
  const timer = setTimeout(
    () => resolve({ unreachable: `no connection stood after ${timeoutMs} ms` }),
    timeoutMs,
  );
  return {
    reached: promise,
    forget: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
    },
  };
}

function withResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((take) => {
    resolve = take;
  });
  return { promise, resolve };
}

async function addressesOf(
  host: string,
  means: HttpMeans,
): Promise<{ readonly addresses: readonly string[] } | NoConnection> {
  if (isIP(host) !== 0) return { addresses: [host] };
  try {
    const addresses = await means.lookup(host);
    if (addresses.length === 0) return { unreachable: `\`${host}\` has no address` };
    return { addresses };
  } catch (error) {
    return { unreachable: `\`${host}\` could not be looked up (${codeOf(error)})` };
  }
}

/** The first that answers. Another may be tried, because a failed one got nothing of the request. */
async function connectToOneOf(
  addresses: readonly string[],
  open: (address: string) => Promise<Connection | { readonly failed: string }>,
): Promise<Connection> {
  const failures: string[] = [];
  for (const address of addresses.slice(0, HTTP_LIMITS.addressesMax)) {
    const connection = await open(address);
    if (!("failed" in connection)) return connection;
    failures.push(connection.failed);
  }
  return { unreachable: failures.join(", ") };
}

function opened(
  request: HttpRequest,
  address: string,
  authorities: SecureContext | undefined,
  bound: Bound,
): Promise<Connection | { readonly failed: string }> {
  const socket =
    authorities === undefined
      ? connectPlain({ host: address, port: request.port })
      : connectSecurely(secureOptions(request, address, authorities));
  return new Promise((resolve) => {
    const end = (answer: NoConnection | { readonly failed: string }): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once(authorities === undefined ? "connect" : "secureConnect", () => resolve({ socket }));
    // Stays on the socket: an error between here and the request is seen there as a closed socket.
    socket.on("error", (error) =>
      end({ failed: `no connection to ${address} (${codeOf(error)})` }),
    );
    socket.once("close", () => end({ failed: `${address} closed the connection` }));
    void bound.reached.then(end);
  });
}

/** Everything that the environment or a flag of Node could change is said. */
function secureOptions(request: HttpRequest, address: string, authorities: SecureContext) {
  const servername = serverNameOf(request.host);
  return {
    host: address,
    port: request.port,
    secureContext: authorities,
    rejectUnauthorized: true,
    ALPNProtocols: ["http/1.1"],
    ...(servername === undefined ? {} : { servername }),
  };
}

let publicAuthorities: SecureContext | undefined;

/** Undefined where the text holds no certificates. */
function authoritiesOf(ca: string | undefined): SecureContext | undefined {
  if (ca === undefined) {
    // Those that come with Node: a list in the environment is not asked for.
    publicAuthorities ??= createSecureContext({ ca: [...rootCertificates], minVersion: "TLSv1.2" });
    return publicAuthorities;
  }
  const certificates = ca.match(/-----BEGIN [^-]+-----[^-]*-----END [^-]+-----/g) ?? [];
  if (certificates.length === 0 || !certificates.every(isCertificate)) return undefined;
  return createSecureContext({ ca: certificates, minVersion: "TLSv1.2" });
}

/** The context itself takes broken ones silently, and then trusts nobody. */
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/** An error's code: never its message, which may hold what the other side chose. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "no code";
}
