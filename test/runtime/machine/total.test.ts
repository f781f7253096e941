/** The machine is total: any fact gives a step, or is known as one that nobody asked for. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { AssertionFailure } from "../../../protocol/language/invariant.ts";
import type { Json } from "../../../protocol/language/json.ts";
import type { Standing } from "../../../runtime/driver.ts";
import type { Fact } from "../../../runtime/machine/program.ts";
import { step } from "../../../runtime/machine/step.ts";
import { askedBy } from "../../../runtime/playback.ts";
import { forkedProgram } from "./laws.ts";
import { CANCEL, live } from "./world.ts";

const seed = fc.integer({ min: 0, max: 2 ** 31 });
const asked = {
  node: fc.nat(12),
  branch: fc.option(fc.array(fc.nat(3), { maxLength: 3 }), { nil: undefined }),
};
const answer = fc.oneof(
  fc.record({
    outcome: fc.constantFrom("SUCCESS", "DONE", "BUSY", "toString", ""),
    output: fc.jsonValue(),
  }),
  fc.constant({ fault: { code: "fault/threw", message: "no" } }),
  fc.constant({ unknown: { code: "unknown/elapsed", message: "none came" } }),
);
const order = fc
  .record({ signal: fc.constantFrom("APPROVE", "REJECT", "", "x"), payload: fc.jsonValue() })
  .map((said) => ({ ...CANCEL, principal: "p1", ...said }));

const anyFact = fc.oneof(
  fc.record({ kind: fc.constantFrom("result", "committed", "answered"), ...asked, answer }),
  fc.record({ kind: fc.constantFrom("interrupted", "elapsed"), ...asked }),
  fc.record({
    kind: fc.constant("armed"),
    ...asked,
    now: fc.constantFrom("2026-11-22T10:00:00.000Z", ""),
  }),
  fc.record({ kind: fc.constant("signalled"), ...asked, order }),
  fc.record({ kind: fc.constant("cancel"), ...asked, order: fc.constant(CANCEL) }),
  fc.record({ kind: fc.constant("accepted"), payload: fc.jsonValue(), context: fc.constant({}) }),
) as fc.Arbitrary<unknown> as fc.Arbitrary<Fact>;

/** The same fact for where something is waited for. */
function aimedAt({ execution, pending }: Standing, fact: Fact): readonly Fact[] {
  if (fact.kind === "accepted") return [];
  const { branch: _, ...rest } = fact;
  const at = "at" in execution ? execution.at : 0;
  return [{ ...rest, node: at }, ...pending.map((asked) => ({ ...rest, ...askedBy(asked) }))];
}

test("any fact at any time gives a step, or is our own fault", () => {
  let steps = 0;
  fc.assert(
    fc.property(seed, seed, fc.array(anyFact, { maxLength: 20 }), (graph, answers, facts) => {
      const program = forkedProgram(graph);
      for (const { standing } of live({ program, answers, order: answers }).stood) {
        for (const fact of facts) {
          for (const aimed of [fact, ...aimedAt(standing, fact)]) {
            try {
              step(program, standing.execution, aimed);
              steps += 1;
            } catch (error) {
              expect(error).toBeInstanceOf(AssertionFailure);
            }
          }
        }
      }
    }),
    { numRuns: 150 },
  );
  expect(steps).toBeGreaterThan(300);
});

test("whatever an answer says, what was asked goes on", () => {
  fc.assert(
    fc.property(
      seed,
      seed,
      fc.array(fc.tuple(fc.string(), fc.jsonValue())),
      (graph, answers, said) => {
        const program = forkedProgram(graph);
        for (const { standing } of live({ program, answers, order: answers }).stood) {
          for (const command of standing.pending) {
            if (command.kind !== "call") continue;
            const { node, branch } = command;
            for (const [outcome, output] of said) {
              const by = branch === undefined ? { node } : { node, branch };
              const told = { outcome, output: output as Json };
              const made = step(program, standing.execution, {
                kind: "answered",
                ...by,
                answer: told,
              });
              expect(made.commands.length).toBeGreaterThan(0);
            }
          }
        }
      },
    ),
  );
});
