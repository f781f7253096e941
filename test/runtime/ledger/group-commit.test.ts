/** Group commit: nobody is told before a flush that began behind them, and none overlaps another. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Pace } from "../../../runtime/ledger/group-commit.ts";
import type { Files } from "../../../runtime/ports.ts";
import { freshRoot } from "../on-disk.ts";
import { QUICK, start, wholeOn } from "./ledger-root.ts";

/** A disk that says when it was asked to flush, and takes so many turns of the event loop for it. */
function slowDisk(turns: readonly number[]) {
  const seen = { appended: 0, flushing: 0, overlaps: 0, flushes: 0, durable: 0 };
  const files: Files = {
    ...QUICK,
    openAppend(path) {
      const file = QUICK.openAppend(path);
      return {
        ...file,
        append(data) {
          if (seen.flushing > 0) seen.overlaps += 1;
          seen.appended += data.byteLength;
          file.append(data);
        },
        async flush() {
          seen.flushing += 1;
          if (seen.flushing > 1) seen.overlaps += 1;
          const covered = seen.appended;
          for (let turn = turns[seen.flushes % turns.length] ?? 0; turn > 0; turn -= 1) {
            await new Promise((resolve) => setImmediate(resolve));
          }
          seen.flushes += 1;
          seen.flushing -= 1;
          seen.durable = covered;
        },
      };
    },
  };
  return { files, seen };
}

test("whoever waits is told when what they wrote is on the disk, and everybody is told", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 7 }),
      async (lanes, flushTurns, workTurns) => {
        const { files, seen } = slowDisk(flushTurns);
        const { ledger } = start(freshRoot(), { files });
        let written = 0;
        let told = 0;
        const lane = async (own: number) => {
          for (let round = 0; round < 6; round += 1) {
            for (let turn = workTurns[(own + round) % workTurns.length] ?? 0; turn > 0; turn -= 1) {
              await new Promise((resolve) => setImmediate(resolve));
            }
            wholeOn(ledger, `t${own}-${round}`);
            written += 1;
            const behind = seen.appended;
            await ledger.flush();
            // What stood in the file before was flushed, and more: this was gathered behind it.
            expect(seen.durable).toBeGreaterThan(behind === 0 ? 0 : behind - 1);
            expect(ledger.durable.n).toBeGreaterThanOrEqual(3);
            told += 1;
          }
        };
        await Promise.all(Array.from({ length: lanes }, (_, own) => lane(own)));
        expect(told).toBe(written);
        expect(seen.overlaps).toBe(0);
        expect(ledger.durable.n).toBe(3 * written);
        expect(seen.flushes).toBeLessThanOrEqual(written);
        await ledger.close();
      },
    ),
    { numRuns: 60 },
  );
});

describe("when a flush begins", () => {
  /** A round of so many, each of whom works so long; gives how large a group is waited for. */
  function waitedFor(workMs: number, flushMs: number, round: number): number {
    let now = 0;
    const pace = new Pace({ now: () => now, timer: () => () => {} });
    for (let cycle = 0; cycle < 40; cycle += 1) {
      for (let one = 0; one < round; one += 1) {
        now += workMs;
        pace.joined();
      }
      pace.begun();
      now += flushMs;
      pace.ended(round, 0);
    }
    for (let size = 1; size <= round; size += 1) if (pace.isTime(size)) return size;
    return Number.POSITIVE_INFINITY;
  }

  test("half of them is enough where the work takes longer than the flush", () => {
    expect(waitedFor(1, 4, 64)).toBe(32);
    expect(waitedFor(1, 60, 64)).toBe(32);
  });

  test("all of them are waited for where the flush takes longer", () => {
    expect(waitedFor(1, 200, 64)).toBe(64);
    expect(waitedFor(0, 5, 8)).toBe(8);
  });

  test("one who is alone waits for nobody", () => {
    expect(waitedFor(1, 1, 1)).toBe(1);
    expect(waitedFor(1, 100, 1)).toBe(1);
  });

  test("a clock that goes back changes nothing but when", () => {
    let now = 1_000_000;
    const pace = new Pace({ now: () => now, timer: () => () => {} });
    pace.joined();
    now -= 3_600_000;
    pace.begun();
    now -= 3_600_000;
    pace.ended(1, 5);
    expect(pace.isTime(6)).toBe(true);
  });
});
