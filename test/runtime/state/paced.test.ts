/** How often the state is stored: as often as what is told with it is worth, however much is open. */
import { beforeAll, expect, test } from "vitest";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import type { OpenTrace } from "../../../runtime/ports.ts";
import { Overlay } from "../../../runtime/state/overlay.ts";
import { openStore } from "../../../runtime/state/sqlite.ts";
import { Storing } from "../../../runtime/state/storing.ts";
import { during, freshRoot, recordsOf, UNFLUSHED } from "../on-disk.ts";
import { REGISTER } from "../protocol.ts";

let records: readonly LedgerRecord[];

beforeAll(async () => {
  const dataRoot = freshRoot();
  await during(
    dataRoot,
    async (runtime) => {
      const some = Array.from({ length: 2_000 }, (_, at) => ({ name: `n${at}` }));
      for (const payload of some) await runtime.submit({ workflow: REGISTER, payload });
    },
    { ports: UNFLUSHED },
  );
  records = recordsOf(dataRoot);
});

/** Stores all of them as they come, while so many others are open; counts what was told of those. */
function told(
  others: number,
  asleep: boolean,
): { readonly changes: number; readonly open: number } {
  const place = { start: { n: 0, segment: 1, offset: 0 }, bytes: 10 };
  const open: readonly OpenTrace[] = Array.from({ length: others }, (_, at) => {
    const one = { trace: `open-${at}`, places: [place] };
    return asleep ? { ...one, asleep } : one;
  });
  const store = openStore(`${freshRoot()}.db`, "writing");
  const state = new Overlay(store);
  const counted = { changes: 0, open: 0 };
  let n = 0;
  const storing = new Storing({
    state,
    checkpoint() {
      counted.open += open.length;
      const durable = { n, segment: 1, offset: n };
      return { watermark: { applied: n, epoch: 1, durable, hash: null }, open };
    },
    refresh: () => {},
  });
  for (const record of records) {
    const before = state.pending;
    state.note(record);
    counted.changes += state.pending - before;
    n = record.n;
    void storing.some();
  }
  store.close();
  return counted;
}

test("what is told of executions that are open grows with what has changed", () => {
  const { changes, open } = told(3_000, false);
  expect(changes).toBeGreaterThan(5_000);
  // The first time is soon, when nobody knows yet how many are open.
  expect(open).toBeLessThanOrEqual(changes + 3_000);
  expect(open).toBeGreaterThan(3_000);
});

test("what sleeps is stored, and let go of, as soon as where nothing does", () => {
  const few = told(3, true);
  const many = told(3_000, true);
  expect(many.open / 3_000).toBe(few.open / 3);
});

test("what the thread stores holds nobody up, and what comes behind it does once it is much", async () => {
  const all: (() => void)[] = [];
  let pending = 0;
  const state = {
    get pending() {
      return pending;
    },
    asleepAbove: 0,
    hand() {
      pending = 0;
      return { changes: [], stored: () => {}, returned: () => {} };
    },
  } as unknown as Overlay;
  const durable = { n: 1, segment: 1, offset: 1 };
  const storing = new Storing({
    state,
    checkpoint: () => ({ watermark: { applied: 1, epoch: 1, durable, hash: null }, open: [] }),
    refresh: () => {},
    thread: () => ({
      store: () => new Promise((resolve) => all.push(() => resolve(true))),
      end: () => Promise.resolve(),
    }),
  });
  const lagging = (changes: number) => {
    pending += changes;
    return storing.some();
  };
  expect(lagging(100_000), "found at a start").toBeUndefined();
  expect(lagging(2_000)).toBeUndefined();
  expect(all).toHaveLength(2);
  expect(lagging(65_000)).toBeUndefined();
  const held = lagging(1_000);
  expect(held).toBeInstanceOf(Promise);
  for (const stored of all) stored();
  await held;
  expect(lagging(0)).toBeUndefined();
  expect(all).toHaveLength(3);
});
