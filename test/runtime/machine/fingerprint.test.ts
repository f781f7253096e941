/** The fingerprint of what waits, forks and undoes is the SHA-256 of the canonical JSON that it says. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonical } from "../../../protocol/language/canonical.ts";
import { sha256 } from "../../../protocol/language/digest.ts";
import { type Json, type JsonObject, member } from "../../../protocol/language/json.ts";
import type { MachineRecord, OpenedBody } from "../../../protocol/language/records.ts";
import { fingerprintOf, isHappened } from "../../../runtime/fingerprint.ts";
import { forkedProgram } from "./laws.ts";
import { live } from "./world.ts";

const OPENED = Object.freeze({
  workflow: "test::WF_FORKED_V0",
  snapshot: sha256("a snapshot"),
  payload: 7,
}) as unknown as OpenedBody;

/** As the file that makes it says in its head. */
function stepOf(record: MachineRecord): Json {
  const { type, node } = record;
  if (type === "cancelled") return { cancelled: true, node };
  const body = record as unknown as JsonObject;
  const some = (source: Json, ...names: readonly string[]) =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = member(source, name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
  const effect = ["store", "operation", "key", "value", "version", "from", "limit"];
  return {
    ...some(body, "compensates", "node", "outcome", "output"),
    ...(type === "effect" && { effect: some(body, ...effect) }),
    ...(type === "external" && { external: some(body, "effect", "operation") }),
  };
}

test("it holds each step, what it compensates, and nothing of waits and attempts", () => {
  const seed = fc.integer({ min: 0, max: 2 ** 30 });
  const types = new Set<string>();
  let undoes = 0;
  fc.assert(
    fc.property(seed, seed, fc.nat(8), (graph, order, cancelAt) => {
      // Odd: nothing is sealed there.
      const program = forkedProgram(2 * graph + 1);
      const { records } = live({ program, answers: graph, order, cancelAt });
      for (const { type } of records) types.add(type);
      undoes += records.filter((record) => "compensates" in record).length;
      const steps = records.filter(isHappened);
      const { payload, snapshot, workflow } = OPENED;
      const text = canonical({ payload, snapshot, steps: steps.map(stepOf), workflow });
      expect(fingerprintOf({ opened: OPENED, steps })).toBe(sha256(text));
    }),
    { numRuns: 200 },
  );
  expect(undoes).toBeGreaterThan(50);
  expect([...types]).toEqual(expect.arrayContaining(["timer", "signal", "retry", "cancelled"]));
});

test("of a long execution, which is hashed in pieces, it is the same", () => {
  const { payload, snapshot, workflow } = OPENED;
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "grapheme", maxLength: 60 }), { minLength: 1 }),
      (some) => {
        const steps = Array.from({ length: 3_000 }, (_, at) => ({
          type: "node",
          node: `n${at}`,
          outcome: "SUCCESS",
          output: `${some[at % some.length]}`.repeat(3),
          to: "next",
        })) as unknown as Parameters<typeof fingerprintOf>[0]["steps"];
        const told = steps.map((step) => stepOf(step as unknown as MachineRecord));
        const text = canonical({ payload, snapshot, steps: told, workflow });
        expect(fingerprintOf({ opened: OPENED, steps })).toBe(sha256(text));
      },
    ),
    { numRuns: 10 },
  );
});
