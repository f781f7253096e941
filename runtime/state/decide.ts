/**
 * The semantics of internal effects: what an operation gives, as a pure function of its input and
 * what stands in the state. It changes nothing; what it decided becomes a record, and the record
 * changes the state (`fold.ts`). Values pass through as they are held, sealed ones sealed.
 */
import { invariant } from "../../protocol/language/invariant.ts";
import { type Json, type JsonObject, member } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { weightOf } from "../machine/weigh.ts";
import type { DocumentEntry, StorePlace, Values } from "../ports.ts";

/** An operation on one store; `input` as it will stand in the record. */
export interface Asked extends StorePlace {
  readonly operation: string;
  readonly input: JsonObject;
}

export interface Decided {
  readonly outcome: string;
  readonly output: Json;
}

const NOT_FOUND: Decided = Object.freeze({ outcome: "NOT_FOUND", output: Object.freeze({}) });

export function decide(state: Values, asked: Asked): Decided {
  switch (asked.operation) {
    case "REGISTER":
      return register(state, asked);
    case "RESOLVE":
    case "REVOKE":
      return resolve(state, asked);
    case "APPEND":
      return success({ position: state.streamLength(asked) + 1 });
    case "READ":
      return readEvents(state, asked);
    case "PUT":
      return success({ version: (state.document(asked, keyOf(asked))?.version ?? 0) + 1 });
    case "REPLACE":
      return replace(state, asked);
    case "GET":
      return get(state, asked);
    case "REMOVE":
      return standing(state, asked) === undefined ? NOT_FOUND : success({});
    default:
      invariant(false, `the language has an operation \`${asked.operation}\``);
  }
}

function success(output: Json): Decided {
  return { outcome: "SUCCESS", output };
}

/** A key is given out once, for ever: a revoked one too stands in the way. */
function register(state: Values, asked: Asked): Decided {
  const key = keyOf(asked);
  const entry = state.registry(asked, key);
  return entry === undefined
    ? success({ key, value: member(asked.input, "value") ?? null })
    : { outcome: "ALREADY_EXISTS", output: { key, value: entry.value } };
}

function resolve(state: Values, asked: Asked): Decided {
  const key = keyOf(asked);
  const entry = state.registry(asked, key);
  return entry === undefined || entry.revoked ? NOT_FOUND : success({ key, value: entry.value });
}

/** Fewer events than asked for where a record could not hold them all; `next` says how to go on. */
function readEvents(state: Values, asked: Asked): Decided {
  const from = numberOf(asked, "from");
  const limit = Math.min(numberOf(asked, "limit"), LIMITS.streamReadMax);
  const events: Json[] = [];
  let bytes = 0;
  for (const event of state.events(asked, from, limit)) {
    bytes += weightOf(event);
    if (events.length > 0 && bytes > LIMITS.valueBytesMax) break;
    events.push(event);
  }
  return success({ events, next: from + events.length });
}

function replace(state: Values, asked: Asked): Decided {
  const document = standing(state, asked);
  if (document === undefined) return NOT_FOUND;
  return document.version === numberOf(asked, "version")
    ? success({ version: document.version + 1 })
    : { outcome: "CONFLICT", output: { version: document.version } };
}

function get(state: Values, asked: Asked): Decided {
  const document = standing(state, asked);
  if (document === undefined) return NOT_FOUND;
  return success({ value: document.value, version: document.version });
}

type Standing = DocumentEntry & { readonly value: Json };

function standing(state: Values, asked: Asked): Standing | undefined {
  const entry = state.document(asked, keyOf(asked));
  return entry?.value === undefined ? undefined : { ...entry, value: entry.value };
}

function keyOf(asked: Asked): string {
  const key = member(asked.input, "key");
  invariant(typeof key === "string", "this operation's input has a key");
  return key;
}

function numberOf(asked: Asked, name: string): number {
  const number = member(asked.input, name);
  invariant(typeof number === "number", `this operation's input has a number \`${name}\``);
  return number;
}
