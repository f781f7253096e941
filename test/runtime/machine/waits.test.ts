/** An execution waits for a time or a signal: as the graph says, and as it is told. */
import { describe, expect, test } from "vitest";
import type { Json } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import type { Identity } from "../../../protocol/language/records.ts";
import { refusalOfSignal } from "../../../runtime/machine/await.ts";
import { instantOf } from "../../../runtime/machine/instants.ts";
import type { SignalOrder } from "../../../runtime/machine/program.ts";
import { step } from "../../../runtime/machine/step.ts";
import { ANY, type Linked } from "./linked-graph.ts";
import { NOW, orderAtShell, orderBy, Told } from "./told-so.ts";
import { BEGUN_MS } from "./world.ts";

const EXITS: readonly Linked[] = ["done", "late", "no", "on_fault"].map((name) => ({
  node: {
    ...{ kind: "exit", name, outcome: name, result: { literal: null }, seal: [] },
    fault: name === "on_fault",
  },
}));

const APPROVED: readonly Linked[] = EXITS.map((exit) =>
  exit.node.name === "done" ? { node: { ...exit.node, result: { read: [2] } } } : exit,
);

function approval(people: number, notRequester = false, identity: Identity = "operator"): Told {
  const signal = (count: number) => ({ payload: ANY, people: count, notRequester, seal: [] });
  const node = {
    ...{
      kind: "await",
      name: "approve",
      slot: 2,
      limit: { afterMs: 3_600_000 },
      elapsed: "TIMEOUT",
    },
    signals: [
      ["APPROVE", signal(people)],
      ["REJECT", { ...signal(1), seal: [{ path: ["why"], labels: ["pii"] }] }],
    ],
  };
  const to = { APPROVE: "done", REJECT: "no", TIMEOUT: "late" };
  return new Told([{ node, to }, ...APPROVED], { identity });
}

function until(limit: object, payload: Json = null): Told {
  const node = { kind: "await", name: "wait", slot: 2, signals: [], limit, elapsed: "ELAPSED" };
  return new Told([{ node, to: { ELAPSED: "done", VIOLATION: "on_fault" } }, ...EXITS], {
    payload,
  });
}

describe("a wait", () => {
  test("begins with a record of the time until when, and of what may be said", () => {
    const told = approval(2);
    expect(told.records).toEqual([
      {
        ...{ type: "timer", node: "approve", since: NOW, until: "2026-11-22T11:00:00.000Z" },
        signals: ["APPROVE", "REJECT"],
      },
    ]);
    expect(told.standing.pending).toEqual([
      {
        ...{ kind: "wait", node: 0, name: "approve", until: "2026-11-22T11:00:00.000Z" },
        signals: ["APPROVE", "REJECT"],
      },
    ]);
  });

  test("ends when time is up", () => {
    const told = approval(1).elapsed("approve");
    expect(told.records.slice(1)).toEqual([
      { type: "node", node: "approve", outcome: "TIMEOUT", to: "late" },
    ]);
    expect(told.end.command.exit).toBe("late");
  });

  test("for a time in the data is until then, whatever its offset; what is past is no fault", () => {
    const soon = until({ until: { read: [0] } }, "2026-12-24T18:00:00+01:00");
    expect(soon.records).toMatchObject([{ since: NOW, until: "2026-12-24T17:00:00.000Z" }]);
    const past = until({ until: { read: [0] } }, "1999-12-31T23:59:59Z");
    expect(past.records).toMatchObject([{ since: NOW, until: "1999-12-31T23:59:59.000Z" }]);
    expect(past.elapsed("wait").end.command.exit).toBe("done");
  });

  test.each([
    ["no text", 7, "violation/unfit-time"],
    ["no time", "tomorrow", "violation/unfit-time"],
    ["too far away", instantOf(BEGUN_MS + LIMITS.waitMsMax + 1), "violation/too-far"],
  ])("until %s is a VIOLATION, before anything is waited for", (_, payload, code) => {
    const told = until({ until: { read: [0] } }, payload);
    expect(told.records).toMatchObject([{ outcome: "VIOLATION", reason: { code } }]);
    expect(told.end.command.exit).toBe("on_fault");
  });

  test("may last as long as the limit says, from the execution's beginning", () => {
    const told = until({ until: { read: [0] } }, instantOf(BEGUN_MS + LIMITS.waitMsMax));
    expect(told.pending).toEqual(["wait"]);
  });
});

describe("a signal", () => {
  test("is written down, and leads on where it is enough", () => {
    const told = approval(1).signalled("approve", "APPROVE", "p1", { why: "fine" });
    expect(told.records.slice(1)).toMatchObject([
      {
        type: "signal",
        node: "approve",
        signal: "APPROVE",
        principal: "p1",
        payload: { why: "fine" },
      },
      { type: "node", node: "approve", outcome: "APPROVE", to: "done" },
    ]);
    const output = { payload: { why: "fine" }, principal: "p1", principals: ["p1"] };
    expect(told.records.at(-1)).toMatchObject({ output });
    expect(told.end.command.result).toEqual(output);
  });

  test("of two people takes two different ones, whatever is said in between", () => {
    const told = approval(2).signalled("approve", "APPROVE", "p1", 1);
    expect(told.records.slice(1)).toMatchObject([{ type: "signal" }]);
    expect(told.pending).toEqual(["approve"]);
    const done = told.signalled("approve", "APPROVE", "p2", 2);
    expect(done.end.command.result).toEqual({
      ...{ payload: 2, principal: "p2", principals: ["p1", "p2"] },
    });
  });

  test("of somebody who said the other one counts as well", () => {
    const told = approval(2).signalled("approve", "APPROVE", "p1");
    expect(told.signalled("approve", "REJECT", "p1").end.command.exit).toBe("no");
  });

  test("of an operator is of one person, whatever the operator is called", () => {
    const told = approval(2, false, "token").heard("approve", orderAtShell("APPROVE", "p1"));
    const at = { node: 0 };
    const refused = (order: SignalOrder) =>
      refusalOfSignal(told.program, told.standing.execution, at, order);
    expect(refused(orderAtShell("APPROVE", "p2"))).toEqual({
      code: "signal/said-already",
      message: "`p2` is the operator, who as `p1` has said `APPROVE`",
    });
    expect(refused(orderBy("APPROVE", "p1"))).toEqual({
      code: "signal/said-already",
      message: "`p1` has said `APPROVE`",
    });
    expect(refused(orderAtShell("REJECT", "p2"))).toBeUndefined();
    expect(refused(orderBy("APPROVE", "p2"))).toBeUndefined();
  });

  test.each<readonly [Identity, string | undefined]>([
    ["operator", "signal/requester"],
    ["token", undefined],
    ["runtime", undefined],
  ])("of an operator, where %s asked: %s", (identity, code) => {
    const { program, standing } = approval(2, true, identity);
    const order = orderAtShell("APPROVE", "p1");
    expect(refusalOfSignal(program, standing.execution, { node: 0 }, order)?.code).toBe(code);
  });

  test("that does not count is refused before; told all the same, it is our own fault", () => {
    const told = approval(2, true).signalled("approve", "APPROVE", "p1");
    const { program, standing } = told;
    const at = { node: 0 };
    const refused = (signal: string, principal: string, payload: Json = null) =>
      refusalOfSignal(program, standing.execution, at, orderBy(signal, principal, payload))?.code;
    expect(refused("APPROVE", "p2")).toBeUndefined();
    expect(refused("APPROVE", "p1")).toBe("signal/said-already");
    expect(refused("REJECT", "p1")).toBeUndefined();
    expect(refused("APPROVE", "p0")).toBe("signal/requester");
    expect(refused("HELLO", "p1")).toBe("signal/not-awaited");
    expect(refused("APPROVE", "p2", "x".repeat(LIMITS.valueBytesMax))).toBe("signal/too-large");
    const elsewhere = refusalOfSignal(
      program,
      standing.execution,
      { node: 1 },
      orderBy("APPROVE", "p2"),
    );
    expect(elsewhere?.code).toBe("signal/not-awaited");
    const unfit = { ...program, fits: () => [{ pointer: "", message: "no" }] };
    expect(refusalOfSignal(unfit, standing.execution, at, orderBy("APPROVE", "p2"))?.code).toBe(
      "signal/unfit-payload",
    );
    const fact = { kind: "signalled", node: 0, order: orderBy("APPROVE", "p1") } as const;
    expect(() => step(program, standing.execution, fact)).toThrow("only what counts is heard");
  });

  test("is sealed where it is labelled: in its own record, and in the node's output", () => {
    const told = approval(1);
    const fact = {
      kind: "signalled",
      node: 0,
      order: orderBy("REJECT", "p1", { why: "x" }),
    } as const;
    const { commands } = step(told.program, told.standing.execution, fact);
    expect(commands).toMatchObject([
      { body: { type: "signal" }, sealValue: [{ path: ["why"] }], sealOutput: [] },
      { body: { type: "node" }, sealOutput: [{ path: ["payload", "why"] }], sealValue: [] },
      { kind: "finish" },
    ]);
  });
});
