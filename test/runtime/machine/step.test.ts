import { describe, expect, test } from "vitest";
import type { Binding, Graph, GraphNode } from "../../../protocol/language/graph.ts";
import type { Json, JsonObject } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { programOf } from "../../../runtime/json-schema.ts";
import {
  type Answer,
  type Command,
  type Execution,
  type Fact,
  NEW,
  type Program,
} from "../../../runtime/machine/program.ts";
import { step } from "../../../runtime/machine/step.ts";
import { GraphMaker, registerGraph } from "../protocol.ts";

const CONTEXT: JsonObject = Object.freeze({
  trace_id: "t1",
  tenant: "default",
  principal: "operator",
  session: null,
  started_at: "2026-11-21T10:00:00.000Z",
});

function accepted(payload: Json): Fact {
  return { kind: "accepted", identity: "operator", payload, context: CONTEXT };
}

/** All commands of an execution whose questions are answered one after the other. */
function run(graph: Graph, payload: Json, answers: readonly Answer[] = []): readonly Command[] {
  const program = programOf(graph);
  const commands: Command[] = [];
  let at = step(program, NEW, accepted(payload));
  const left = [...answers];
  for (;;) {
    commands.push(...at.commands);
    if (at.execution.status !== "waiting") return commands;
    const answer = left.shift();
    if (answer === undefined) throw new Error("the machine asks for more");
    const kind = at.commands.at(-1)?.kind === "invoke" ? "result" : "committed";
    at = step(program, at.execution, { kind, node: at.execution.at, answer });
  }
}

function recordOf(commands: readonly Command[], node: string): JsonObject {
  const found = commands.find((one) => one.kind === "record" && one.body.node === node);
  if (found?.kind !== "record") throw new Error(`no record of ${node}`);
  return found.body as unknown as JsonObject;
}

/** A workflow of one transform, which answers as it is told. */
function oneTransform(input: Binding, more: Partial<Parameters<GraphMaker["transform"]>[1]> = {}) {
  return new GraphMaker("test::WF_ONE_V0", true)
    .transform(
      "only",
      {
        implementation: "echo",
        input,
        outcomes: { SUCCESS: { type: "object", required: ["id"] } },
        ...more,
      },
      { SUCCESS: "done" },
    )
    .exit("done", "SUCCESS", { read: [2, "id"] })
    .exit("on_fault", "FAULTED")
    .graph();
}

describe("L2 sans I/O: a step", () => {
  test("is a pure function: the same fact gives the same step, and changes nothing", () => {
    const program = programOf(registerGraph());
    const first = step(program, NEW, accepted({ name: "a" }));
    expect(step(program, NEW, accepted({ name: "a" }))).toEqual(first);
    const waiting = structuredClone(first.execution);
    const { execution } = first;
    if (execution.status !== "waiting") throw new Error("it waits");
    const fact: Fact = {
      kind: "result",
      node: execution.at,
      answer: { outcome: "SUCCESS", output: { id: "x" } },
    };
    const second = step(program, execution, fact);
    expect(first.execution).toEqual(waiting);
    expect(step(program, waiting, fact)).toEqual(second);
  });

  test("can be taken again from any execution that was kept", () => {
    const commands = run(registerGraph(), { name: "a" }, [
      { outcome: "SUCCESS", output: { id: "x" } },
      { outcome: "ALREADY_EXISTS", output: { key: "x", value: { name: "a" } } },
    ]);
    expect(commands.map(({ kind }) => kind)).toEqual([
      "invoke",
      "record",
      "commit",
      "record",
      "finish",
    ]);
    expect(commands.at(-1)).toMatchObject({ exit: "known", outcome: "ALREADY_EXISTS" });
  });

  test("refuses facts that nobody asked for as our own fault", () => {
    const program = programOf(registerGraph());
    const { execution } = step(program, NEW, accepted({ name: "a" }));
    const answer: Answer = { outcome: "SUCCESS", output: { id: "x" } };
    expect(() => step(program, NEW, { kind: "result", node: 0, answer })).toThrow("waits");
    expect(() => step(program, execution, { kind: "result", node: 1, answer })).toThrow("asked");
    expect(() => step(program, execution, accepted({}))).toThrow("once");
    const finished: Execution = { status: "finished" };
    expect(() => step(program, finished, { kind: "result", node: 0, answer })).toThrow("waits");
  });
});

describe("a transform", () => {
  test("is given a frozen input", () => {
    const [invoke] = run(oneTransform({ object: [["a", { array: [{ read: [0] }] }]] }), "x", [
      { outcome: "SUCCESS", output: { id: 1 } },
    ]);
    if (invoke?.kind !== "invoke") throw new Error("it invokes");
    expect(invoke.input).toEqual({ a: ["x"] });
    expect(Object.isFrozen(invoke.input)).toBe(true);
    expect(Object.isFrozen((invoke.input as JsonObject).a)).toBe(true);
  });

  test("that answers an outcome out of its contract is at FAULT", () => {
    const commands = run(oneTransform({ read: [0] }), 1, [{ outcome: "NEW", output: {} }]);
    expect(recordOf(commands, "only")).toMatchObject({
      outcome: "FAULT",
      to: "on_fault",
      reason: { code: "fault/undeclared-outcome" },
    });
    expect(recordOf(commands, "only")).not.toHaveProperty("output");
    expect(commands.at(-1)).toMatchObject({ kind: "finish", exit: "on_fault", fault: true });
    const inherited = run(oneTransform({ read: [0] }), 1, [{ outcome: "toString", output: {} }]);
    expect(recordOf(inherited, "only")).toMatchObject({ outcome: "FAULT" });
  });

  test("whose output does not fit its schema is at FAULT, and the reason says where", () => {
    const commands = run(oneTransform({ read: [0] }), 1, [{ outcome: "SUCCESS", output: {} }]);
    expect(recordOf(commands, "only")).toMatchObject({
      outcome: "FAULT",
      reason: {
        code: "fault/unfit-output",
        problems: [{ pointer: "", message: "must have required property 'id'" }],
      },
    });
  });

  test("has the reason of its fault withheld where labelled values are at hand", () => {
    const graph = oneTransform({ read: [0] }, { confidential: true });
    const commands = run(graph, 1, [{ outcome: "SUCCESS", output: { secret: "s3cr3t" } }]);
    expect(JSON.stringify(recordOf(commands, "only"))).not.toMatch(/s3cr3t|problems/);
  });

  test("whose bound input does not fit takes the VIOLATION edge and is not called", () => {
    const commands = run(oneTransform({ read: [0] }, { check: { type: "string" } }), 1);
    expect(commands.map(({ kind }) => kind)).toEqual(["record", "finish"]);
    expect(recordOf(commands, "only")).toMatchObject({
      outcome: "VIOLATION",
      to: "on_fault",
      reason: {
        code: "violation/unfit-input",
        problems: [{ pointer: "", message: "must be string" }],
      },
    });
  });
});

describe("a binding", () => {
  test("of a path that leads nowhere is a VIOLATION that names the path", () => {
    const input: Binding = { object: [["a", { array: [{ read: [0, "b", -1, "c"] }] }]] };
    const commands = run(oneTransform(input), { b: [{}] });
    expect(recordOf(commands, "only").reason).toEqual({
      code: "violation/missing-value",
      message: "nothing stands at `$.payload.b[-1].c`",
      problems: [{ pointer: "/a/0", message: "nothing to bind here" }],
    });
  });

  test("never reads what a prototype lends, and tells null from nothing", () => {
    for (const [payload, steps] of [
      [{}, ["constructor"]],
      [[1], ["length"]],
      ["text", ["length"]],
      [{ a: null }, ["a", "b"]],
    ] as const) {
      const commands = run(oneTransform({ read: [0, ...steps] }), payload);
      expect(recordOf(commands, "only").outcome).toBe("VIOLATION");
    }
    const [invoke] = run(oneTransform({ read: [0, "a"] }), { a: null }, [
      { outcome: "SUCCESS", output: { id: 1 } },
    ]);
    expect(invoke).toMatchObject({ kind: "invoke", input: null });
  });

  test("of a plural path gives an array, and a VIOLATION beyond its budget", () => {
    const query = [[{ wildcard: true }], [{ wildcard: true }]] as const;
    const binding: Binding = { query: [0, query] };
    const answers: readonly Answer[] = [{ outcome: "SUCCESS", output: { id: 1 } }];
    const [invoke] = run(oneTransform(binding), { a: [1, 2], b: [3] }, answers);
    expect(invoke).toMatchObject({ input: [1, 2, 3] });
    const wide = [Array.from({ length: LIMITS.queryVisitsMax }, () => 0)];
    expect(recordOf(run(oneTransform(binding), wide), "only").reason).toMatchObject({
      code: "violation/too-many-visits",
    });
  });
});

describe("a decision", () => {
  const maker = new GraphMaker("test::WF_DECIDE_V0", true);
  const node: GraphNode = {
    kind: "decide",
    name: "judge",
    edges: [],
    origin: { workflow: maker.workflow, node: "judge" },
    input: { read: [0, "age"] },
    rows: [
      { when: maker.schema({ type: "integer", minimum: 18 }), outcome: "ADULT" },
      { when: maker.schema({ type: "integer" }), outcome: "MINOR" },
    ],
    otherwise: "UNKNOWN",
  };
  const graph = maker
    .add(node, { ADULT: "yes", MINOR: "no", UNKNOWN: "no", VIOLATION: "on_fault" })
    .exit("yes", "ALLOWED")
    .exit("no", "DENIED")
    .exit("on_fault", "FAULTED")
    .graph();

  test("takes the first row that fits, and records which", () => {
    const cases = [
      [40, "ADULT", 0, "yes"],
      [4, "MINOR", 1, "no"],
      ["4", "UNKNOWN", -1, "no"],
    ] as const;
    for (const [age, outcome, row, to] of cases) {
      const record = recordOf(run(graph, { age }), "judge");
      expect(record).toEqual({ type: "node", node: "judge", outcome, to, row });
    }
    expect(recordOf(run(graph, {}), "judge").outcome).toBe("VIOLATION");
  });
});

describe("a call", () => {
  const maker = new GraphMaker("test::WF_CALL_V0", true);
  const origin = { workflow: maker.workflow, node: "call" };
  const entered = maker.slot("call-payload");
  const graph = maker
    .add(
      {
        kind: "enter",
        name: "call",
        edges: [],
        origin,
        slot: entered,
        workflow: "test::WF_INNER_V0",
        input: { object: [["n", { read: [0] }]] },
        check: maker.schema({ type: "object", properties: { n: { type: "integer" } } }),
        seal: [],
      },
      { ENTERED: "call/done", VIOLATION: "on_fault" },
    )
    .add(
      {
        kind: "leave",
        name: "call/done",
        edges: [],
        origin,
        slot: maker.slot("call"),
        outcome: "SUCCESS",
        result: { object: [["got", { read: [entered, "n"] }]] },
        seal: [],
      },
      { SUCCESS: "done" },
    )
    .exit("done", "SUCCESS", { read: [maker.slot("call"), "got"] })
    .exit("on_fault", "FAULTED")
    .graph();

  test("binds and checks its payload, and gives the callee's result", () => {
    const commands = run(graph, 7);
    expect(recordOf(commands, "call")).toMatchObject({ outcome: "ENTERED", output: { n: 7 } });
    expect(recordOf(commands, "call/done")).toMatchObject({
      outcome: "SUCCESS",
      output: { got: 7 },
    });
    expect(commands.at(-1)).toMatchObject({ exit: "done", result: 7 });
    expect(recordOf(run(graph, "7"), "call")).toMatchObject({ outcome: "VIOLATION" });
  });
});

describe("a value that no record could hold", () => {
  const half = "x".repeat(LIMITS.valueBytesMax / 2);
  const twice: Binding = { array: [{ read: [0] }, { read: [0] }] };

  test("is a VIOLATION where it would be written; without an edge for it, our own fault", () => {
    const maker = new GraphMaker("test::WF_BIG_V0", true);
    const graph = maker
      .effect(
        "append",
        {
          semantics: "stream",
          store: "test/s",
          operation: "APPEND",
          input: { object: [["event", twice]] },
        },
        { SUCCESS: "done" },
      )
      .exit("done", "SUCCESS")
      .exit("on_fault", "FAULTED")
      .graph();
    const bare: Graph = {
      ...graph,
      nodes: graph.nodes.map((node) => ({
        ...node,
        edges: node.edges.filter(({ engine }) => engine !== true),
      })),
    };
    expect(recordOf(run(graph, half), "append")).toMatchObject({
      outcome: "VIOLATION",
      to: "on_fault",
      reason: { code: "violation/too-large" },
    });
    expect(() => run(bare, half)).toThrow("`append` has an edge for `VIOLATION`");
  });

  test("never becomes a result: not even on the fault route", () => {
    const exits = (result: Binding) =>
      new GraphMaker("test::WF_BIG_V0", true)
        .exit("done", "SUCCESS", result)
        .exit("on_fault", "FAULTED", result)
        .graph();
    const commands = run(exits(twice), half);
    expect(recordOf(commands, "done")).toMatchObject({ outcome: "VIOLATION", to: "on_fault" });
    expect(commands.at(-1)).toMatchObject({ exit: "on_fault", fault: true, result: null });
    expect(run(exits({ read: [0] }), half).at(-1)).toMatchObject({ exit: "done", result: half });
  });

  test("is one that is too deep as well", () => {
    let binding: Binding = { read: [0] };
    for (let at = 0; at < LIMITS.valueDepthMax; at += 1) binding = { array: [binding] };
    const graph = new GraphMaker("test::WF_DEEP_V0", true)
      .exit("done", "SUCCESS", binding)
      .exit("on_fault", "FAULTED")
      .graph();
    expect(recordOf(run(graph, []), "done").reason).toMatchObject({ code: "violation/too-large" });
  });
});

describe("L1 closure: every step", () => {
  test("leads along an edge of the graph", () => {
    const graph = registerGraph();
    const edges = new Set(
      graph.nodes.flatMap((node) =>
        node.edges.map(({ outcome, to }) => `${node.name} ${outcome} ${graph.nodes[to]?.name}`),
      ),
    );
    const answers: readonly Answer[] = [
      { outcome: "SUCCESS", output: { id: "x" } },
      { fault: { code: "fault/threw", message: "no" } },
      { outcome: "NONSENSE", output: null },
      { outcome: "ALREADY_EXISTS", output: { key: "x", value: 1 } },
      { outcome: "SUCCESS", output: { position: 1 } },
      { outcome: "SUCCESS", output: { key: 1 } },
    ];
    for (const first of answers) {
      for (const second of answers) {
        for (const third of answers) {
          for (const command of run(graph, { name: "a" }, [first, second, third])) {
            if (
              command.kind !== "record" ||
              !("to" in command.body) ||
              !("outcome" in command.body)
            ) {
              continue;
            }
            const { node, outcome, to } = command.body;
            expect(edges).toContain(`${node} ${outcome} ${to}`);
          }
        }
      }
    }
  });
});

/** The type of a program is all that the machine asks for: no ajv is needed to drive it. */
const NOTHING_FITS: Program["fits"] = () => [{ pointer: "", message: "no" }];

test("a program is driven by whatever function says what fits", () => {
  const graph = oneTransform({ read: [0] }, { check: true });
  const { commands } = step({ graph, fits: NOTHING_FITS, matches: () => false }, NEW, accepted(1));
  expect(commands[0]).toMatchObject({ kind: "record", body: { outcome: "VIOLATION" } });
});
