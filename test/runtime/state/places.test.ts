import fc from "fast-check";
import { expect, test } from "vitest";
import { MARK_BYTES } from "../../../runtime/ledger/marks.ts";
import type { LedgerPosition, OpenTrace, RecordPlace } from "../../../runtime/ports.ts";
import type { SqliteStore } from "../../../runtime/state/sqlite.ts";
import { checkpointAt, freshPath, freshStore } from "./stored.ts";

type Step = "checkpoint" | "reopen" | "fail" | { readonly trace: string; readonly ends: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ trace: fc.constantFrom("a", "b", "c", "d"), ends: coin() }) },
  { weight: 3, arbitrary: fc.constant<Step>("checkpoint") },
  { weight: 1, arbitrary: fc.constantFrom<Step>("reopen", "fail") },
);

function coin(): fc.Arbitrary<boolean> {
  return fc.integer({ min: 1, max: 3 }).map((side) => side === 1);
}

/** A change that no table takes. */
const BAD = {
  kind: "append",
  tenant: "one",
  store: "d/a",
  position: null as unknown as number,
  event: 1,
} as const;

test("the store knows the open traces of the last checkpoint, and where their records stand", () => {
  const check = (steps: readonly Step[]) => {
    const path = freshPath();
    let store = freshStore(path);
    const open = new Map<string, RecordPlace[]>();
    let stored: readonly OpenTrace[] = [];
    let n = 0;
    for (const one of steps) {
      const now = [...open].map(([trace, places]) => ({ trace, places: [...places] }));
      if (one === "checkpoint") {
        store.apply([], checkpointAt(n, now));
        stored = now;
      } else if (one === "reopen") {
        store.close();
        store = freshStore(path);
      } else if (one === "fail") {
        expect(() => store.apply([BAD], checkpointAt(n, now))).toThrow();
      } else {
        // A trace's id is used once.
        const id = [...open.keys()].find((key) => key.startsWith(one.trace)) ?? `${one.trace}-${n}`;
        const place = { start: { n, segment: 1, offset: n * 100 }, bytes: 100 };
        n += 1;
        if (one.ends) open.delete(id);
        else open.set(id, [...(open.get(id) ?? []), place]);
      }
      expect(store.open()).toEqual(stored);
    }
    store.close();
  };
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), check), { numRuns: 60 });
});

type Sleep =
  | { readonly do: "checkpoint"; readonly again: boolean }
  | { readonly do: "reopen" }
  | { readonly do: "fail" }
  | { readonly do: "record" | "sleep" | "end"; readonly trace: string };

const sleep: fc.Arbitrary<Sleep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("record" as const, "record" as const, "sleep" as const, "end" as const),
      trace: fc.constantFrom("a", "b", "c"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("checkpoint" as const), again: coin() }) },
  { weight: 1, arbitrary: fc.constantFrom<Sleep>({ do: "reopen" }, { do: "fail" }) },
);

interface Sleeper {
  readonly trace: string;
  places: RecordPlace[];
  asleep: boolean;
  /** A checkpoint was stored that told of it. */
  told: boolean;
}

function toldOf({ trace, places, asleep }: Sleeper): OpenTrace {
  return asleep ? { trace, places: [...places], asleep } : { trace, places: [...places] };
}

test("the store knows who sleeps and where their records stand, and opens without them", () => {
  const check = (steps: readonly Sleep[]) => {
    const path = freshPath();
    let store = freshStore(path);
    const all = new Map<string, Sleeper>();
    const ended: string[] = [];
    let stored: readonly Sleeper[] = [];
    let n = 0;
    for (const one of steps) {
      if (one.do === "checkpoint" || one.do === "fail") {
        const again = one.do === "checkpoint" && one.again;
        const open = [...all.values()].filter(({ told, asleep }) => again || !(told && asleep));
        const changes = ended.map((trace) => endOf(trace, n));
        const how = checkpointAt(n, open.map(toldOf));
        if (one.do === "fail") {
          expect(() => store.apply([...changes, BAD], how)).toThrow();
          continue;
        }
        store.apply(changes, how);
        for (const sleeper of open) sleeper.told = true;
        stored = [...all.values()].map((sleeper) => ({ ...sleeper, places: [...sleeper.places] }));
        ended.length = 0;
      } else if (one.do === "reopen") {
        store.close();
        store = freshStore(path);
      } else {
        const id = [...all.keys()].find((key) => key.startsWith(one.trace)) ?? `${one.trace}-${n}`;
        const known = all.get(id);
        if (one.do === "sleep") {
          if (known?.asleep === false) Object.assign(known, { asleep: true, told: false });
          continue;
        }
        const place = { start: { n, segment: 1, offset: n * 100 }, bytes: 100 };
        n += 1;
        if (one.do === "end") {
          if (all.delete(id)) ended.push(id);
          continue;
        }
        const places = [...(known?.places ?? []), place];
        if (known === undefined) all.set(id, { trace: id, places, asleep: false, told: false });
        else Object.assign(known, { places, asleep: false, told: false });
      }
      expect(store.open()).toEqual(stored.filter(({ asleep }) => !asleep).map(toldOf));
      for (const { trace, places, asleep } of stored) {
        expect(store.asleep(trace)).toEqual(asleep ? places : []);
      }
    }
    const gone = ["a", "b", "c"].filter((name) => !stored.some(({ trace }) => trace === name));
    for (const name of gone) expect(store.asleep(name)).toEqual([]);
    store.close();
  };
  fc.assert(fc.property(fc.array(sleep, { maxLength: 60 }), check), { numRuns: 100 });
});

function endOf(trace: string, last: number) {
  const end = { closed_at: "", exit: "x", outcome: "SUCCESS", fault: false, fingerprint: "" };
  return { kind: "closed", trace, ...end, last } as const;
}

test("a checkpoint that names a record behind it is our own fault", () => {
  const store = freshStore();
  const places = [{ start: { n: 3, segment: 1, offset: 300 }, bytes: 100 }];
  expect(() => store.apply([], checkpointAt(3, [{ trace: "t", places }]))).toThrow("durable");
  expect(store.watermark()).toBeUndefined();
  store.close();
});

function apply(store: SqliteStore, durable: LedgerPosition, marks?: readonly LedgerPosition[]) {
  const watermark = { applied: durable.n, epoch: 1, durable, hash: null };
  store.apply([], { watermark, open: [] }, marks);
}

const BEGINNING = { n: 0, segment: 1, offset: 0 };

test("the nearest mark stands before the record, and at most so many bytes before a checkpoint", () => {
  const growth = fc.array(fc.record({ records: fc.integer({ min: 1, max: 9 }), kib: fc.nat(90) }), {
    maxLength: 30,
  });
  const check = (steps: readonly { records: number; kib: number }[]) => {
    const path = freshPath();
    let store = freshStore(path);
    const checkpoints: LedgerPosition[] = [];
    let at: LedgerPosition = BEGINNING;
    for (const { records, kib } of steps) {
      const full = at.offset > 500_000;
      const offset = (full ? 0 : at.offset) + kib * 1_024 + records;
      at = { n: at.n + records, segment: at.segment + Number(full), offset };
      apply(store, at);
      checkpoints.push(at);
      if (kib % 7 === 0) {
        store.close();
        store = freshStore(path);
      }
    }
    for (let n = 1; n <= at.n + 1; n += 1) {
      const found = store.nearest(n);
      expect(found.n).toBeLessThan(n);
      const before = checkpoints.findLast((one) => one.n < n);
      if (before === undefined) expect(found).toEqual(BEGINNING);
      else if (found.n > 0) expect(checkpoints).toContainEqual(found);
      if (before === undefined || before.segment !== found.segment) continue;
      expect(before.offset - found.offset).toBeLessThan(MARK_BYTES);
    }
    store.close();
  };
  fc.assert(fc.property(growth, check), { numRuns: 40 });
});

test("marks that were found while folding are kept beside the checkpoint's own", () => {
  const store = freshStore();
  const marks = [1, 2, 3].map((segment) => ({ n: segment * 100, segment, offset: 0 }));
  apply(store, { n: 400, segment: 3, offset: 5_000 }, marks);
  expect(store.nearest(100)).toEqual(BEGINNING);
  expect(store.nearest(101)).toEqual(marks[0]);
  expect(store.nearest(399)).toEqual(marks[2]);
  store.close();
});
