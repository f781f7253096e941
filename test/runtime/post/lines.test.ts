/** Who may go next, for any stream and any order in which deliveries end. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Lines } from "../../../runtime/post/lines.ts";

const KEYS = fc.constantFrom("a", "b", "c", null);

test("each stands once, one of a line is under way at a time, in order, within the bound", () => {
  fc.assert(
    fc.property(
      fc.array(KEYS, { maxLength: 40 }),
      fc.infiniteStream(fc.nat(100)),
      fc.integer({ min: 1, max: 8 }),
      (keys, choices, aheadMax) => {
        const lines = new Lines(0, aheadMax);
        const underWay = new Map<number, string>();
        const gone: number[] = [];
        const begin = (position: number) => {
          const line = keys[position - 1] as string;
          expect([...underWay.values()]).not.toContain(line);
          underWay.set(position, line);
        };
        while (lines.done < keys.length) {
          for (
            let next = lines.next;
            next !== undefined && next <= keys.length;
            next = lines.next
          ) {
            expect(next - lines.done).toBeLessThanOrEqual(aheadMax);
            const key = keys[next - 1] ?? null;
            if (key === null) lines.pass(next);
            else if (lines.stand(next, key)) begin(next);
          }
          const positions = [...underWay.keys()];
          if (positions.length === 0) break;
          const chosen = positions[choices.next().value % positions.length] as number;
          underWay.delete(chosen);
          gone.push(chosen);
          const next = lines.leave(chosen);
          if (next !== undefined) begin(next);
        }
        expect(lines.done).toBe(keys.length);
        expect(lines.doneInAll).toBe(keys.length);
        for (const key of ["a", "b", "c"]) {
          const line = gone.filter((position) => keys[position - 1] === key);
          expect(line).toEqual(line.toSorted((x, y) => x - y));
        }
        expect(gone).toHaveLength(keys.filter((key) => key !== null).length);
      },
    ),
  );
});

test("what is not under way cannot end, and nothing is looked at out of order", () => {
  const lines = new Lines(3, 2);
  expect(lines.next).toBe(4);
  expect(() => lines.pass(5)).toThrow("in order");
  expect(lines.stand(4, "a")).toBe(true);
  expect(lines.stand(5, "a")).toBe(false);
  expect(lines.next).toBeUndefined();
  expect(() => lines.leave(5)).toThrow("under way");
  expect(lines.leave(4)).toBe(5);
});
