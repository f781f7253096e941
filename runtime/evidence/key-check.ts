/**
 * Whether a ledger bears out what its records say of idempotency keys: in a tenant, a key begins one
 * execution for ever, and an event that is delivered under one either begins it or is refused, once.
 * It takes records in the order of the whole ledger; it remembers every key and nothing else of them.
 */
import type { LedgerRecord, OpenedBody, RefusedBody } from "../../protocol/language/records.ts";
import type { Broken } from "./chain.ts";

export interface KeyCheck {
  /** Says why the record cannot stand behind those before it; undefined where it can. */
  readonly take: (record: LedgerRecord) => Broken | undefined;
}

export function keyCheck(): KeyCheck {
  const used = new Map<string, Set<string>>();
  return {
    take(record) {
      if (record.type !== "opened" && record.type !== "refused") return undefined;
      const { tenant, idempotency_key: key } = record;
      if (key === null || !usesUp(record)) return undefined;
      const own = used.get(tenant) ?? new Set();
      if (own.has(key)) return twice(record);
      used.set(tenant, own.add(key));
      return undefined;
    },
  };
}

/** Who may not do something now may later, under the same key; an event that was refused is over. */
function usesUp({ type, cause }: OpenedBody | RefusedBody): boolean {
  return type === "opened" || cause !== undefined;
}

function twice({ tenant, idempotency_key: key, cause }: OpenedBody | RefusedBody): Broken {
  if (cause === undefined) {
    const message = `the key \`${key}\` of \`${tenant}\` has begun another execution before`;
    return { code: "idempotency/used-twice", message };
  }
  const message = `event ${cause.position} of \`${cause.store}\` was delivered under \`${key}\` before`;
  return { code: "delivery/twice", message };
}
