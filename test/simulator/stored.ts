/**
 * A stand-in for the stored state: what SQLite promises, without SQLite. A group of changes is stored
 * whole or not at all; a kill keeps every group; a power cut falls back to any group since the last
 * one that was put on the disk for good.
 */

import type { Json } from "../../protocol/language/json.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import type {
  BootRow,
  Change,
  Checkpoint,
  DocumentEntry,
  ExecutionRow,
  LedgerPosition,
  OpenTrace,
  RefusalRow,
  RegistryEntry,
  SessionRow,
  Store,
  StorePlace,
  WaitRow,
  Watermark,
} from "../../runtime/ports.ts";
import type { Machine, Process } from "./machine.ts";
import type { Random } from "./random.ts";

interface Group {
  readonly changes: readonly Change[];
  readonly checkpoint: Checkpoint;
}

/** What changes come to, as rows by name. */
export class Rows {
  readonly registry = new Map<string, RegistryEntry>();
  readonly documents = new Map<string, DocumentEntry>();
  readonly streams = new Map<string, Json[]>();
  readonly executions = new Map<string, ExecutionRow>();
  readonly keys = new Map<string, string>();
  readonly sessions = new Map<string, SessionRow>();
  /** Tokens, by their SHA-256, and the session that each opened. */
  readonly tokens = new Map<string, string>();
  readonly refusals = new Map<string, RefusalRow>();
  readonly delivered = new Map<string, number>();
  /** What traces wait for, by trace. */
  readonly waits = new Map<string, readonly WaitRow[]>();
  /** Where the records stand of those that sleep. */
  readonly asleep = new Map<string, OpenTrace>();
  boot: BootRow | undefined;

  /** As they are now, whatever is taken later. */
  copy(): Rows {
    const copy = new Rows();
    for (const [name, entry] of this.registry) copy.registry.set(name, entry);
    for (const [name, entry] of this.documents) copy.documents.set(name, entry);
    for (const [name, events] of this.streams) copy.streams.set(name, events);
    for (const [trace, row] of this.executions) copy.executions.set(trace, row);
    for (const [key, trace] of this.keys) copy.keys.set(key, trace);
    for (const [id, row] of this.sessions) copy.sessions.set(id, row);
    for (const [sha256, id] of this.tokens) copy.tokens.set(sha256, id);
    for (const [trace, row] of this.refusals) copy.refusals.set(trace, row);
    for (const [name, position] of this.delivered) copy.delivered.set(name, position);
    for (const [trace, rows] of this.waits) copy.waits.set(trace, rows);
    for (const [trace, one] of this.asleep) copy.asleep.set(trace, one);
    copy.boot = this.boot;
    return copy;
  }

  takeGroup({ changes, checkpoint }: Group): void {
    for (const change of changes) this.take(change);
    for (const { tenant, subscription, position } of checkpoint.delivered ?? []) {
      this.delivered.set(`${tenant}|${subscription}`, position);
    }
    for (const one of checkpoint.open) {
      if (one.asleep === true) this.asleep.set(one.trace, one);
      else this.asleep.delete(one.trace);
    }
  }

  take(change: Change): void {
    switch (change.kind) {
      case "register":
        this.registry.set(nameOf(change, change.key), { value: change.value, revoked: false });
        return;
      case "revoke": {
        const name = nameOf(change, change.key);
        const value = this.registry.get(name)?.value ?? null;
        this.registry.set(name, { value, revoked: true });
        return;
      }
      case "append":
        this.#append(change);
        return;
      case "put": {
        const { value, version } = change;
        this.documents.set(nameOf(change, change.key), { value, version });
        return;
      }
      case "remove": {
        const name = nameOf(change, change.key);
        const version = this.documents.get(name)?.version ?? 0;
        this.documents.set(name, { value: undefined, version });
        return;
      }
      case "opened":
        this.#opened(change.row);
        return;
      case "closed": {
        const { kind: _, trace, ...end } = change;
        const row = this.executions.get(trace);
        if (row === undefined) throw new Error(`trace ${trace} is closed and was never opened`);
        this.executions.set(trace, { ...row, ...end });
        this.asleep.delete(trace);
        return;
      }
      case "refused":
        if (this.refusals.has(change.row.trace)) throw new Error("a refusal is told twice");
        this.refusals.set(change.row.trace, change.row);
        return;
      case "boot":
        this.boot = change.row;
        return;
      case "waits":
        this.#waitsFrom(change.row);
        return;
      case "woken":
        this.#woken(change);
        return;
      case "migrated": {
        const { trace, snapshot } = change;
        const row = this.executions.get(trace);
        if (row === undefined) throw new Error(`trace ${trace} is moved and was never opened`);
        this.executions.set(trace, { ...row, snapshot });
        return;
      }
      default:
        this.#session(change);
    }
  }

  #session(change: Change & { readonly kind: "session" | "session-ended" }): void {
    if (change.kind === "session") {
      const { session, token_sha256 } = change.row;
      if (this.sessions.has(session)) throw new Error(`the session ${session} is opened twice`);
      this.sessions.set(session, change.row);
      if (token_sha256 === null) return;
      if (this.tokens.has(token_sha256)) throw new Error("a token opens two sessions");
      this.tokens.set(token_sha256, session);
      return;
    }
    const row = this.sessions.get(change.session);
    if (row === undefined) throw new Error(`no session ${change.session} can end`);
    if (row.ended_at !== null) throw new Error(`the session ${change.session} ends twice`);
    this.sessions.set(change.session, { ...row, ended_at: change.ended_at });
  }

  #waitsFrom(row: WaitRow): void {
    const others = this.waits.get(row.trace) ?? [];
    if (others.some(({ node }) => node === row.node)) throw new Error(`${row.node} waits twice`);
    this.waits.set(row.trace, [...others, row]);
  }

  #woken({ trace, node }: Change & { readonly kind: "woken" }): void {
    const left = (this.waits.get(trace) ?? []).filter((row) => node !== null && row.node !== node);
    if (left.length > 0) this.waits.set(trace, left);
    else this.waits.delete(trace);
  }

  #append(change: Change & { readonly kind: "append" }): void {
    const name = nameOf(change, "");
    const events = this.streams.get(name) ?? [];
    if (change.position !== events.length + 1) {
      throw new Error(`event ${change.position} of ${name} follows event ${events.length}`);
    }
    this.streams.set(name, [...events, change.event]);
  }

  #opened(row: ExecutionRow): void {
    if (this.executions.has(row.trace)) throw new Error(`trace ${row.trace} is opened twice`);
    this.executions.set(row.trace, row);
    if (row.idempotency_key === null) return;
    const key = `${row.tenant}/${row.idempotency_key}`;
    if (this.keys.has(key)) throw new Error(`the idempotency key ${key} opens two executions`);
    this.keys.set(key, row.trace);
  }
}

export function nameOf({ tenant, store }: StorePlace, key: string): string {
  return `${tenant}|${store}|${key}`;
}

/** The file, as it survives processes. */
export class Stored {
  readonly #random: Random;
  #groups: Group[] = [];
  /** So many groups survive a power cut. */
  #safe = 0;
  rows = new Rows();

  constructor(random: Random) {
    this.#random = random;
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#groups.at(-1)?.checkpoint;
  }

  put(changes: readonly Change[], checkpoint: Checkpoint): void {
    const before = this.checkpoint?.watermark;
    if (before !== undefined && before.applied > checkpoint.watermark.applied) {
      throw new Error(`the watermark goes back from ${before.applied}`);
    }
    this.rows.takeGroup({ changes, checkpoint });
    this.#groups.push({ changes, checkpoint });
    if (this.#random.chance(0.2)) this.settle();
  }

  /** Everything up to now is on the disk. */
  settle(): void {
    this.#safe = this.#groups.length;
  }

  powerCut(): void {
    const kept = this.#safe + this.#random.below(this.#groups.length - this.#safe + 1);
    this.#groups = this.#groups.slice(0, kept);
    this.#safe = kept;
    this.rows = new Rows();
    for (const group of this.#groups) this.rows.takeGroup(group);
  }

  /** Somebody deletes the file. */
  erase(): void {
    this.#groups = [];
    this.#safe = 0;
    this.rows = new Rows();
  }

  nearest(n: number): LedgerPosition {
    const found = this.#groups.findLast(({ checkpoint }) => checkpoint.watermark.durable.n < n);
    return found?.checkpoint.watermark.durable ?? { n: 0, segment: 1, offset: 0 };
  }
}

/** A stored state that is read as it stood when it was last looked at. */
export interface OpenStore extends Store {
  readonly refresh: () => void;
}

/** The stored state as one process has it open: what its thread stores is seen after `refresh`. */
export function storeOf(stored: Stored, machine: Machine, process: Process): OpenStore {
  let rows = stored.rows.copy();
  const refresh = () => {
    rows = stored.rows.copy();
  };
  return {
    refresh,
    registry: (place, key) => rows.registry.get(nameOf(place, key)),
    document: (place, key) => rows.documents.get(nameOf(place, key)),
    streamLength: (place) => rows.streams.get(nameOf(place, ""))?.length ?? 0,
    events: (place, from, limit) =>
      rows.streams.get(nameOf(place, ""))?.slice(from - 1, from - 1 + limit) ?? [],
    execution: (trace) => rows.executions.get(trace),
    executionByKey(tenant, key) {
      const trace = rows.keys.get(`${tenant}/${key}`);
      return trace === undefined ? undefined : rows.executions.get(trace);
    },
    refusalByKey: (tenant, key) =>
      [...rows.refusals.values()].find(
        (row) => row.tenant === tenant && row.idempotency_key === key,
      ),
    streamTenants: (store) =>
      [...rows.streams.keys()]
        .filter((name) => name.split("|")[1] === store)
        .map((name) => name.split("|")[0] as string)
        .sort(),
    delivered: (tenant, subscription) => rows.delivered.get(`${tenant}|${subscription}`) ?? 0,
    session: (id) => rows.sessions.get(id),
    sessionByToken(sha256) {
      const id = rows.tokens.get(sha256);
      return id === undefined ? undefined : rows.sessions.get(id);
    },
    boot: () => rows.boot,
    watermark: (): Watermark | undefined => stored.checkpoint?.watermark,
    open: (): readonly OpenTrace[] =>
      stored.checkpoint?.open.filter(({ asleep }) => asleep !== true) ?? [],
    asleep: (trace) => rows.asleep.get(trace)?.places ?? [],
    waits: (after = "", most = Number.POSITIVE_INFINITY) =>
      [...rows.waits.values()]
        .flat()
        .filter(({ until }) => until > after)
        .sort((a, b) => (a.until < b.until ? -1 : 1))
        .slice(0, most),
    waitsOf: (trace) => rows.waits.get(trace) ?? [],
    nearest: (n) => stored.nearest(n),
    apply(changes, checkpoint) {
      machine.as(process, () => applied(stored, machine, { changes, checkpoint }));
      refresh();
    },
    close() {
      if (process.alive) stored.settle();
    },
  };
}

export function applied(stored: Stored, machine: Machine, { changes, checkpoint }: Group): void {
  const what = `${changes.length} changes up to ${checkpoint.watermark.applied}`;
  try {
    machine.call("store", what, { work: () => stored.put(changes, checkpoint) });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const family = code === "ENOSPC" ? "busy" : "viability";
    throw new Refusal(family, code === "ENOSPC" ? "state/no-room" : "state/io-error", message);
  }
}
