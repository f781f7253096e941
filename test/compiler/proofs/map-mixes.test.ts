/** What a map comes to by the numbers of its items, against every mix of items there is. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  at,
  costOf,
  isLeast,
  PLACES,
  TIME_MS,
  UNDOING_MS,
  WAY_MS,
  WRITES,
} from "../../../compiler/proofs/cost.ts";
import {
  type MapBounds,
  mapCost,
  mapShares,
  type Ways,
} from "../../../compiler/proofs/fork-cost.ts";
import { type Mix, mayEnd, mixesOf } from "../../../compiler/proofs/map-mixes.ts";

const OUTCOMES = ["EMPTY", "SUCCESS", "PARTIAL", "FAILED", "CANCELLED"] as const;

const maps: fc.Arbitrary<MapBounds> = fc.record({
  max: fc.integer({ min: 1, max: 12 }),
  concurrency: fc.integer({ min: 1, max: 6 }),
  threshold: fc.option(fc.constantFrom(0.001, 0.1, 0.25, 0.3, 0.5, 2 / 3, 0.7, 0.9, 0.999)),
});

function everyMix({ max, threshold }: MapBounds, outcome: string): readonly Mix[] {
  const mixes: Mix[] = [];
  for (let items = 0; items <= max; items += 1) {
    for (let failed = 0; failed <= items; failed += 1) {
      const mix = { succeeded: items - failed, failed };
      if (mayEnd(outcome, mix, threshold)) mixes.push(mix);
    }
  }
  return mixes;
}

test("what adds up over items is least and most at one of the few mixes that are told", () => {
  fc.assert(
    fc.property(
      maps,
      fc.constantFrom(...OUTCOMES),
      fc.nat(9),
      fc.nat(9),
      (map, outcome, won, lost) => {
        const sum = ({ succeeded, failed }: Mix) => succeeded * won + failed * lost;
        const told = mixesOf(outcome, map).map(sum);
        const every = everyMix(map, outcome).map(sum);
        expect(told.length > 0).toBe(every.length > 0);
        if (every.length === 0) return;
        expect(Math.min(...told)).toBe(Math.min(...every));
        expect(Math.max(...told)).toBe(Math.max(...every));
      },
    ),
    { numRuns: 2_000 },
  );
});

/** What one item does: one of few ways, each with a time of its own and one of undoing. */
interface Item {
  readonly writes: number;
  readonly way: number;
  readonly undoing: number;
}

const items: fc.Arbitrary<readonly Item[]> = fc.array(
  fc.record({ writes: fc.nat(3), way: fc.nat(20), undoing: fc.nat(20) }),
  { minLength: 1, maxLength: 2 },
);

function costOfItems(all: readonly Item[]) {
  const cost = costOf([
    [WRITES, Math.min(...all.map((one) => one.writes)), Math.max(...all.map((one) => one.writes))],
  ]);
  cost[WAY_MS] = Math.max(...all.map(({ way }) => way));
  cost[UNDOING_MS] = Math.max(...all.map(({ undoing }) => undoing));
  cost[TIME_MS] = Math.max(...all.map(({ way, undoing }) => way + undoing));
  return cost;
}

/** The next begins when one has ended. */
function makespan(all: readonly Item[], concurrency: number): number {
  const lanes = new Array<number>(concurrency).fill(0);
  for (const { way } of all) {
    lanes.sort((a, b) => a - b);
    lanes[0] = (lanes[0] ?? 0) + way;
  }
  return Math.max(...lanes);
}

test("no choice of items takes longer, writes more or less, than the bounds of a map say", () => {
  const choices = fc.array(fc.nat(100), { minLength: 24, maxLength: 24 });
  fc.assert(
    fc.property(
      fc.record({ map: maps, won: items, lost: items, outcome: fc.constantFrom(...OUTCOMES) }),
      choices,
      ({ map, won, lost, outcome }, picks) => {
        const cost = mapCost(outcome, map, {
          succeeded: costOfItems(won),
          failed: costOfItems(lost),
        });
        for (const { succeeded, failed } of everyMix(map, outcome)) {
          const pick = (from: readonly Item[], at: number) =>
            from[(picks[at] ?? 0) % from.length] as Item;
          const ran = [
            ...Array.from({ length: succeeded }, (_, n) => pick(won, n)),
            ...Array.from({ length: failed }, (_, n) => pick(lost, 12 + n)),
          ];
          const way = makespan(ran, map.concurrency);
          const undoing = ran.reduce((sum, one) => sum + one.undoing, 0);
          const writes = ran.reduce((sum, one) => sum + one.writes, 0);
          expect(way).toBeLessThanOrEqual(at(cost, WAY_MS));
          expect(way + undoing).toBeLessThanOrEqual(at(cost, TIME_MS));
          expect(writes).toBeLessThanOrEqual(at(cost, WRITES + 1));
          expect(writes).toBeGreaterThanOrEqual(at(cost, WRITES));
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

test("the shares of which a map's cost is told add up to it, place by place", () => {
  fc.assert(
    fc.property(maps, items, items, fc.constantFrom(...OUTCOMES), (map, won, lost, outcome) => {
      if (mixesOf(outcome, map).length === 0) return;
      const ways: Ways = { succeeded: costOfItems(won), failed: costOfItems(lost) };
      const cost = mapCost(outcome, map, ways);
      for (let place = 0; place < PLACES; place += 1) {
        if (isLeast(place)) continue;
        const shares = mapShares(outcome, map, { ways, place });
        const sum = shares.reduce((all, one) => all + one.times * at(ways[one.ends], one.place), 0);
        expect(sum).toBe(at(cost, place));
      }
    }),
    { numRuns: 1_000 },
  );
});
