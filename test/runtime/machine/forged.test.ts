/**
 * Records of another hand: whatever was left out, told twice, swapped or written otherwise, playback
 * refuses it or goes on from what could have been; it is never our own fault.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { BEGINNING, drive, type Host } from "../../../runtime/driver.ts";
import { playback } from "../../../runtime/playback.ts";
import { type Dice, diceOf, oneOf } from "./forked-graph.ts";
import { forkedProgram } from "./laws.ts";
import { ACCEPTED, type History, live, SEALER } from "./world.ts";

/** Behind the last record there is nothing to be seen here. */
class Behind extends Error {}

function behind(): never {
  throw new Behind();
}

const NOBODY: Host = {
  invoke: behind,
  commit: behind,
  arm: behind,
  record: behind,
  next: behind,
};

type Loose = Record<string, unknown>;

const OUTCOMES = [
  "SUCCESS",
  "DONE",
  "BUSY",
  "FAULT",
  "TIMEOUT",
  "IN_DOUBT",
  "VIOLATION",
  "ELAPSED",
];
const TYPES = ["node", "effect", "external", "attempted", "retry", "timer", "signal", "cancelled"];
const TEXTS = ["since", "until", "principal", "signal", "to", "key", "compensates"];

/** One mistake of many in a copy of the records. */
function forge(history: History, dice: Dice): readonly Loose[] {
  const records = structuredClone(history.records) as unknown as Loose[];
  const at = Math.floor(dice() * records.length);
  const record = records[at];
  if (record === undefined) return records;
  const forgeries: readonly (() => void)[] = [
    () => records.splice(at, 1),
    () => records.splice(at, 0, structuredClone(record)),
    () => records.splice(at, 2, ...records.slice(at, at + 2).reverse()),
    () => Object.assign(record, { outcome: oneOf(dice, OUTCOMES) }),
    () => Object.assign(record, { node: oneOf(dice, records).node }),
    () => Object.assign(record, { [oneOf(dice, TEXTS)]: oneOf(dice, ["", "p1", "p0", "APPROVE"]) }),
    () => Object.assign(record, { type: oneOf(dice, TYPES) }),
    () => Object.assign(record, { output: oneOf(dice, [null, {}, [1]]) }),
    () => {
      delete record.output;
      record.reason = { code: "unknown/elapsed", message: "none came" };
    },
  ];
  oneOf(dice, forgeries)();
  return records;
}

test("what was forged is refused, or could have been; it is never our own fault", () => {
  const seed = fc.integer({ min: 0, max: 2 ** 31 });
  let refused = 0;
  fc.assert(
    fc.property(seed, seed, fc.option(fc.nat(8), { nil: undefined }), (graph, order, cancelAt) => {
      const program = forkedProgram(graph);
      const going = { program, answers: graph + order, order };
      const history = live(cancelAt === undefined ? going : { ...going, cancelAt });
      const dice = diceOf(order);
      for (let forgery = 0; forgery < 5; forgery += 1) {
        const recorded = forge(history, dice) as unknown as History["records"];
        const host = playback({ program, recorded, sealer: SEALER, live: NOBODY });
        try {
          drive({ program, host }, BEGINNING, ACCEPTED);
        } catch (error) {
          if (error instanceof Behind) continue;
          expect(error).toBeInstanceOf(Refusal);
          expect(error).toMatchObject({ code: "ledger/diverged" });
          refused += 1;
        }
      }
    }),
    { numRuns: 200 },
  );
  expect(refused).toBeGreaterThan(500);
});
