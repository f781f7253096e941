/**
 * What the stores must hold after each record, by the words of the language and by nothing else: it
 * shares no code with the state that it is to judge. An effect whose outcome or output is not what
 * the records before it lead to is a failure.
 */
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import type { EffectBody, LedgerRecord } from "../../protocol/language/records.ts";
import { Failure } from "./failure.ts";

interface Entry {
  readonly value: Json;
  readonly revoked: boolean;
}

interface Document {
  readonly value: Json | undefined;
  readonly version: number;
}

interface Expected {
  readonly outcome: string;
  readonly output: Json;
}

export interface Row {
  readonly first: number;
  readonly key: string | null;
  closed: { readonly outcome: string; readonly fingerprint: string; readonly last: number } | null;
}

const NOT_FOUND: Expected = { outcome: "NOT_FOUND", output: {} };

function success(output: Json): Expected {
  return { outcome: "SUCCESS", output };
}

export class Model {
  readonly registry = new Map<string, Entry>();
  readonly documents = new Map<string, Document>();
  readonly streams = new Map<string, Json[]>();
  readonly executions = new Map<string, Row>();
  /** Idempotency keys, and the trace that each opened. */
  readonly keys = new Map<string, string>();

  #epoch = 0;
  #flushed = 0;

  take(record: LedgerRecord): void {
    if ("epoch" in record) this.#begun(record);
    if (record.type === "opened") this.#opened(record);
    if (record.type === "closed") {
      const row = this.executions.get(record.trace);
      const { outcome, fingerprint, n } = record;
      if (row !== undefined) row.closed = { outcome, fingerprint, last: n };
    }
    if (record.type === "effect") this.#effect(record);
  }

  /** Whoever writes says by which start, and what was on the disk before. */
  #begun({ n, epoch, flushed }: { n: number; epoch: number; flushed: number }): void {
    if (epoch < this.#epoch) throw new Failure(`record ${n}: epoch ${epoch} after ${this.#epoch}`);
    if (flushed < this.#flushed || flushed >= n) {
      throw new Failure(`record ${n} says that ${flushed} were flushed, after ${this.#flushed}`);
    }
    this.#epoch = epoch;
    this.#flushed = flushed;
  }

  #opened(record: LedgerRecord & { readonly type: "opened" }): void {
    const { trace, n, tenant, idempotency_key } = record;
    this.executions.set(trace, { first: n, key: idempotency_key, closed: null });
    if (idempotency_key === null) return;
    const key = `${tenant}/${idempotency_key}`;
    const first = this.keys.get(key);
    if (first !== undefined) throw new Failure(`${key} ran as ${first} and again as ${trace}`);
    this.keys.set(key, trace);
  }

  #effect(record: LedgerRecord & EffectBody): void {
    if (record.outcome === "VIOLATION") return;
    const name = `${record.tenant}|${record.store}|${record.key ?? ""}`;
    const expected = this.#expected(name, record);
    const same =
      record.outcome === expected.outcome && equal(record.output ?? null, expected.output);
    if (!same) {
      const found = `${record.outcome} ${JSON.stringify(record.output)}`;
      const meant = `${expected.outcome} ${JSON.stringify(expected.output)}`;
      throw new Failure(
        `record ${record.n}, ${record.operation} on ${name}: ${found}, not ${meant}`,
      );
    }
  }

  /** What must come of an operation; and what it changes, changed. */
  #expected(name: string, record: EffectBody): Expected {
    const value = record.value ?? null;
    switch (record.operation) {
      case "REGISTER": {
        const entry = this.registry.get(name);
        const key = record.key ?? "";
        if (entry !== undefined) {
          return { outcome: "ALREADY_EXISTS", output: { key, value: entry.value } };
        }
        this.registry.set(name, { value, revoked: false });
        return success({ key, value });
      }
      case "RESOLVE":
      case "REVOKE":
        return this.#resolved(name, record);
      case "APPEND": {
        const events = this.streams.get(name) ?? [];
        this.streams.set(name, [...events, value]);
        return success({ position: events.length + 1 });
      }
      case "READ":
        return this.#read(name, record);
      default:
        return this.#document(name, record);
    }
  }

  #resolved(name: string, { operation, key = "" }: EffectBody): Expected {
    const entry = this.registry.get(name);
    if (entry === undefined || entry.revoked) return NOT_FOUND;
    if (operation === "REVOKE") this.registry.set(name, { ...entry, revoked: true });
    return success({ key, value: entry.value });
  }

  #read(name: string, { from = 0, limit = 0 }: EffectBody): Expected {
    const events = (this.streams.get(name) ?? []).slice(from - 1, from - 1 + limit);
    return success({ events, next: from + events.length });
  }

  #document(name: string, { operation, value = null, version: asked }: EffectBody): Expected {
    const standing = this.documents.get(name);
    const version = standing?.version ?? 0;
    const gone = standing?.value === undefined;
    if (operation === "PUT") {
      this.documents.set(name, { value, version: version + 1 });
      return success({ version: version + 1 });
    }
    if (gone) return NOT_FOUND;
    if (operation === "GET") return success({ value: standing.value ?? null, version });
    if (operation === "REMOVE") {
      this.documents.set(name, { value: undefined, version });
      return success({});
    }
    if (asked !== version) return { outcome: "CONFLICT", output: { version } };
    this.documents.set(name, { value, version: version + 1 });
    return success({ version: version + 1 });
  }
}

function equal(a: Json, b: Json): boolean {
  if (JSON.stringify(a) === JSON.stringify(b)) return true;
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

/** The same value with its members in order. */
export function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value as JsonObject).map(([key, inner]) => [key, sorted(inner)]);
  return Object.fromEntries(members.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)));
}
