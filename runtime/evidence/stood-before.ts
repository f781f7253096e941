/**
 * What stood in a store before an effect: from the ledger, where its records up to there are at
 * hand, else as far as the effect's own record says it. It never guesses: what neither says is
 * unknown.
 */
import { type Json, member } from "../../protocol/language/json.ts";
import type { EffectBody, LedgerRecord } from "../../protocol/language/records.ts";
import { fold } from "../state/fold.ts";

export interface Stood {
  readonly source: "ledger" | "record";
  readonly state: "nothing" | "value" | "unknown";
  readonly value?: Json;
  readonly version?: number;
  /** A registry's key that was revoked: it resolves to nothing and is never given out again. */
  readonly revoked?: true;
  /** How many events a stream held. */
  readonly events?: number;
  /** The record that put it there. */
  readonly by?: { readonly trace: string; readonly n: number };
}

/** Folds the ledger record by record, and says of each place what stands there. */
export interface History {
  readonly take: (record: LedgerRecord) => void;
  readonly before: (effect: EffectBody) => Stood;
}

/** A history of the places that some effects touch, and of no others. */
export function historyOf(effects: readonly EffectBody[]): History {
  const wanted = new Set(effects.map(placeOf));
  const standing = new Map<string, Stood>();
  return {
    take(record) {
      if (record.type !== "effect" || !wanted.has(placeOf(record))) return;
      const place = placeOf(record);
      const after = change(record, standing.get(place));
      if (after !== undefined) standing.set(place, after);
    },
    before: (effect) => standing.get(placeOf(effect)) ?? NOTHING,
  };
}

const NOTHING: Stood = Object.freeze({ source: "ledger", state: "nothing" });

/** A key of a store; a stream as a whole. */
export function placeOf({ tenant, store, key }: EffectBody): string {
  return JSON.stringify([tenant, store, key ?? null]);
}

/** What stands after a record; undefined when it changes nothing. */
function change(record: LedgerRecord & EffectBody, before: Stood | undefined): Stood | undefined {
  const made = fold(record);
  const by = { trace: record.trace, n: record.n };
  switch (made?.kind) {
    case "register":
      return { source: "ledger", state: "value", value: made.value, by };
    case "revoke":
      return { ...(before ?? NOTHING), revoked: true, by };
    case "append":
      return { source: "ledger", state: "value", events: made.position, by };
    case "put":
      return { source: "ledger", state: "value", value: made.value, version: made.version, by };
    case "remove":
      return { source: "ledger", state: "nothing", by };
    default:
      return undefined;
  }
}

/** As far as the record of an effect itself says it. */
export function stoodByRecord(effect: EffectBody): Stood {
  const said = saidBy(effect);
  if (said === undefined) return { source: "record", state: "unknown" };
  if (said === null) return { source: "record", state: "nothing" };
  return { source: "record", state: "value", ...said };
}

/** Undefined: it does not say. Null: nothing stood. */
function saidBy({
  operation,
  outcome,
  output,
}: EffectBody): null | undefined | Pick<Stood, "value" | "version" | "events"> {
  const value = member(output, "value");
  const version = numberIn(output, "version");
  switch (`${operation} ${outcome}`) {
    case "REGISTER SUCCESS":
    case "RESOLVE NOT_FOUND":
    case "REVOKE NOT_FOUND":
    case "REPLACE NOT_FOUND":
    case "GET NOT_FOUND":
    case "REMOVE NOT_FOUND":
      return null;
    case "REGISTER ALREADY_EXISTS":
    case "RESOLVE SUCCESS":
    case "REVOKE SUCCESS":
      return value === undefined ? undefined : { value };
    case "GET SUCCESS":
      return value === undefined || version === undefined ? undefined : { value, version };
    case "REPLACE SUCCESS":
      return version === undefined ? undefined : { version: version - 1 };
    case "REPLACE CONFLICT":
      return version === undefined ? undefined : { version };
    case "PUT SUCCESS":
      return version === 1 ? null : undefined;
    case "APPEND SUCCESS": {
      const position = numberIn(output, "position");
      return position === undefined ? undefined : position === 1 ? null : { events: position - 1 };
    }
    default:
      return undefined;
  }
}

function numberIn(output: Json | undefined, name: string): number | undefined {
  const found = member(output, name);
  return typeof found === "number" ? found : undefined;
}
