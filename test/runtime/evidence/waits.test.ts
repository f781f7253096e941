/** Waits, signals and second attempts: times as they were sealed, people told apart, counts kept. */
import { expect, test } from "vitest";
import type { Graph } from "../../../protocol/language/graph.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { conformance } from "../../../runtime/evidence/conformance.ts";
import { misstep } from "../../../runtime/evidence/walk.ts";
import { callKey } from "../../../runtime/machine/attempt.ts";
import { ANY, linkedGraph, OUTSIDE } from "../machine/linked-graph.ts";
import { inOrder, OPENED } from "./run-traces.ts";

const signal = (people: number, notRequester: boolean) => ({
  ...{ payload: ANY, people, notRequester, seal: [] },
});
const exit = (name: string, outcome: string, fault = false) => ({
  node: { kind: "exit", name, outcome, result: { literal: null }, seal: [], fault },
});

function graphOf(afterMs: number): Graph {
  return linkedGraph(
    [
      {
        node: {
          ...{ kind: "await", name: "agree", slot: 2, limit: { afterMs }, elapsed: "TIMEOUT" },
          signals: [
            ["APPROVE", signal(2, true)],
            ["REJECT", signal(2, false)],
          ],
        },
        to: { APPROVE: "pay", REJECT: "refused", TIMEOUT: "refused" },
      },
      {
        node: {
          ...OUTSIDE,
          ...{ name: "pay", slot: 3, repeat: "safe", input: { literal: 7 } },
          retry: { outcomes: ["BUSY"], attempts: 3, waitMs: 1_000, factor: 10, waitMaxMs: 5_000 },
        },
        to: { DONE: "done", DECLINED: "refused", BUSY: "refused", FAULT: "on_fault" },
      },
      exit("done", "SUCCESS"),
      exit("refused", "REFUSED"),
      exit("on_fault", "FAULT", true),
    ],
    "agree",
    4,
  );
}

const DAY = 86_400_000;
const graph = graphOf(30 * DAY);
const time = (day: number, ms = 0) =>
  new Date(Date.UTC(2026, 0, 1, 0, 0, 0, ms) + day * DAY).toISOString();

type Step = Readonly<Record<string, unknown>>;
const timer: Step = {
  ...{ type: "timer", node: "agree", at: time(0), since: time(0), until: time(30) },
  signals: ["APPROVE", "REJECT"],
};
const said = (principal: string, name = "APPROVE", day = 1): Step => ({
  ...{ type: "signal", node: "agree", signal: name, principal, tenant: "default", at: time(day) },
  ...{ payload: 1, caller: { identity: "token", roles: [], attributes: {} } },
});
const atShell = (step: Step): Step => ({ ...step, caller: OPENED.caller });
const agreed = (outcome: string, to: string, principals?: readonly string[], day = 2): Step => ({
  ...{ type: "node", node: "agree", outcome, to, at: time(day) },
  ...(principals && { output: { principals, principal: principals.at(-1), payload: 1 } }),
});
const asked = { effect: OUTSIDE.effect, operation: OUTSIDE.operation, node: "pay" };
const tried = (attempt: number, ms: number): Step => ({
  ...{ type: "attempted", ...asked, attempt, input: 7, at: time(3, ms) },
  idempotency_key: callKey("default", "t1", "pay"),
});
const busy = (attempt: number, since: number, until: number): Step => ({
  ...{ type: "retry", ...asked, attempt, outcome: "BUSY", output: {}, at: time(3, since) },
  ...{ since: time(3, since), until: time(3, until) },
});
const answered = (attempt: number, outcome: string, to: string): Step => ({
  ...{ type: "external", ...asked, attempt, outcome, output: {}, to, at: time(4) },
});
const closed = (name: string, outcome: string): Step => ({
  ...{ type: "closed", exit: name, outcome, fault: false, result: null, records: 0, at: time(5) },
});

function trace(steps: readonly Step[]): readonly LedgerRecord[] {
  return inOrder([{ ...OPENED }, ...steps]).map((record, at) => {
    const told = at === 0 ? time(0) : steps[at - 1]?.at;
    return told === undefined ? record : ({ ...record, at: told } as LedgerRecord);
  });
}

/** Which record is refused, from 1, and why; undefined where all are possible. */
function refused(steps: readonly Step[], under = graph): readonly [number, string] | undefined {
  const course = conformance(under);
  for (const [at, record] of trace(steps).entries()) {
    const found = course.take(record);
    if (found !== undefined) return [at, found.message];
  }
  return undefined;
}

const approved = [timer, said("p1"), said("p2"), agreed("APPROVE", "pay", ["p1", "p2"])];

test("two people who are not the requester may agree, and what is busy is called again", () => {
  const calls = [tried(1, 0), busy(1, 10, 1_010), tried(2, 1_010), busy(2, 1_020, 6_020)];
  const paid = [...calls, tried(3, 6_020), answered(3, "DONE", "done")];
  expect(refused([...approved, ...paid, closed("done", "SUCCESS")])).toBeUndefined();
});

test.each<readonly [law: string, steps: readonly Step[], why: string]>([
  ["a wait of another length", [{ ...timer, until: time(31) }], "time is up at"],
  ["a wait that begins later than its record", [{ ...timer, since: time(1) }], "after the record"],
  [
    "a wait for other signals",
    [{ ...timer, signals: ["APPROVE"] }],
    "waits for `APPROVE`, `REJECT`",
  ],
  ["a wait that begins twice", [timer, timer], "waits already"],
  [
    "time that is up too early",
    [timer, agreed("TIMEOUT", "refused", undefined, 29)],
    "time is up at",
  ],
  ["an end without a wait", [agreed("TIMEOUT", "refused", undefined, 40)], "has not begun to wait"],
  ["a signal that nobody waits for", [timer, said("p1", "PAY")], "does not wait for `PAY`"],
  ["a signal before the wait", [said("p1")], "does not wait yet"],
  ["the same person twice", [timer, said("p1"), said("p1")], "`p1` has said `APPROVE` before"],
  ["the requester, who may not", [timer, said("p0")], "asked for it, and may not"],
  [
    "the operator under another name, where an operator asked",
    [timer, atShell(said("p1"))],
    "`p1` is the operator, who asked for it as `p0`, and may not",
  ],
  [
    "the operator under two names",
    [timer, atShell(said("p1", "REJECT")), atShell(said("p2", "REJECT"))],
    "`p2` is the operator, who has said `REJECT` before, as `p1`",
  ],
  [
    "a name that an operator had before",
    [timer, atShell(said("p1", "REJECT")), said("p1", "REJECT")],
    "`p1` has said `REJECT` before",
  ],
  ["somebody of another tenant", [timer, { ...said("p1"), tenant: "acme" }], "`acme` says"],
  ["a word behind the deadline", [timer, said("p1", "APPROVE", 30)], "time was up at"],
  [
    "a wait that began before what stands before it",
    [{ ...timer, since: time(-1), until: time(29) }],
    "and the record before it is of",
  ],
  [
    "a wait before the next attempt that began earlier",
    [...approved, tried(1, 500), { ...busy(1, 400, 1_400), at: time(3, 500) }],
    "and the record before it is of",
  ],
  [
    "one person where it takes two",
    [timer, said("p1"), agreed("APPROVE", "pay", ["p1"])],
    "not enough",
  ],
  ["a signal behind enough", [...approved.slice(0, 3), said("p3")].slice(0, 4), "was enough"],
  [
    "other people than said so",
    [...approved.slice(0, 3), agreed("APPROVE", "pay", ["p1", "p3"])],
    "was said by",
  ],
  [
    "another payload than what was said",
    [
      ...approved.slice(0, 2),
      { ...said("p2"), payload: 2 },
      agreed("APPROVE", "pay", ["p1", "p2"]),
    ],
    "with another payload",
  ],
  [
    "time that is up behind enough",
    [...approved.slice(0, 3), agreed("TIMEOUT", "refused", undefined, 31)],
    "was enough",
  ],
  [
    "an attempt before it is due",
    [...approved, tried(1, 0), busy(1, 10, 1_010), tried(2, 1_009)],
    "is due at",
  ],
  [
    "a wait of another length before it",
    [...approved, tried(1, 0), busy(1, 10, 1_011)],
    "is due at",
  ],
  [
    "a wait longer than the most",
    [...approved, tried(1, 0), busy(1, 10, 1_010), tried(2, 1_010), busy(2, 1_020, 11_020)],
    "is due at",
  ],
  [
    "another attempt after the last",
    [
      ...approved,
      tried(1, 0),
      busy(1, 0, 1_000),
      tried(2, 1_000),
      busy(2, 1_000, 6_000),
      tried(3, 6_000),
      busy(3, 6_000, 11_000),
    ],
    "is tried 3 times",
  ],
  [
    "an end where it is tried again",
    [...approved, tried(1, 0), answered(1, "BUSY", "refused")],
    "is tried again",
  ],
  [
    "a second try after what is final",
    [...approved, tried(1, 0), { ...busy(1, 0, 1_000), outcome: "DECLINED" }],
    "not tried again after DECLINED",
  ],
  [
    "an answer while it waits",
    [...approved, tried(1, 0), busy(1, 0, 1_000), answered(1, "DONE", "done")],
    "waits to be tried again",
  ],
  [
    "another input the second time",
    [...approved, tried(1, 0), busy(1, 0, 1_000), { ...tried(2, 1_000), input: 8 }],
    "another `input`",
  ],
])("%s is refused, where it stands", (_, steps, why) => {
  expect(refused(steps)).toEqual([steps.length, expect.stringContaining(why) as string]);
});

test("what was moved is a possible beginning under the next graph, too, and goes on there", () => {
  const [to, other] = ["1".repeat(64), "2".repeat(64)];
  const move = { type: "migrated", from: OPENED.snapshot, to_snapshot: to, at: time(1) };
  const moved = (next: Graph, step: Step) => {
    const under = new Map([
      [String(OPENED.snapshot), graph],
      [to, next],
    ]);
    return misstep(trace([timer, step, agreed("TIMEOUT", "refused", undefined, 40)]), (id) =>
      under.get(id),
    );
  };
  expect(moved(graph, move)).toBeUndefined();
  expect(moved(graphOf(31 * DAY), move)).toMatchObject({
    ...{ code: "path/no-prefix", record: { seq: 3 } },
    message: expect.stringContaining("record 2 is not possible: time is up at") as string,
  });
  expect(moved(graph, { ...move, from: other })?.code).toBe("path/other-snapshot");
});
