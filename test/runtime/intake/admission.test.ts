/** Back-pressure: two bounds, first come first served, and nothing dropped that was taken. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Admission } from "../../../runtime/admission.ts";

test("never more is under way than may be, and what was taken has its turn, in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 5 }),
      fc.array(fc.constantFrom("enter", "reenter", "leave"), { maxLength: 60 }),
      async (underWayMax, queueMax, steps) => {
        const admission = new Admission({ underWayMax, queueMax });
        const turns: number[] = [];
        let taken = 0;
        let refused = 0;
        let left = 0;
        for (const step of steps) {
          if (step === "leave") {
            if (turns.length === left) continue;
            left += 1;
            admission.leave();
          } else {
            const id = taken + refused;
            const entering = step === "enter" ? admission.enter() : admission.reenter();
            if (entering === undefined) {
              taken += 1;
              turns.push(id);
            } else {
              await Promise.race([
                entering.then(
                  () => void turns.push(id),
                  () => {
                    refused += 1;
                    taken -= 1;
                  },
                ),
                new Promise((resolve) => setImmediate(resolve)),
              ]);
              taken += 1;
            }
          }
          await new Promise((resolve) => setImmediate(resolve));
          expect(turns.length - left).toBeLessThanOrEqual(underWayMax);
        }
        while (left < turns.length) {
          left += 1;
          admission.leave();
          await new Promise((resolve) => setImmediate(resolve));
        }
        expect(turns.length).toBe(taken);
        expect(turns).toEqual([...turns].sort((a, b) => a - b));
        await admission.idle();
        await admission.ready();
      },
    ),
    { numRuns: 200 },
  );
});
