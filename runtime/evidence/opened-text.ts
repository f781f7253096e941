/**
 * The text of an `opened` record, parsed by its parts: what stands in many of them to the letter (who
 * asks for what, under which snapshot, and what was decided) is parsed once and shared, frozen. It
 * gives what `JSON.parse` of the whole text gives, member for member, or nothing; it judges nothing.
 */
import { deepFreeze, isObject, type Json, type JsonObject } from "../../protocol/language/json.ts";

/** Up to the first part: what differs from record to record, and can be told by its characters. */
const BEGIN =
  /^\{"n":([1-9][0-9]{0,14}),"trace":"([A-Za-z0-9._-]{1,127})","seq":([1-9][0-9]{0,14}),"at":"([0-9TZ:.-]{24})","type":"opened","format":([1-9]),"epoch":([1-9][0-9]{0,14}),"flushed":(0|[1-9][0-9]{0,14}),/;
/** Between the parts. */
const KEY = /,"idempotency_key":(?:null|"([!#-[\]-~]*)"),"policy":/y;
const KEY_NAME = ',"idempotency_key":';
const PAYLOAD_NAME = ',"payload":';

const ASKED_NAMES = [
  ...["snapshot", "engine", "workflow", "intent"],
  ...["tenant", "session", "principal", "caller"],
];
const REST_NAMES = ["payload", "started_at", "prev", "hash"];

/**
 * Each part is a whole value, or whole members, by itself, and stands where one is expected: so the
 * text as a whole says what its parts say. Undefined for a text that has others, or in another order.
 */
export function parseOpened(text: string): JsonObject | undefined {
  const begin = BEGIN.exec(text);
  if (begin === null) return undefined;
  const [before, n, trace = "", seq, at = "", format, epoch, flushed] = begin;
  const keyAt = text.indexOf(KEY_NAME, before.length);
  KEY.lastIndex = keyAt;
  const between = keyAt < 0 ? null : KEY.exec(text);
  if (between === null) return undefined;
  const policyAt = keyAt + between[0].length;
  const payloadAt = text.indexOf(PAYLOAD_NAME, policyAt);
  if (payloadAt < 0) return undefined;
  const asked = membersIn(text.slice(before.length, keyAt));
  const policy = valueIn(text.slice(policyAt, payloadAt));
  const rest = parsed(`{${text.slice(payloadAt + 1)}`);
  if (asked === undefined || policy === undefined || !has(rest, REST_NAMES)) return undefined;
  const { snapshot, engine, workflow, intent, tenant, session, principal, caller } = asked;
  return {
    n: Number(n),
    trace,
    seq: Number(seq),
    at,
    type: "opened",
    format: Number(format),
    epoch: Number(epoch),
    flushed: Number(flushed),
    snapshot,
    engine,
    workflow,
    intent,
    tenant,
    session,
    principal,
    caller,
    idempotency_key: between[1] ?? null,
    policy,
    payload: rest.payload,
    started_at: rest.started_at,
    prev: rest.prev,
    hash: rest.hash,
  } as JsonObject;
}

/** Parts that were parsed, by their text. Those of a ledger are few, or as many as it has records. */
const PARTS_MAX = 512;
const PART_CHARS_MAX = 8_192;
const askedBy = new Map<string, JsonObject>();
const policyBy = new Map<string, Json>();

function membersIn(text: string): JsonObject | undefined {
  const known = askedBy.get(text);
  if (known !== undefined) return known;
  const asked = parsed(`{${text}}`);
  return has(asked, ASKED_NAMES) ? keep(askedBy, text, asked) : undefined;
}

function valueIn(text: string): Json | undefined {
  const known = policyBy.get(text);
  if (known !== undefined) return known;
  const policy = parsed(text);
  return policy === undefined ? undefined : keep(policyBy, text, policy);
}

function keep<V extends Json>(parts: Map<string, V>, text: string, value: V): V {
  if (text.length > PART_CHARS_MAX) return value;
  if (parts.size >= PARTS_MAX) parts.clear();
  // A copy: what was cut out of a text holds all of it.
  parts.set(Buffer.from(text).toString(), deepFreeze(value));
  return value;
}

/** Undefined for what is not JSON: the text as a whole is not either. */
function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Whether a value has just these members, in this order. */
function has(value: Json | undefined, names: readonly string[]): value is JsonObject {
  if (!isObject(value)) return false;
  const found = Object.keys(value);
  return found.length === names.length && names.every((name, at) => found[at] === name);
}
