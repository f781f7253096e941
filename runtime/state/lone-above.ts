/**
 * Records that are a whole trace, above what the store has of them: sessions, refusals and starts, as
 * they are seen until they are stored.
 */
import type { BootRow, Change, RefusalRow, SessionRow, Store } from "../ports.ts";
import { endedSession } from "./group.ts";

export type LoneRow = RefusalRow | SessionRow | BootRow;

type Lone = Extract<Change, { kind: "session" | "session-ended" | "refused" | "boot" }>;

export class LoneAbove {
  readonly #store: Store;
  /** The first of a tenant's idempotency key, where it has one. */
  readonly #refusals = new Map<string, RefusalRow>();
  readonly #sessions = new Map<string, SessionRow>();
  /** Sessions by the SHA-256 of their tokens. */
  readonly #tokens = new Map<string, string>();
  #boot: BootRow | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  refusalByKey(tenant: string, idempotencyKey: string): RefusalRow | undefined {
    // What is stored came before what is not.
    return (
      this.#store.refusalByKey(tenant, idempotencyKey) ??
      this.#refusals.get(keyId(tenant, idempotencyKey))
    );
  }

  session(id: string): SessionRow | undefined {
    return this.#sessions.get(id) ?? this.#store.session(id);
  }

  sessionByToken(sha256: string): SessionRow | undefined {
    const id = this.#tokens.get(sha256);
    if (id !== undefined) return this.session(id);
    const row = this.#store.sessionByToken(sha256);
    // Its end may not be stored yet.
    return row && (this.#sessions.get(row.session) ?? row);
  }

  boot(): BootRow | undefined {
    return this.#boot ?? this.#store.boot();
  }

  /** Shows what it changes, to be given to `settle` once that is stored. */
  show(change: Lone): LoneRow | undefined {
    switch (change.kind) {
      case "session": {
        const { row } = change;
        this.#sessions.set(row.session, row);
        if (row.token_sha256 !== null) this.#tokens.set(row.token_sha256, row.session);
        return row;
      }
      case "session-ended": {
        // Read from trace files alone, the record that opened it may be missing.
        const row = this.session(change.session);
        const ended = row && endedSession(row, change.ended_at);
        if (ended !== undefined) this.#sessions.set(ended.session, ended);
        return ended;
      }
      case "boot":
        this.#boot = change.row;
        return change.row;
      case "refused":
        return this.#showRefused(change.row);
    }
  }

  /** Takes it away again, unless a later one has replaced it. */
  settle(change: Lone, shown: unknown): void {
    switch (change.kind) {
      case "session": {
        const { session, token_sha256 } = change.row;
        if (token_sha256 !== null) forget(this.#tokens, token_sha256, session);
        forget(this.#sessions, session, shown);
        return;
      }
      case "session-ended":
        forget(this.#sessions, change.session, shown);
        return;
      case "boot":
        if (this.#boot === shown) this.#boot = undefined;
        return;
      case "refused": {
        const { tenant, idempotency_key } = change.row;
        if (idempotency_key !== null) forget(this.#refusals, keyId(tenant, idempotency_key), shown);
      }
    }
  }

  #showRefused(row: RefusalRow): LoneRow | undefined {
    if (row.idempotency_key === null) return undefined;
    const id = keyId(row.tenant, row.idempotency_key);
    if (this.#refusals.has(id)) return undefined;
    this.#refusals.set(id, row);
    return row;
  }
}

/** Takes away what is held, where it is still this. */
export function forget<K>(held: Map<K, unknown>, key: K, shown: unknown): void {
  if (held.get(key) === shown) held.delete(key);
}

/** Tenants and idempotency keys hold no NUL: no two share an id. */
export function keyId(tenant: string, idempotencyKey: string): string {
  return `${tenant}\0${idempotencyKey}`;
}
