/**
 * What the stored state answers, as rows are asked for and turned into values. It changes nothing.
 */
import { deepFreeze, type Json } from "../../protocol/language/json.ts";
import type { DocumentEntry, LedgerPosition, RegistryEntry, Store, StorePlace } from "../ports.ts";
import { unreadable } from "./failure.ts";
import {
  bootOf,
  executionOf,
  openTracesOf,
  placeOf,
  positionOf,
  type Row,
  refusalOf,
  sessionOf,
  type Value,
  waitOf,
  watermarkOf,
} from "./rows.ts";
import { READS } from "./tables.ts";

/** The first row of a statement, and all of them. */
export interface Asking {
  readonly one: (sql: string, ...values: Value[]) => Row | undefined;
  readonly all: (sql: string, ...values: Value[]) => readonly Row[];
}

const BEGINNING: LedgerPosition = Object.freeze({ n: 0, segment: 1, offset: 0 });

/** `path` names the file to whoever has to do with what cannot be read in it. */
export function readsOn({ one, all }: Asking, path: string): Omit<Store, "apply" | "close"> {
  const parsed = parsedIn(path);
  return {
    registry({ tenant, store }: StorePlace, key: string): RegistryEntry | undefined {
      const row = one(READS.registry, tenant, store, key);
      return row && { value: parsed(row.value), revoked: row.revoked === 1 };
    },
    document({ tenant, store }: StorePlace, key: string): DocumentEntry | undefined {
      const row = one(READS.document, tenant, store, key);
      if (row === undefined) return undefined;
      const value = row.value === null ? undefined : parsed(row.value);
      return { value, version: Number(row.version) };
    },
    streamLength: ({ tenant, store }) => Number(one(READS.length, tenant, store)?.length ?? 0),
    events: ({ tenant, store }, from, limit) =>
      all(READS.events, tenant, store, from, limit).map(({ event }) => parsed(event)),
    execution(trace) {
      const row = one(READS.execution, trace);
      return row && executionOf(row);
    },
    executionByKey(tenant, idempotencyKey) {
      const row = one(READS.executionByKey, tenant, idempotencyKey);
      return row && executionOf(row);
    },
    refusalByKey(tenant, idempotencyKey) {
      const row = one(READS.refusalByKey, tenant, idempotencyKey);
      return row && refusalOf(row);
    },
    streamTenants: (store) => all(READS.streamTenants, store).map(({ tenant }) => String(tenant)),
    delivered: (tenant, subscription) =>
      Number(one(READS.delivered, tenant, subscription)?.position ?? 0),
    session(id) {
      const row = one(READS.session, id);
      return row && sessionOf(row, parsed);
    },
    sessionByToken(sha256) {
      const row = one(READS.sessionByToken, sha256);
      return row && sessionOf(row, parsed);
    },
    boot() {
      const row = one(READS.boot);
      return row && bootOf(row);
    },
    watermark() {
      const row = one(READS.watermark);
      return row && watermarkOf(row);
    },
    waitsOf: (trace) => all(READS.waitsOf, trace).map((row) => waitOf(row, parsed)),
    waits: (after = "", most = -1) =>
      all(READS.waits, after, most).map((row) => waitOf(row, parsed)),
    open: () => openTracesOf(all(READS.open)),
    asleep: (trace) => all(READS.asleep, trace).map(placeOf),
    nearest(n) {
      const row = one(READS.nearest, n);
      return row === undefined ? BEGINNING : positionOf(row);
    },
  };
}

/** Reads what a column of a file holds as JSON. */
export function parsedIn(path: string): (text: Value | undefined) => Json {
  return (text) => {
    try {
      return deepFreeze(JSON.parse(String(text)) as Json);
    } catch {
      throw unreadable(path, "a value in it is no JSON");
    }
  };
}
