import { copyFileSync, statSync, truncateSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_DIGEST } from "../../../protocol/language/digest.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import type { Change, Checkpoint, State, Store } from "../../../runtime/ports.ts";
import { fold } from "../../../runtime/state/fold.ts";
import { Overlay } from "../../../runtime/state/overlay.ts";
import {
  executionOf,
  openStore,
  type Row,
  type SqliteStore,
} from "../../../runtime/state/sqlite.ts";
import { WaitingNodes } from "../../../runtime/state/waiting-nodes.ts";
import { checkpointAt, freshPath, freshStore, history, modelOf, rowsIn } from "./stored.ts";

const RUNS = { numRuns: 60 };

/** After so many of a history's records the state is stored up to so many of them, or not at all. */
const storings = fc.array(fc.record({ after: fc.nat(60), lag: fc.nat(5), how: fc.nat(3) }), {
  maxLength: 8,
});

/** A store that fails when told: before it took anything, or after it took everything. */
function failing(store: SqliteStore): Store & { how: number } {
  const apply = (changes: readonly Change[], checkpoint: Checkpoint): void => {
    if (self.how === 1) throw new Error("no room");
    store.apply(changes, checkpoint);
    if (self.how === 2) throw new Error("nobody knows");
  };
  const self = { ...store, apply, how: 0 };
  return self;
}

function expectLike(state: State, model: ReturnType<typeof modelOf>): void {
  for (const tenant of ["one", "two"]) {
    for (const store of ["d/a", "d/b"]) {
      const place = { tenant, store };
      const here = (table: string) =>
        (model[table] ?? []).filter((row) => row.tenant === tenant && row.store === store);
      const events = here("stream").map(({ event }) => JSON.parse(String(event)));
      expect(state.streamLength(place)).toBe(events.length);
      expect(state.events(place, 1, 100)).toEqual(events);
      expect(state.events(place, 2, 1)).toEqual(events.slice(1, 2));
      for (const key of ["a", "b", "\u00e9 c"]) {
        const entry = here("registry").find((row) => row.key === key);
        const value = entry && JSON.parse(String(entry.value));
        expect(state.registry(place, key)).toEqual(
          entry && { value, revoked: entry.revoked === 1 },
        );
        const text = here("document").find((row) => row.key === key);
        const found = state.document(place, key);
        // A document that was never put and is removed leaves nothing; above the store, a version 0.
        if (text === undefined) expect(found?.value).toBeUndefined();
        else {
          const stands = text.value === null ? undefined : JSON.parse(String(text.value));
          expect(found).toEqual({ value: stands, version: text.version });
        }
      }
    }
  }
  for (const row of model.execution ?? []) {
    expect(state.execution(String(row.trace))).toEqual(executionOf(row));
    if (row.idempotency_key === null) continue;
    const found = state.executionByKey(String(row.tenant), String(row.idempotency_key));
    expect(found).toEqual(executionOf(row));
  }
  for (const row of model.session ?? []) {
    const parsed = (text: unknown) => JSON.parse(String(text));
    const { roles, attributes } = row;
    const expected = { ...row, roles: parsed(roles), attributes: parsed(attributes) };
    expect(state.session(String(row.session))).toEqual(expected);
    if (row.token_sha256 === null) continue;
    expect(state.sessionByToken(String(row.token_sha256))).toEqual(expected);
  }
  for (const { trace } of model.execution ?? []) {
    const rows = (model.wait ?? []).filter((row) => row.trace === trace);
    const waits = rows.map((row) => ({ ...row, signals: JSON.parse(String(row.signals)) }));
    const byFirst = waits.sort((a, b) => Number((a as Row).first) - Number((b as Row).first));
    const found = [...state.waitsOf(String(trace))].sort((a, b) => a.first - b.first);
    expect(found).toEqual(byFirst);
  }
  expect(state.session("s-none")).toBeUndefined();
  expect(state.sessionByToken("never")).toBeUndefined();
  expect(state.boot()).toEqual(model.boot?.at(-1));
  expect(state.executionByKey("one", "never")).toBeUndefined();
  expect(state.executionByKey("three", "k1")).toBeUndefined();
}

function openIn(records: readonly LedgerRecord[]): readonly string[] {
  const ended = new Set(records.filter((r) => r.type === "closed").map(({ trace }) => trace));
  return records.flatMap(({ type, trace }) =>
    type === "opened" && !ended.has(trace) ? [trace] : [],
  );
}

function changesOf(records: readonly LedgerRecord[]): readonly Change[] {
  const waiting = new WaitingNodes();
  return records.flatMap((record) => waiting.fold(record) ?? []);
}

describe("the state", () => {
  test("is at every moment the fold of the records, whatever is stored and whatever fails", () => {
    const check = (records: readonly LedgerRecord[], when: readonly Storing[]) => {
      const store = failing(freshStore());
      let overlay = new Overlay(store);
      for (const [at, record] of records.entries()) {
        overlay.note(record);
        for (const { after, lag, how } of when) {
          if (after !== at) continue;
          store.how = how;
          const go = () => overlay.storeUpTo(checkpointAt(Math.max(0, at + 1 - lag)));
          if (how === 1 || how === 2) expect(go).toThrow();
          else go();
          // A start: what was open then goes on in another process.
          if (how === 3 && lag === 0) overlay = new Overlay(store);
          // Whatever sleeps now, and wakes again by itself: it is seen as before.
          if (at % 2 === 0)
            for (const trace of openIn(records.slice(0, at + 1))) overlay.sleep(trace);
          expectLike(overlay, modelOf(records.slice(0, at + 1)));
        }
      }
      store.how = 0;
      overlay.storeUpTo(checkpointAt(records.length));
      expect(overlay.pending).toBe(0);
      expectLike(overlay, modelOf(records));
      expectLike(store, modelOf(records));
      store.close();
    };
    // A checkpoint never goes back behind one that was written.
    const forward = storings.map((all) => all.map((one) => ({ ...one, lag: 0 })));
    fc.assert(fc.property(history, forward, check), RUNS);
    fc.assert(fc.property(history, storings, check), RUNS);
  });

  test("ends what was waited for where that was stored, and a start read the move and the end", () => {
    const at = (n: number, body: object) =>
      ({
        n,
        trace: "t",
        seq: n,
        at: `at-${n}`,
        prev: NO_DIGEST,
        hash: NO_DIGEST,
        ...body,
      }) as never;
    const times = { since: "since", until: "until", signals: [] };
    const opened = { type: "opened", epoch: 1, tenant: "one", idempotency_key: null };
    const named = { session: null, principal: "p", workflow: "d::WF_V0", intent: null };
    const asked = { ...opened, ...named, snapshot: NO_DIGEST, started_at: "" };
    const end = { type: "closed", exit: "x", outcome: "SUCCESS", fault: false };
    const records = [
      at(1, asked),
      at(2, { type: "timer", node: "a", ...times }),
      at(3, { type: "migrated", to_snapshot: "another" }),
      at(4, { type: "node", node: "a", outcome: "ELAPSED" }),
      at(5, { ...end, fingerprint: NO_DIGEST }),
    ];
    for (let stored = 1; stored <= records.length; stored += 1) {
      const store = freshStore();
      const before = new Overlay(store);
      for (const record of records.slice(0, stored)) before.note(record);
      before.storeUpTo(checkpointAt(stored));
      const overlay = new Overlay(store);
      for (const record of records.slice(stored)) overlay.note(record);
      expect(overlay.waitsOf("t")).toEqual([]);
      overlay.storeUpTo(checkpointAt(records.length));
      expect(rowsIn(store).wait).toEqual([]);
      store.close();
    }
  });

  test("knows the highest epoch up to every position, and no start that wrote nothing", () => {
    const check = (records: readonly LedgerRecord[]) => {
      const overlay = new Overlay(freshStore());
      for (const record of records) overlay.note(record);
      let highest = 0;
      for (const [at, record] of records.entries()) {
        if ("epoch" in record) highest = Math.max(highest, record.epoch);
        expect(overlay.epochUpTo(at + 1)).toBe(highest);
      }
      expect(overlay.epoch).toBe(highest);
      expect(overlay.epochUpTo(0)).toBe(0);
    };
    fc.assert(fc.property(history, check), RUNS);
  });

  test("has the same rows in whatever groups its changes were stored", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 });
    fc.assert(
      fc.property(history, sizes, (records, groups) => {
        const store = freshStore();
        const changes = [...changesOf(records)];
        for (let at = 0; changes.length > 0; at += 1) {
          store.apply(changes.splice(0, groups[at % groups.length]), checkpointAt(at));
        }
        expect(rowsIn(store)).toEqual(modelOf(records));
        store.close();
      }),
      RUNS,
    );
  });

  test("has the same rows when a part of the records is folded again", () => {
    fc.assert(
      fc.property(history, fc.nat(60), (records, part) => {
        const store = freshStore();
        store.apply(changesOf(records.slice(0, part)), checkpointAt(0));
        store.apply(changesOf(records), checkpointAt(records.length));
        expect(rowsIn(store)).toEqual(modelOf(records));
        store.close();
      }),
      RUNS,
    );
  });

  test("has hundreds of rows of a group, each once", () => {
    const store = freshStore();
    const place = { tenant: "one", store: "d/a" };
    const changes: Change[] = [];
    for (let at = 1; at <= 333; at += 1) {
      changes.push({ kind: "register", ...place, key: `key-${at}`, value: at });
      changes.push({ kind: "append", ...place, position: at, event: { at } });
      changes.push({ kind: "put", ...place, key: `key-${at % 99}`, value: at, version: at });
    }
    store.apply(changes, checkpointAt(999));
    expect(store.streamLength(place)).toBe(333);
    expect(store.events(place, 300, 50).at(-1)).toEqual({ at: 333 });
    expect(store.registry(place, "key-217")).toEqual({ value: 217, revoked: false });
    expect(store.document(place, "key-36")).toEqual({ value: 333, version: 333 });
    expect([...store.rows("registry")]).toHaveLength(333);
    expect([...store.rows("document")]).toHaveLength(99);
    store.close();
  });

  test("has an idempotency key once a tenant, and refuses a ledger that has it twice", () => {
    const store = freshStore();
    const opened = (trace: string, tenant: string): Change => {
      const key = { type: "opened", trace, tenant, idempotency_key: "k", n: 1, epoch: 1 };
      const names = { principal: "p", workflow: "d::WF_V0", snapshot: "", started_at: "" };
      const nobody = { session: null, intent: null };
      const record = { ...key, ...names, ...nobody } as unknown as LedgerRecord;
      return fold(record) as Change;
    };
    store.apply([opened("a", "one"), opened("b", "two")], checkpointAt(2));
    expect(store.executionByKey("one", "k")?.trace).toBe("a");
    expect(store.executionByKey("two", "k")?.trace).toBe("b");
    expect(() => store.apply([opened("c", "one")], checkpointAt(3))).toThrow(
      expect.objectContaining({ family: "evidence", code: "state/key-twice" }),
    );
    expect(store.execution("c")).toBeUndefined();
    expect(store.watermark()?.applied).toBe(2);
    store.close();
  });
});

test("a token has one session, and a ledger that has two for it is refused", () => {
  const store = freshStore();
  const opened = (n: number): Change => {
    const who = { tenant: "one", principal: "p", caller: { roles: [], attributes: {} } };
    const caller = { ...who.caller, identity: "token" };
    const shown = { token: { issuer: "i", sha256: "t" }, secret_sha256: "s", expires_at: "" };
    const record = { type: "session", trace: `s${n}`, n, at: "", ...who, ...shown, caller };
    return fold(record as unknown as LedgerRecord) as Change;
  };
  store.apply([opened(1)], checkpointAt(1));
  expect(() => store.apply([opened(2)], checkpointAt(2))).toThrow(
    expect.objectContaining({ family: "evidence", code: "state/token-twice" }),
  );
  expect(store.session("s2")).toBeUndefined();
  expect(store.sessionByToken("t")?.session).toBe("s1");
  store.close();
});

test("the start of a writer counts, whatever kind of record names it", () => {
  const store = freshStore();
  const overlay = new Overlay(store);
  const lone = ["refused", "session-ended", "boot"] as const;
  for (const [at, type] of lone.entries()) {
    const record = { type, trace: `x${at}`, n: at + 1, at: "", epoch: at + 4, ended: "none" };
    overlay.note(record as unknown as LedgerRecord);
    expect(overlay.epoch).toBe(at + 4);
  }
  store.close();
});

type Storing = { readonly after: number; readonly lag: number; readonly how: number };

test("a write-ahead log that is cut at any byte holds whole groups only", () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 9 }), fc.double({ min: 0, max: 1 }), cut),
    RUNS,
  );
  function cut(records: readonly LedgerRecord[], size: number, where: number): void {
    const path = freshPath();
    const store = freshStore(path);
    // What was there before the first group: an empty state, as a clean stop leaves it.
    store.close();
    const writing = freshStore(path);
    for (let n = 0; n < records.length; n += size) {
      const group = records.slice(n, n + size);
      writing.apply(changesOf(group), checkpointAt(n + group.length));
    }
    const copy = freshPath();
    copyFileSync(path, copy);
    if (records.length > 0) {
      copyFileSync(`${path}-wal`, `${copy}-wal`);
      const bytes = statSync(`${path}-wal`).size;
      truncateSync(`${copy}-wal`, Math.floor(bytes * where));
    }
    writing.close();
    const after = openStore(copy, "writing");
    const applied = after.watermark()?.applied ?? 0;
    expect(applied % size === 0 || applied === records.length).toBe(true);
    if (where === 1) expect(applied).toBe(records.length);
    expect(rowsIn(after)).toEqual(modelOf(records.slice(0, applied)));
    after.close();
  }
});
