/** Random graphs of forks, waits, retries and undoing, held to the laws in every order of answers. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { brokenLaw } from "./laws.ts";

const seed = fc.integer({ min: 0, max: 2 ** 31 });

test("whatever is answered in whatever order, an execution ends and is replayed to the same", () => {
  fc.assert(
    fc.property(seed, seed, seed, (graph, answers, order) => {
      expect(brokenLaw({ graph, answers, order })).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test("wherever it is cancelled, it ends, undoes what it says, and is replayed to the same", () => {
  fc.assert(
    fc.property(seed, seed, seed, fc.nat(8), (graph, answers, order, cancelAt) => {
      expect(brokenLaw({ graph, answers, order, cancelAt })).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});
