/**
 * Whether a ledger agrees with its own fold: every effect's outcome and output, decided again from
 * what the records before it put into the stores. An execution that met a state which was not the
 * fold left records that hold by themselves and contradict the ones before; the first is named.
 */
import { isObject, type Json, type JsonObject } from "../../protocol/language/json.ts";
import type { EffectBody, LedgerRecord } from "../../protocol/language/records.ts";
import { isSealed } from "../machine/places.ts";
import type { Store } from "../ports.ts";
import { keyName } from "../sealing/vault.ts";
import { type Decided, decide } from "../state/decide.ts";
import { fold } from "../state/fold.ts";
import { type Delivered, type DeliveryCheck, holdsSealed, isDelivered } from "./delivery-check.ts";
import { FoldInMemory } from "./fold-in-memory.ts";

type Effect = LedgerRecord & EffectBody;

export const CONTRADICTS_FOLD = "state/contradicts-fold";

export interface FoldCheckOptions {
  /** Effects on stores of which it says no are passed over, and then whatever is not an effect. */
  readonly concerns?: (effect: EffectBody) => boolean;
  /** Holds what was delivered against its event. */
  readonly delivered?: DeliveryCheck | undefined;
  /** Where what stands is kept beyond what memory should hold. */
  readonly aside?: Store | undefined;
}

export interface FoldCheck {
  /** Takes the records of a ledger in order; says of the first that contradicts those before it why. */
  readonly take: (record: LedgerRecord) => string | undefined;
}

export function foldCheck({ concerns, delivered, aside }: FoldCheckOptions = {}): FoldCheck {
  const state = new FoldInMemory(aside);
  let contradicted = false;
  return {
    take(record) {
      // Behind the first contradiction there is no telling what ought to stand.
      if (contradicted) return undefined;
      if (isDelivered(record)) {
        return concerns === undefined ? misdelivered(state, record, delivered) : undefined;
      }
      if (record.type !== "effect" || concerns?.(record) === false) return undefined;
      const message = contradiction(state, record);
      contradicted = message !== undefined;
      const change = contradicted ? undefined : fold(record);
      if (change !== undefined) state.take(change);
      return message;
    },
  };
}

/** The event that it was asked for stands in its tenant's stream, and what was asked comes of it. */
function misdelivered(
  state: FoldInMemory,
  record: Delivered,
  delivered: DeliveryCheck | undefined,
): string | undefined {
  const { tenant, cause } = record;
  const { store, position } = cause;
  const [event] = state.events({ tenant, store }, position, 1);
  if (event !== undefined) return delivered?.(record, event);
  return `it was begun for event ${position} of \`${store}\`, which the records before did not put there`;
}

function contradiction(state: FoldInMemory, record: Effect): string | undefined {
  const asked = askedIn(record);
  if (asked === undefined) {
    return `\`${record.operation}\` on \`${record.store}\` is no operation with what it needs`;
  }
  const { tenant, store, operation, outcome, output } = record;
  const decided = decide(state, { tenant, store, operation, input: asked });
  if (outcome === "FAULT") return wronglyErased(record, decided);
  if (decided.outcome !== outcome) {
    return `${operation} on \`${store}\` gives ${decided.outcome} after the records before, and ${outcome} stands here`;
  }
  if (same(output, decided.output, keyName(tenant, record.trace))) return undefined;
  return `the output of ${operation} on \`${store}\` is not what the records before put there`;
}

/** A value can only have been erased where one that was sealed ought to have been met. */
function wronglyErased({ reason, store }: Effect, { output }: Decided): string | undefined {
  if (reason?.code !== "fault/erased" || holdsSealed(output)) return undefined;
  return `a value in \`${store}\` is said to be erased, and the records before put no sealed one there`;
}

/**
 * Equal, as the values stand. What was stored in the clear and is labelled only since then stands
 * sealed in what was read from there, under the reading execution's own key.
 */
function same(found: Json | undefined, expected: Json | undefined, ownKey: string): boolean {
  if (found === expected) return true;
  if (found === undefined || expected === undefined) return false;
  if (isSealed(found) && !isSealed(expected)) return found.$sealed.key === ownKey;
  if (Array.isArray(found) && Array.isArray(expected)) {
    const { length } = expected;
    return found.length === length && found.every((item, at) => same(item, expected[at], ownKey));
  }
  if (!isObject(found) || !isObject(expected)) return false;
  const names = Object.keys(found);
  return (
    names.length === Object.keys(expected).length &&
    names.every((name) => Object.hasOwn(expected, name)) &&
    names.every((name) => same(found[name], expected[name], ownKey))
  );
}

/** The operation's input as its record tells it; undefined where something is missing. */
function askedIn(record: Effect): JsonObject | undefined {
  const { operation, key, value, version, from, limit } = record;
  const keyed = key === undefined ? undefined : { key };
  const written = value === undefined ? undefined : { ...keyed, value };
  switch (operation) {
    case "REGISTER":
    case "PUT":
      return keyed && written;
    case "REPLACE":
      return version === undefined ? undefined : keyed && written && { ...written, version };
    case "RESOLVE":
    case "REVOKE":
    case "GET":
    case "REMOVE":
      return keyed;
    case "APPEND":
      return value === undefined ? undefined : { event: value };
    case "READ":
      return from === undefined || limit === undefined ? undefined : { from, limit };
    default:
      return undefined;
  }
}
