/** Forks: what items and branches are called, how many run at a time, and what comes of them. */
import { describe, expect, test } from "vitest";
import type { Json } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { callKey } from "../../../runtime/machine/attempt.ts";
import { step } from "../../../runtime/machine/step.ts";
import { type Linked, OUTSIDE } from "./linked-graph.ts";
import { Told } from "./told-so.ts";

const end = (name: string, outcome: string, fault = false): Linked => ({
  node: { kind: "exit", name, outcome, result: { read: [2] }, seal: [], fault },
});

const OUTCOMES = ["SUCCESS", "PARTIAL", "FAILED", "EMPTY", "VIOLATION"];

const EXITS: readonly Linked[] = OUTCOMES.map((name) =>
  name === "VIOLATION"
    ? { node: { ...end(name, name, true).node, result: { literal: null } } }
    : end(name, name),
);

/** A map over the payload's items, each of which asks the outside. */
function each(more: object = {}, payload: Json = ["x", "y", "z"]): Told {
  const map = {
    ...{ kind: "map", name: "each", slot: 2, items: { read: [0] }, max: 4, concurrency: 2 },
    ...{ item: 3, succeed: ["SUCCESS"], threshold: null, collect: false, seal: [], ...more },
  };
  const to = Object.fromEntries(OUTCOMES.map((name) => [name, name]));
  return new Told([{ node: map, to, body: "each/on_item" }, ...BODY, ...EXITS], { payload });
}

const BODY: readonly Linked[] = [
  {
    node: {
      ...{ kind: "enter", name: "each/on_item", slot: 4, workflow: "test::WF_ITEM_V0" },
      ...{ input: { read: [3] }, check: null, seal: [] },
    },
    to: { ENTERED: "each/ask", VIOLATION: "each/on_fault" },
  },
  {
    node: { ...OUTSIDE, name: "each/ask", slot: 5, repeat: "safe", input: { read: [4] } },
    to: {
      ...{ DONE: "each/done", DECLINED: "each/not", BUSY: "each/not" },
      ...{ TIMEOUT: "each/on_fault", FAULT: "each/on_fault", VIOLATION: "each/on_fault" },
    },
  },
  {
    node: {
      ...{ kind: "join", name: "each/done", outcome: "SUCCESS", result: { read: [5] } },
      ...{ seal: [], fault: false },
    },
    to: { VIOLATION: "each/on_fault" },
  },
  {
    node: {
      ...{ kind: "join", name: "each/not", outcome: "REFUSED", result: { read: [3] } },
      ...{ seal: [], fault: false },
    },
    to: { VIOLATION: "each/on_fault" },
  },
  {
    node: {
      ...{ kind: "join", name: "each/on_fault", outcome: "FAULT", result: { literal: null } },
      ...{ seal: [], fault: true },
    },
  },
];

describe("a map", () => {
  test("tells each item's nodes by its index, gives each call its own key, and runs some at a time", () => {
    const told = each();
    expect(told.pending).toEqual(["each[0]/ask", "each[1]/ask"]);
    expect(told.asked("each[1]/ask")).toMatchObject({
      ...{ branch: [1], input: "y", idempotencyKey: callKey("default", "t1", "each[1]/ask") },
    });
    told.answered("each[1]/ask", "DONE", 1);
    expect(told.pending).toEqual(["each[0]/ask", "each[2]/ask"]);
    expect(told.records.slice(-4)).toMatchObject([
      { type: "external", node: "each[1]/ask", to: "each[1]/done" },
      { type: "node", node: "each[1]/done", outcome: "SUCCESS", output: 1, to: "each" },
      { type: "node", node: "each[2]/on_item", outcome: "ENTERED", output: "z", to: "each[2]/ask" },
      { type: "attempted", node: "each[2]/ask", attempt: 1 },
    ]);
  });

  test("counts outcomes, whatever order they come in, and gives results by index where it collects", () => {
    const told = each({ collect: true, threshold: 0.3 });
    told
      .answered("each[1]/ask", "DECLINED")
      .unanswered("each[2]/ask")
      .answered("each[0]/ask", "DONE", 1);
    expect(told.end.command).toMatchObject({
      exit: "PARTIAL",
      result: {
        ...{ total: 3, succeeded: 1, outcomes: { FAULT: 1, REFUSED: 1, SUCCESS: 1 } },
        results: [
          { outcome: "SUCCESS", result: 1 },
          { outcome: "REFUSED", result: "y" },
          { outcome: "FAULT", result: null },
        ],
      },
    });
  });

  test.each([
    [0.5, ["DONE", "DONE", "BUSY"], "PARTIAL"],
    [0.7, ["DONE", "DONE", "BUSY"], "FAILED"],
    [null, ["DONE", "DONE", "BUSY"], "FAILED"],
    [0.7, ["DONE", "DONE", "DONE"], "SUCCESS"],
    [0, ["BUSY", "BUSY", "BUSY"], "PARTIAL"],
  ])("with the threshold %s and %j ends as %s", (threshold, answers, exit) => {
    const told = each({ threshold, concurrency: 3 });
    for (const [index, outcome] of answers.entries()) told.answered(`each[${index}]/ask`, outcome);
    expect(told.end.command.exit).toBe(exit);
  });

  test("over nothing is EMPTY; over no list, or too long a one, a VIOLATION", () => {
    expect(each({}, []).end.command).toMatchObject({
      exit: "EMPTY",
      result: { total: 0, succeeded: 0, outcomes: {} },
    });
    expect(each({}, { length: 1 }).records).toMatchObject([{ outcome: "VIOLATION" }]);
    expect(each({}, [1, 2, 3, 4, 5]).records).toMatchObject([
      { outcome: "VIOLATION", reason: { message: "expected a list of at most 4 items" } },
    ]);
  });

  test("whose output no record could hold is a VIOLATION", () => {
    const half = "x".repeat(LIMITS.valueBytesMax / 2);
    const told = each({ collect: true });
    for (const index of [0, 1, 2]) told.answered(`each[${index}]/ask`, "DONE", half);
    expect(told.records.at(-1)).toMatchObject({
      node: "each",
      reason: { code: "violation/too-large" },
    });
    expect(told.end.command.exit).toBe("VIOLATION");
  });

  test("hears no fact of a branch that is not under way", () => {
    const told = each();
    const { program, standing } = told;
    const answer = { outcome: "DONE", output: 1 };
    const fact = (more: object) => ({ kind: "answered", node: 2, answer, ...more }) as never;
    for (const branch of [[2], [0, 0], undefined]) {
      expect(() => step(program, standing.execution, fact(branch ? { branch } : {}))).toThrow();
    }
  });
});
