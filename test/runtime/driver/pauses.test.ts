/** The driver answers at once what can be, in the order of asking, and pauses at everything else. */
import { expect, test } from "vitest";
import type { Json } from "../../../protocol/language/json.ts";
import { BEGINNING, drive, type Host, type Pause } from "../../../runtime/driver.ts";
import type { Program } from "../../../runtime/machine/program.ts";
import { type Linked, linkedGraph, OUTSIDE } from "../machine/linked-graph.ts";
import { ACCEPTED } from "../machine/world.ts";

/** Three branches: two transforms and a call each. */
function branched(): Program {
  const branches = ["a", "b", "c"];
  const made: Linked[] = [
    {
      node: {
        ...{ kind: "parallel", name: "all", slot: 2, seal: [] },
        branches: branches.map((name) => ({ name, body: -1, succeed: ["SUCCESS"] })),
      },
      to: { SUCCESS: "done", FAILED: "done" },
    },
    {
      node: {
        ...{ kind: "exit", name: "done", outcome: "SUCCESS", result: { read: [2] } },
        ...{ seal: [], fault: false },
      },
    },
  ];
  for (const branch of branches) {
    const at = (name: string) => `all/${branch}/${name}`;
    const transform = {
      ...{ kind: "transform", capability: "test::CT_TEST_V0", implementation: "echo", slot: 3 },
      ...{ input: { read: [0] }, check: null, outcomes: { SUCCESS: 0 }, seal: {} },
      confidential: false,
    };
    const join = { kind: "join", outcome: "SUCCESS", seal: [], fault: false };
    made.push(
      {
        node: {
          ...{ kind: "enter", name: `all/${branch}`, slot: 4, workflow: "test::WF_IN_V0" },
          ...{ input: { read: [0] }, check: null, seal: [] },
        },
        to: { ENTERED: at("first"), VIOLATION: at("done") },
      },
      { node: { ...transform, name: at("first") }, to: { SUCCESS: at("then"), FAULT: at("done") } },
      { node: { ...transform, name: at("then") }, to: { SUCCESS: at("ask"), FAULT: at("done") } },
      {
        node: { ...OUTSIDE, name: at("ask"), slot: 5, repeat: "safe", input: { read: [3] } },
        to: { DONE: at("done"), FAULT: at("done"), TIMEOUT: at("done") },
      },
      { node: { ...join, name: at("done"), result: { read: [5] } }, to: { VIOLATION: at("done") } },
    );
  }
  const graph = linkedGraph(made, "all", 6);
  return { graph, fits: () => null, matches: () => true };
}

function pausing(told: string[]): Host {
  const never = () => {
    throw new Error("nothing like that is asked");
  };
  return {
    invoke({ name }) {
      told.push(`invoke ${name}`);
      return { outcome: "SUCCESS", output: name };
    },
    commit: never,
    arm: never,
    record: ({ body }) => told.push(`${body.type} ${body.node}`),
    next: () => undefined,
  };
}

test("branches take turns in what is answered at once, and all of their calls are pending", () => {
  const told: string[] = [];
  const pause = drive({ program: branched(), host: pausing(told) }, BEGINNING, ACCEPTED);
  const turn = (prefix: string, name: string) =>
    ["a", "b", "c"].map((one) => `${prefix} all/${one}${name}`);
  expect(told.slice(0, 3)).toEqual(turn("node", ""));
  expect(told.filter((one) => one.startsWith("invoke"))).toEqual([
    ...turn("invoke", "/first"),
    ...turn("invoke", "/then"),
  ]);
  expect(told.filter((one) => one.startsWith("attempted"))).toEqual(turn("attempted", "/ask"));
  if (pause.kind !== "pending") throw new Error("it waits");
  expect(pause.pending).toMatchObject([{ branch: [0] }, { branch: [1] }, { branch: [2] }]);
});

test("a pause goes on with the answer to any of its calls; the others stay as they are", () => {
  const driven = { program: branched(), host: pausing([]) };
  const answerTo = (pause: Pause, index: number, output: Json): Pause => {
    if (pause.kind !== "pending") throw new Error("it waits");
    const asked = pause.pending.find(({ branch }) => branch?.[0] === index);
    if (asked === undefined) throw new Error(`branch ${index} waits for nothing`);
    const { node } = asked;
    const answer = { outcome: "DONE", output };
    return drive(driven, pause, { kind: "answered", node, branch: [index], answer });
  };
  const first = drive(driven, BEGINNING, ACCEPTED);
  const second = answerTo(first, 1, "one");
  if (first.kind !== "pending" || second.kind !== "pending") throw new Error("both wait");
  expect(second.pending).toEqual([first.pending[0], first.pending[2]]);
  expect(second.pending[0]).toBe(first.pending[0]);
  const end = answerTo(answerTo(second, 2, "two"), 0, "zero");
  // The first pause is as it was: the same answers in another order come to the same end.
  const other = answerTo(answerTo(answerTo(first, 0, "zero"), 1, "one"), 2, "two");
  expect(end).toEqual(other);
  expect(end).toMatchObject({
    kind: "finished",
    command: {
      result: {
        a: { outcome: "SUCCESS", result: "zero" },
        b: { outcome: "SUCCESS", result: "one" },
        c: { outcome: "SUCCESS", result: "two" },
      },
    },
  });
});
