import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { NO_DIGEST, sha256 } from "../../../protocol/language/digest.ts";
import type { Json, JsonObject } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import type { StorePlace } from "../../../runtime/ports.ts";
import { type Decided, decide } from "../../../runtime/state/decide.ts";
import { unfoldable } from "../../../runtime/state/fold.ts";
import { Overlay } from "../../../runtime/state/overlay.ts";
import { openStore, type SqliteStore } from "../../../runtime/state/sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "pgs-state-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
function freshStore(): SqliteStore {
  made += 1;
  return openStore(join(folder, `${made}.db`), "writing");
}

/** A state on which operations are carried out as the runtime does: decide, record, fold. */
class Bench {
  n = 0;
  readonly records: LedgerRecord[] = [];
  constructor(
    readonly store: SqliteStore,
    readonly overlay = new Overlay(store),
  ) {}

  do(place: StorePlace, operation: string, input: JsonObject): Decided {
    const decided = decide(this.overlay, { ...place, operation, input });
    this.n += 1;
    const record = {
      n: this.n,
      trace: "t",
      seq: this.n,
      at: "",
      prev: NO_DIGEST,
      hash: NO_DIGEST,
      type: "effect",
      node: "x",
      ...place,
      operation,
      ...(typeof input.key === "string" ? { key: input.key } : {}),
      ...("value" in input
        ? { value: input.value }
        : "event" in input
          ? { value: input.event }
          : {}),
      ...decided,
      to: "y",
    } as LedgerRecord;
    expect(unfoldable(record)).toBeUndefined();
    this.records.push(record);
    this.overlay.note(record);
    return decided;
  }

  storeUpTo(n: number): void {
    const durable = { n, segment: 1, offset: n };
    this.overlay.storeUpTo({ watermark: { applied: n, epoch: 0, durable, hash: null }, open: [] });
  }

  rows(): unknown {
    return (["registry", "document", "stream"] as const).map((table) =>
      [...this.store.rows(table)].map(({ _metadata: _, ...row }) => row),
    );
  }
}

/** What the semantics say, told another way: one plain table a place. */
class Model {
  readonly registry = new Map<string, { value: Json; revoked: boolean }>();
  readonly document = new Map<string, { value: Json | undefined; version: number }>();
  readonly events: Json[] = [];

  do(
    operation: string,
    { key = "", value = null, event = null, version, from, limit }: JsonObject,
  ) {
    const no = { outcome: "NOT_FOUND", output: {} };
    const yes = (output: Json) => ({ outcome: "SUCCESS", output });
    const entry = this.registry.get(String(key));
    const document = this.document.get(String(key));
    const stands = document !== undefined && document.value !== undefined;
    switch (operation) {
      case "REGISTER":
        if (entry) return { outcome: "ALREADY_EXISTS", output: { key, value: entry.value } };
        this.registry.set(String(key), { value, revoked: false });
        return yes({ key, value });
      case "RESOLVE":
        return entry && !entry.revoked ? yes({ key, value: entry.value }) : no;
      case "REVOKE":
        if (!entry || entry.revoked) return no;
        entry.revoked = true;
        return yes({ key, value: entry.value });
      case "APPEND":
        return yes({ position: this.events.push(event) });
      case "READ": {
        const start = Number(from) - 1;
        const events = this.events.slice(start, start + Number(limit));
        return yes({ events, next: Number(from) + events.length });
      }
      case "PUT": {
        const next = (document?.version ?? 0) + 1;
        this.document.set(String(key), { value, version: next });
        return yes({ version: next });
      }
      case "REPLACE":
        if (!stands) return no;
        if (document.version !== version) {
          return { outcome: "CONFLICT", output: { version: document.version } };
        }
        this.document.set(String(key), { value, version: document.version + 1 });
        return yes({ version: document.version + 1 });
      case "GET":
        return stands ? yes({ value: document.value ?? null, version: document.version }) : no;
      case "REMOVE":
        if (!stands) return no;
        document.value = undefined;
        return yes({});
      default:
        throw new Error(operation);
    }
  }
}

const key = fc.constantFrom("a", "b", "é\0c");
const value = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
const count = fc.integer({ min: 1, max: 4 });
const request: fc.Arbitrary<readonly [string, JsonObject]> = fc.oneof(
  fc.tuple(fc.constantFrom("REGISTER", "PUT"), fc.record({ key, value })),
  fc.tuple(fc.constantFrom("RESOLVE", "REVOKE", "GET", "REMOVE"), fc.record({ key })),
  fc.tuple(fc.constant("APPEND"), fc.record({ event: value })),
  fc.tuple(fc.constant("READ"), fc.record({ from: count, limit: count })),
  fc.tuple(fc.constant("REPLACE"), fc.record({ key, value, version: count })),
);
const tenant = fc.constantFrom("one", "two");
const course = fc.array(fc.tuple(tenant, request, fc.boolean()), { maxLength: 40 });

describe("internal effects", () => {
  test("do what the model says, stored or not, and no tenant sees another's", () => {
    fc.assert(
      fc.property(course, (steps) => {
        const bench = new Bench(freshStore());
        const models = { one: new Model(), two: new Model() };
        for (const [tenant, [operation, input], stored] of steps) {
          const decided = bench.do({ tenant, store: "d/s" }, operation, input);
          expect(decided).toEqual(models[tenant].do(operation, input));
          if (stored) bench.storeUpTo(bench.n - (bench.n % 2));
        }
        bench.storeUpTo(bench.n);
        expect(bench.overlay.pending).toBe(0);
        // L6: the rows are those of a fold of the same records, made in one piece.
        const again = new Bench(freshStore());
        for (const record of bench.records) again.overlay.note(record);
        again.n = bench.n;
        again.storeUpTo(again.n);
        expect(again.rows()).toEqual(bench.rows());
        bench.store.close();
        again.store.close();
      }),
      { numRuns: 60 },
    );
  });

  test("a READ gives fewer events than asked for where a record could not hold them", () => {
    const bench = new Bench(freshStore());
    const place = { tenant: "one", store: "d/s" };
    const event = "x".repeat(LIMITS.valueBytesMax / 2 - 100);
    for (let at = 0; at < 3; at += 1) bench.do(place, "APPEND", { event });
    const { output } = bench.do(place, "READ", { from: 1, limit: 3 });
    expect(output).toEqual({ events: [event, event], next: 3 });
  });

  test("an operation that the language does not have is our own fault", () => {
    const bench = new Bench(freshStore());
    expect(() => bench.do({ tenant: "one", store: "d/s" }, "toString", {})).toThrow("toString");
  });
});

describe("the store", () => {
  test("keeps all changes of a group or none", () => {
    const store = freshStore();
    const durable = { n: 2, segment: 1, offset: 2 };
    const watermark = { applied: 2, epoch: 1, durable, hash: sha256("the last") };
    const place = { tenant: "one", store: "d/s" };
    const good = { kind: "register", ...place, key: "a", value: 1 } as const;
    const bad = {
      kind: "append",
      ...place,
      position: null as unknown as number,
      event: 1,
    } as const;
    expect(() => store.apply([good, bad], { watermark, open: [] })).toThrow();
    expect(store.registry(place, "a")).toBeUndefined();
    expect(store.watermark()).toBeUndefined();
    store.apply([good], { watermark, open: [] });
    expect(store.watermark()).toEqual(watermark);
    expect(store.registry(place, "a")).toEqual({ value: 1, revoked: false });
  });

  test("that is no database is refused, with what to do", () => {
    expect(() => openStore(import.meta.filename, "reading")).toThrow(
      expect.objectContaining({ family: "evidence", code: "state/unreadable" }),
    );
  });
});
