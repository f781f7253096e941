/** What was done is undone, the last first, each in a record of its own; what stands is named. */
import { describe, expect, test } from "vitest";
import type { MachineBody } from "../../../protocol/language/records.ts";
import { isCancellable } from "../../../runtime/machine/abandon.ts";
import type { Answer, CommitCommand } from "../../../runtime/machine/program.ts";
import { ANY, type Linked, OUTSIDE, STORE } from "./linked-graph.ts";
import { Told } from "./told-so.ts";

const key = (slot: number) => ({ object: [["key", { read: [slot, "id"] }]] });

/** A store's effect, and what undoes it. */
function put(name: string, slot: number, next: string, undone: object = {}): readonly Linked[] {
  const by = `${name}/compensate`;
  const value = { read: [0] };
  const input = {
    object: [
      ["key", { literal: name }],
      ["value", value],
    ],
  };
  return [
    {
      node: {
        ...{ ...STORE, name, slot, operation: "PUT", outcomes: { SUCCESS: ANY }, input },
        undone: { after: ["SUCCESS"], done: ["SUCCESS"], ...undone },
      },
      to: { SUCCESS: next, FAULT: "on_fault", CANCELLED: "on_cancel" },
      ...("by" in undone ? {} : { by }),
    },
    {
      node: {
        ...{ ...STORE, name: by, slot: slot + 6, operation: "REMOVE", input: key(slot) },
        outcomes: { SUCCESS: ANY, NOT_FOUND: ANY },
      },
    },
  ];
}

function pay(
  repeat: "safe" | "unsafe",
  after: readonly string[],
  retry: object = {},
): readonly Linked[] {
  const unknown = repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
  return [
    {
      node: {
        ...{ ...OUTSIDE, name: "pay", slot: 4, repeat, input: { literal: "pay" } },
        undone: { after, done: ["DONE"] },
      },
      to: {
        ...{ DONE: "undo", DECLINED: "undo", BUSY: "undo" },
        ...{ [unknown]: "undo", FAULT: "undo", CANCELLED: "on_cancel" },
      },
      by: "pay/compensate",
    },
    {
      node: {
        ...{ ...OUTSIDE, ...retry, name: "pay/compensate", slot: 10, repeat },
        input: { literal: "give back" },
      },
    },
  ];
}

const UNDO: readonly Linked[] = ["undo", "on_cancel"].flatMap((name) => [
  {
    node: { kind: "undo", name, slot: 5, within: "" },
    to: { COMPENSATED: `${name}/compensated`, PARTLY_COMPENSATED: `${name}/stands` },
  },
  ...["compensated", "stands"].map((exit) => ({
    node: {
      ...{ kind: "exit", name: `${name}/${exit}`, outcome: exit, result: { read: [5] } },
      ...{ seal: [], fault: false, ...(name === "on_cancel" ? { cancel: true } : {}) },
    },
  })),
]);

const FAULT: Linked = {
  node: {
    ...{ kind: "exit", name: "on_fault", outcome: "FAULT", result: { literal: null } },
    ...{ seal: [], fault: true },
  },
};

function saga(
  last: readonly Linked[],
  { commit, of = {} }: { commit?: (command: CommitCommand) => Answer; of?: object } = {},
): Told {
  const nodes = [...put("book", 2, "note", of), ...put("note", 3, "pay"), ...last, ...UNDO, FAULT];
  return new Told(nodes, commit === undefined ? {} : { commit });
}

const REFUND = pay("safe", ["DONE"]);

function told(records: readonly MachineBody[]): readonly string[] {
  return records.map((one) => `${one.type} ${one.node}`);
}

describe("an undo", () => {
  test("undoes the last first, in records that say what for and lead back to it", () => {
    const done = saga(REFUND).answered("pay", "DONE");
    expect(done.pending).toEqual(["pay/compensate"]);
    expect(done.asked("pay/compensate")).toMatchObject({ input: "give back", attempt: 1 });
    done.answered("pay/compensate", "DONE");
    expect(told(done.records)).toEqual([
      ...["effect book", "effect note", "attempted pay", "external pay"],
      ...["attempted pay/compensate", "external pay/compensate"],
      ...["effect note/compensate", "effect book/compensate", "node undo"],
    ]);
    expect(done.records.slice(5)).toMatchObject([
      { outcome: "DONE", to: "undo", compensates: "pay" },
      { outcome: "SUCCESS", to: "undo", compensates: "note", operation: "REMOVE", key: "note" },
      { outcome: "SUCCESS", to: "undo", compensates: "book", operation: "REMOVE", key: "book" },
      { outcome: "COMPENSATED", to: "undo/compensated" },
    ]);
    expect(done.end.command.result).toEqual({ compensated: ["pay", "note", "book"], stands: [] });
  });

  test("undoes what was done, and nothing else", () => {
    const done = saga(REFUND).answered("pay", "DECLINED");
    expect(done.end.command.result).toEqual({ compensated: ["note", "book"], stands: [] });
  });

  test("names what nothing undoes, what was not undone, and what nobody knows the end of", () => {
    const commit = ({ name }: CommitCommand): Answer => ({
      ...{ outcome: name === "note/compensate" ? "NOT_FOUND" : "SUCCESS", output: { id: name } },
    });
    const done = saga(REFUND, { commit, of: { by: null } }).unanswered("pay");
    expect(done.end.command).toMatchObject({
      exit: "undo/stands",
      result: { compensated: [], stands: ["pay", "note", "book"] },
    });
  });

  test("of a call that may be undone when nobody knows its end undoes it then", () => {
    const done = saga(pay("unsafe", ["DONE", "IN_DOUBT"])).unanswered("pay");
    expect(done.answered("pay/compensate", "DONE").end.command.exit).toBe("undo/compensated");
  });

  test("tries a compensation again as it says, and lets stand what fails for good", () => {
    const retry = { outcomes: ["BUSY"], attempts: 2, waitMs: 1, factor: 1, waitMaxMs: 1 };
    const done = saga(pay("safe", ["DONE"], { retry })).answered("pay", "DONE");
    done.answered("pay/compensate", "BUSY").elapsed("pay/compensate");
    done.answered("pay/compensate", "BUSY");
    expect(done.end.command.result).toEqual({ compensated: ["note", "book"], stands: ["pay"] });
    expect(told(done.records.slice(4, 9))).toEqual([
      ...["attempted pay/compensate", "retry pay/compensate"],
      ...["attempted pay/compensate", "external pay/compensate", "effect note/compensate"],
    ]);
  });

  test("goes on where a stop interrupted it: a safe one is made again, an unsafe one stands", () => {
    const safe = saga(REFUND).answered("pay", "DONE").interrupted("pay/compensate");
    expect(safe.asked("pay/compensate")).toMatchObject({ attempt: 2 });
    const unsafe = saga(pay("unsafe", ["DONE"])).answered("pay", "DONE");
    expect(unsafe.interrupted("pay/compensate").end.command.result).toEqual({
      ...{ compensated: ["note", "book"], stands: ["pay"] },
    });
  });

  test("whose input could not be bound stands, and a record says why", () => {
    const [call, by] = pay("unsafe", ["IN_DOUBT"]);
    if (call === undefined || by === undefined) throw new Error("there are two");
    const reading = { ...by, node: { ...by.node, input: { read: [4, "id"] } } };
    const done = saga([call, reading]).unanswered("pay");
    expect(done.records.find(({ node }) => node === "pay/compensate")).toMatchObject({
      ...{ type: "node", outcome: "VIOLATION", to: "undo" },
      reason: { code: "violation/missing-value" },
    });
    expect(done.end.command.result).toMatchObject({ stands: ["pay"] });
  });

  test("has no way out for what is cancelled; before it, a cancel undoes what was done", () => {
    const cancelled = saga(REFUND).cancelled();
    expect(cancelled.records.slice(2)).toMatchObject([
      { type: "attempted", node: "pay" },
      { type: "cancelled", node: "pay", in_doubt: true, to: "on_cancel" },
      { type: "effect", compensates: "note" },
      { type: "effect", compensates: "book" },
      { outcome: "PARTLY_COMPENSATED", to: "on_cancel/stands" },
    ]);
    expect(cancelled.end.command.result).toEqual({
      compensated: ["note", "book"],
      stands: ["pay"],
    });
    const undoing = saga(REFUND).answered("pay", "DONE");
    expect(isCancellable(undoing.program, undoing.standing.execution)).toBe(false);
    expect(() => undoing.cancelled()).toThrow("only what has a way out");
  });
});
