import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Alarms } from "../../../runtime/alarms.ts";
import type { Change } from "../../../runtime/ports.ts";
import { WaitsAbove } from "../../../runtime/state/waits-above.ts";
import { checkpointAt, freshStore } from "../state/stored.ts";
import { BEGAN_MS, handClock, settled } from "./place.ts";

function waits(trace: string, atMs: number): Change & { readonly kind: "waits" } {
  const until = new Date(BEGAN_MS + atMs).toISOString();
  const row = { trace, node: "n", since: until, until, signals: [], first: 1 };
  return { kind: "waits", row };
}

/** Alarms over a state with these times, by trace; those of `above` are not stored. */
function alarmsOver(times: ReadonlyMap<string, number>, above: ReadonlySet<string> = new Set()) {
  const clock = handClock();
  const store = freshStore();
  const state = new WaitsAbove(store);
  const stored: Change[] = [];
  for (const [trace, atMs] of times) {
    const change = waits(trace, atMs);
    if (above.has(trace)) state.show(change);
    else stored.push(change);
  }
  store.apply(stored, checkpointAt(0));
  const rung = new Map<string, number>();
  const alarms = new Alarms({
    clock,
    time: timeOf(clock),
    after: (time, few) => state.after(time, few),
    ring(trace) {
      rung.set(trace, clock.now() - BEGAN_MS);
      return undefined;
    },
  });
  return { alarms, clock, rung, state, close: () => store.close() };
}

function timeOf(clock: { readonly now: () => number }) {
  return {
    get nowMs() {
      return clock.now();
    },
    behindMs: 0,
  };
}

describe("what is waited for", () => {
  test("rings when it is time and never before, however much of it there is", async () => {
    const times = new Map<string, number>();
    for (let n = 0; n < 6_000; n += 1) times.set(`t${n}`, 1_000 * Math.floor((n * 7_919) % 300));
    const above = new Set([...times.keys()].filter((_, at) => at % 97 === 0));
    const { alarms, clock, rung, close } = alarmsOver(times, above);
    alarms.begin();
    // Many end at the very same time; yet not all of them are held.
    expect(alarms.size).toBeLessThan(2_000);
    for (let second = 0; second <= 300; second += 1) {
      const due = [...times].filter(([, atMs]) => atMs <= second * 1_000);
      expect(rung.size).toBe(due.length);
      clock.by(1_000);
    }
    for (const [trace, atMs] of times) expect(rung.get(trace)).toBe(atMs);
    await settled();
    alarms.stop();
    expect(clock.timers()).toBe(0);
    close();
  });

  test("holds no more of what begins meanwhile than is up next", () => {
    const { alarms, clock, rung, state, close } = alarmsOver(new Map());
    alarms.begin();
    for (let n = 0; n < 30_000; n += 1) {
      const change = waits(`t${n}`, 60_000 + ((n * 7_919) % 30_000));
      state.show(change);
      alarms.add(Date.parse(change.row.until), change.row.trace);
      expect(alarms.size).toBeLessThan(10_000);
    }
    clock.by(59_999);
    expect(rung.size).toBe(0);
    clock.by(30_002);
    expect(rung.size).toBe(30_000);
    alarms.stop();
    close();
  });

  test("is found behind any time, whole up to the one that is told, and goes on from there", () => {
    const times = fc.array(fc.nat(12), { maxLength: 60 });
    const check = (all: readonly number[], few: number, share: number) => {
      const named = new Map(all.map((at, n) => [`t${n}`, at]));
      const above = new Set([...named.keys()].filter((_, n) => n % 4 < share));
      const { state, close } = alarmsOver(named, above);
      const found: string[] = [];
      for (let time: string | undefined = ""; time !== undefined; ) {
        const { rows, upTo } = state.after(time, few);
        for (const { trace, until } of rows) {
          found.push(trace);
          expect(until > time && (upTo === undefined || until <= upTo)).toBe(true);
        }
        time = upTo;
      }
      expect(found.sort()).toEqual([...named.keys()].sort());
      close();
    };
    fc.assert(fc.property(times, fc.integer({ min: 1, max: 9 }), fc.nat(4), check), {
      numRuns: 60,
    });
  });
});
