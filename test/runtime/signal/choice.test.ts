/** Which wait is meant: one that is named without doubt, or none. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Refusal } from "../../../protocol/language/refusal.ts";
import type { WaitCommand } from "../../../runtime/machine/program.ts";
import { calledWell, chosen } from "../../../runtime/signal-choice.ts";

const UNTIL = "2026-01-01T00:00:00.000Z";

function wait(name: string, signals: readonly string[]): WaitCommand {
  return { kind: "wait", node: 1, name, until: UNTIL, signals };
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return "taken";
}

const name = fc.constantFrom("YES", "NO", "MAYBE");
const node = fc.constantFrom("a", "each[0]/a", "each[1]/a", "b/c");
const waits = fc
  .uniqueArray(node, { maxLength: 4 })
  .chain((nodes) =>
    fc.tuple(
      ...nodes.map((one) =>
        fc.uniqueArray(name, { maxLength: 3 }).map((signals) => wait(one, signals)),
      ),
    ),
  );

test("the only one that fits is taken, and nothing is guessed between two", () => {
  fc.assert(
    fc.property(waits, name, fc.option(node, { nil: undefined }), (all, said, at) => {
      const fit = all.filter(
        (one) => one.signals.includes(said) && (at === undefined || one.name === at),
      );
      const code = codeOf(() => {
        expect(chosen("t1", all, { name: said, node: at })).toBe(fit[0]);
      });
      if (fit.length === 1) expect(code).toBe("taken");
      else if (fit.length > 1) expect(code).toBe("signal/ambiguous");
      else expect(["signal/not-awaited", "signal/not-there"]).toContain(code);
    }),
  );
});

test.each([
  ["", undefined, "signal/bad-name"],
  ["A B", undefined, "signal/bad-name"],
  ["A".repeat(65), undefined, "signal/bad-name"],
  ["É", undefined, "signal/bad-name"],
  ["A\n", undefined, "signal/bad-name"],
  ["YES", "", "signal/bad-node"],
  ["YES", "a b", "signal/bad-node"],
  ["YES", "a\u202e", "signal/bad-node"],
  ["YES", "a".repeat(100_000), "signal/bad-node"],
  ["YES", "each[3]/a", "taken"],
  ["approve", undefined, "taken"],
])("%j at %j is %s", (said, at, code) => {
  expect(codeOf(() => calledWell({ name: said, node: at }))).toBe(code);
});

test("what was meant is told: a signal and a node that are near, and else all that there are", () => {
  const all = [wait("each[0]/vote", ["APPROVE", "REJECT"]), wait("each[1]/vote", ["APPROVE"])];
  const hintOf = (called: { name: string; node?: string }) => {
    try {
      chosen("t1", all, called);
    } catch (error) {
      return (error as Refusal).hint;
    }
    return undefined;
  };
  expect(hintOf({ name: "APROVE" })).toBe("Did you mean `APPROVE`?");
  expect(hintOf({ name: "GO" })).toBe("It waits for `APPROVE`, `REJECT`.");
  expect(hintOf({ name: "REJECT", node: "each[2]/vote" })).toBe("Did you mean `each[0]/vote`?");
  expect(hintOf({ name: "APPROVE" })).toContain("`each[0]/vote`, `each[1]/vote`");
});
