/** A call to the outside is made again as its node says, and counted on, whatever comes between. */
import { describe, expect, test } from "vitest";
import { step } from "../../../runtime/machine/step.ts";
import { type Linked, OUTSIDE } from "./linked-graph.ts";
import { NOW, Told } from "./told-so.ts";
import { CANCEL } from "./world.ts";

const EXITS: readonly Linked[] = ["done", "busy", "unknown", "on_fault", "on_cancel"].map(
  (name) => ({
    node: {
      ...{ kind: "exit", name, outcome: name, result: { literal: null }, seal: [] },
      fault: name === "on_fault",
      ...(name === "on_cancel" ? { cancel: true } : {}),
    },
  }),
);

function call(repeat: "safe" | "unsafe", attempts = 3): Told {
  const outcomes = repeat === "safe" ? ["BUSY", "TIMEOUT"] : ["BUSY"];
  const retry = { outcomes, attempts, waitMs: 1_000, factor: 3, waitMaxMs: 2_500 };
  const node = { ...OUTSIDE, name: "ask", slot: 2, repeat, input: { read: [0] }, retry };
  const unknown = repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
  const to = {
    DONE: "done",
    DECLINED: "done",
    BUSY: "busy",
    [unknown]: "unknown",
    FAULT: "on_fault",
    CANCELLED: "on_cancel",
  };
  return new Told([{ node, to }, ...EXITS]);
}

describe("a call that is tried again", () => {
  test("waits longer each time, up to a bound, under the same key, and no more often than asked", () => {
    const told = call("safe").answered("ask", "BUSY", { why: 1 });
    expect(told.pending).toEqual(["ask"]);
    expect(told.asked("ask")).toMatchObject({ kind: "wait", until: "2026-11-22T10:00:01.000Z" });
    told.elapsed("ask").unanswered("ask").elapsed("ask").answered("ask", "BUSY");
    expect(told.records).toMatchObject([
      { type: "attempted", attempt: 1 },
      {
        ...{ type: "retry", attempt: 1, outcome: "BUSY", output: { why: 1 } },
        ...{ since: NOW, until: "2026-11-22T10:00:01.000Z" },
      },
      { type: "attempted", attempt: 2 },
      {
        ...{ type: "retry", attempt: 2, outcome: "TIMEOUT", reason: { code: "unknown/elapsed" } },
        until: "2026-11-22T10:00:02.500Z",
      },
      { type: "attempted", attempt: 3 },
      { type: "external", attempt: 3, outcome: "BUSY", to: "busy" },
    ]);
    const keys = told.records.flatMap((one) =>
      "idempotency_key" in one ? [one.idempotency_key] : [],
    );
    expect(new Set(keys).size).toBe(1);
  });

  test("is not tried again after an outcome that was not named", () => {
    expect(call("safe").answered("ask", "DECLINED").end.command.exit).toBe("done");
    expect(call("unsafe").unanswered("ask").end.command.exit).toBe("unknown");
  });

  test("that was interrupted goes on where it was: the attempt counts", () => {
    const told = call("safe", 2).interrupted("ask").answered("ask", "BUSY");
    expect(told.records).toMatchObject([
      { type: "attempted", attempt: 1 },
      { type: "attempted", attempt: 2 },
      { type: "external", attempt: 2, outcome: "BUSY" },
    ]);
    expect(call("unsafe").interrupted("ask").end.command.exit).toBe("unknown");
  });

  test("and cancelled before its answer was written down is in doubt: no record holds the answer", () => {
    const told = call("safe");
    const { execution } = told.standing;
    const node = told.asked("ask").node;
    const answer = { outcome: "BUSY", output: { why: 1 } };
    const answered = step(told.program, execution, { kind: "answered", node, answer });
    expect(answered.commands).toMatchObject([{ kind: "arm" }]);
    const cancel = { kind: "cancel", node, order: CANCEL } as const;
    expect(step(told.program, answered.execution, cancel).commands).toMatchObject([
      { kind: "record", body: { type: "cancelled", node: "ask", in_doubt: true } },
      { kind: "finish" },
    ]);
    const written = step(told.program, answered.execution, { kind: "armed", node, now: NOW });
    expect(step(told.program, written.execution, cancel).commands).toMatchObject([
      { kind: "record", body: { type: "cancelled", node: "ask", in_doubt: false } },
      { kind: "finish" },
    ]);
  });
});
