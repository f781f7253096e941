/**
 * Where work comes in: a payload is read strictly, held against its workflow's schema, and taken or
 * refused as a whole. Nothing is written before that, and no refusal quotes a labelled value.
 */
import type { SealedPlace } from "../protocol/language/graph.ts";
import { isObject, type Json, pointer } from "../protocol/language/json.ts";
import type { SchemaCheck, SchemaFault } from "../protocol/language/json-schema.ts";
import { IDEMPOTENCY_KEY_PATTERN, isTraceId } from "../protocol/language/names.ts";
import { plainJson } from "../protocol/language/plain-json.ts";
import { type Problem, Refusal } from "../protocol/language/refusal.ts";
import { readStrictJson } from "../protocol/language/strict-json.ts";
import type { CheckedProgram } from "./json-schema.ts";
import { SEALED_MEMBER } from "./machine/places.ts";
import { overweight } from "./machine/weigh.ts";

/** What a value from outside is held against, and how it is told that it does not fit. */
export interface Expected {
  /** An index into the graph's schemas. */
  readonly schema: number;
  readonly seal: readonly SealedPlace[];
  readonly unfit: string;
}

/**
 * The payload as the machine takes it: clear, plain, frozen. `narrowed`: what an intent takes, where
 * that is narrower than what its workflow takes.
 */
export function acceptPayload(
  program: CheckedProgram,
  given: Uint8Array | Json,
  narrowed: SchemaCheck | null = null,
): Json {
  const { payload: schema, sealPayload: seal, workflow } = program.graph;
  const unfit = `the payload does not fit what \`${workflow}\` expects`;
  return acceptValue(program, { schema, seal, unfit }, given, narrowed);
}

/** The same of any value that comes in, held against a schema of the graph. */
export function acceptValue(
  program: CheckedProgram,
  { schema, seal, unfit }: Expected,
  given: Uint8Array | Json,
  narrowed: SchemaCheck | null = null,
): Json {
  const value = given instanceof Uint8Array ? readBytes(given) : readValue(given);
  const faults = program.faults(schema, value) ?? narrowed?.(value) ?? null;
  if (faults !== null) {
    refuse("unfit", unfit, {
      problems: faults.map((fault) => discreet(problemOf(fault), seal)),
    });
  }
  const excess = overweight(value, seal);
  if (excess !== null) refuse("too-large", excess, {});
  return value;
}

/** The traces that the runtime begins for itself, and the ids that it gives: UUIDs of version 7. */
const RESERVED_TRACE =
  /^(?:cut|boot|refused|session)-|^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** What begins like a tenant's name and a dot is that tenant's; every other id this one's. */
const TENANTS_TRACE = /^([a-z][a-z0-9_-]{0,62})\./i;
const BARE_TRACES_TENANT = "default";

/**
 * A trace id of the caller's own: safe as a file name everywhere, and none of recovery's. No tenant
 * can take an id of another's, nor learn from it that it is taken.
 */
export function acceptTraceId(given: string, tenant: string): string {
  if (!isTraceId(given)) {
    const message = "expected at most 127 letters, digits, dots, dashes and underscores";
    const hint = "A trace id begins with a letter or digit, ends in no dot, names no device.";
    throw new Refusal("acceptance", "trace/bad-id", message, { hint });
  }
  if (RESERVED_TRACE.test(given)) {
    const message =
      "trace ids that begin with `cut-`, `boot-`, `refused-` or `session-`, and UUIDs of version 7, are reserved";
    const hint = "Name a trace in another way, or leave that to the runtime.";
    throw new Refusal("acceptance", "trace/reserved-id", message, { hint });
  }
  const owner = TENANTS_TRACE.exec(given)?.[1]?.toLowerCase() ?? BARE_TRACES_TENANT;
  if (owner === tenant) return given;
  const message = `expected a trace id of the tenant \`${tenant}\`, found another's`;
  const hint = `Begin it with \`${tenant}.\`.`;
  throw new Refusal("acceptance", "trace/other-tenant", message, { hint });
}

/** An idempotency key of the caller's. */
export function acceptIdempotencyKey(given: string): string {
  if (IDEMPOTENCY_KEY_PATTERN.test(given)) return given;
  const message =
    "expected an idempotency key of 1 to 255 visible ASCII characters, without spaces";
  throw new Refusal("acceptance", "idempotency/bad-key", message);
}

function refuse(
  code: string,
  message: string,
  { problems = [], hint }: { readonly problems?: readonly Problem[]; readonly hint?: string },
): never {
  throw new Refusal("acceptance", `payload/${code}`, message, { problems, hint });
}

function readBytes(bytes: Uint8Array): Json {
  const read = readStrictJson(bytes);
  if ("fault" in read) {
    const { code, message, pointer, offset } = read.fault;
    if (code === "json/not-utf8") {
      // What is no text has no characters to count; what stands there may be a secret.
      const found = `found bytes that are none, at byte ${offset} from 0`;
      const hint = "Save the payload as UTF-8, without a byte order mark.";
      return refuse("not-utf8", `${message}, ${found}`, { problems: [{ pointer, message }], hint });
    }
    return refuse(code.slice("json/".length), `${message}, at character ${offset}`, {
      problems: [{ pointer, message }],
    });
  }
  const reserved = findReserved(read.value, []);
  if (reserved === undefined) return read.value;
  const message = `the member \`${SEALED_MEMBER}\` is reserved for sealed values`;
  return refuse("reserved-member", message, { problems: [{ pointer: reserved, message }] });
}

function readValue(value: Json): Json {
  const read = plainJson(value);
  if ("value" in read) return read.value;
  return refuse("not-json", "the payload is not plain JSON", { problems: [read.problem] });
}

/** The pointer of a value that would pass for a sealed one. */
function findReserved(value: Json, path: readonly (string | number)[]): string | undefined {
  if (Array.isArray(value)) return firstOf(value.entries(), path);
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, SEALED_MEMBER)) return pointer(path);
  return firstOf(Object.entries(value), path);
}

function firstOf(
  members: Iterable<readonly [string | number, Json]>,
  path: readonly (string | number)[],
): string | undefined {
  for (const [key, inner] of members) {
    const found = findReserved(inner, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What people write into a payload to say who asks. */
const WHO_ASKS: ReadonlySet<string> = new Set(["principal", "tenant", "roles", "session"]);
/** A longer name helps nobody to find it. */
const MEMBER_CHARS_MAX = 100;

/** Names the member that may not stand there: its name, and never its value. */
function problemOf({ pointer: at, message, member }: SchemaFault): Problem {
  if (member === undefined || member.length > MEMBER_CHARS_MAX) return { pointer: at, message };
  const problem = { pointer: at, message: `${message}: found \`${member}\`` };
  if (at !== "" || !WHO_ASKS.has(member)) return problem;
  const hint =
    "Who asks never comes from a payload: it is the operator of the configuration, or the holder of the session that is shown.";
  return { ...problem, hint };
}

/** Names no place inside a labelled value: its keys may be as secret as its values. */
function discreet(problem: Problem, places: readonly SealedPlace[]): Problem {
  const steps = problem.pointer.split("/").slice(1);
  for (const { path } of places) {
    if (path.length > steps.length) continue;
    const inside = path.every(
      (step, at) => typeof step === "object" || pointer([step]) === `/${steps[at]}`,
    );
    if (!inside) continue;
    const shown = steps.slice(0, path.length).map((step) => `/${step}`);
    return { pointer: shown.join(""), message: "the labelled value does not fit its schema" };
  }
  return problem;
}
