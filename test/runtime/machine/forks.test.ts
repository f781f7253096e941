/** Random graphs of forks, waits, retries and undoing, held to the laws in every order of answers. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { brokenLaw, forkedProgram } from "./laws.ts";
import { live } from "./world.ts";

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

test("nothing that is labelled stands in the clear: what is said, what is tried again, what is joined", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.nat(2 ** 20), seed, seed, (graph, answers, order) => {
      const { records } = live({ program: forkedProgram(4 * graph), answers, order });
      for (const record of records) {
        const text = JSON.stringify(record);
        expect(text).not.toMatch(/"id":"|"because":"|"item":\d/);
        if (text.includes('"$sealed"')) seen.add(record.type);
      }
    }),
    { numRuns: 200 },
  );
  expect(seen).toEqual(new Set(["attempted", "effect", "external", "node", "retry", "signal"]));
});
