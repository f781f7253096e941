import { describe, expect, it } from "vitest";
import { findings, nodeIn, typedOf, workflowIn, workflowText } from "./typed-text.ts";

const PAYLOAD = `{ type: object, required: [name, people], additionalProperties: false, properties: {
  name: { type: string },
  level: { type: integer },
  people: { type: array, items: { type: object, required: [name, age], properties: {
    name: { type: string }, age: { type: integer }, more: true } } } } }`;

const look = (bound: string, rest = "") => `  first:
    decide: [{ otherwise: OK }]
    with: ${bound}
    on: { OK: done }
${rest}`;

const inputOf = (bound: string) =>
  nodeIn(workflowIn(workflowText({ payload: PAYLOAD, nodes: look(bound) })), "first").input;

describe("a binding", () => {
  it("without paths is a literal, with `$$` for a `$`", () => {
    expect(inputOf('{ a: [1, null, { b: $$.payload }], c: "$$" }')).toEqual({
      binding: { literal: { a: [1, null, { b: "$.payload" }], c: "$" } },
      roots: [],
      fallible: false,
    });
  });

  it("names each root once", () => {
    expect(inputOf("[$.payload.name, \"$.context['trace_id']\", $.payload, x]")).toEqual({
      binding: {
        array: [{ read: [0, "name"] }, { read: [1, "trace_id"] }, { read: [0] }, { literal: "x" }],
      },
      roots: ["payload", "context"],
      fallible: false,
    });
  });

  it("of a plural path is a query from its root on, and may fail", () => {
    expect(inputOf('"$.payload.people[?@.name == $.payload.name].age"')).toEqual({
      binding: {
        query: [
          0,
          [
            [{ name: "people" }],
            [
              {
                filter: {
                  compare: "==",
                  left: { value: { from: "@", query: [[{ name: "name" }]] } },
                  right: { value: { from: "$", query: [[{ name: "name" }]] } },
                },
              },
            ],
            [{ name: "age" }],
          ],
        ],
      },
      roots: ["payload"],
      fallible: true,
    });
  });

  it("may not mix roots inside of a filter", () => {
    const nodes = look('"$.payload.people[?@.name == $.context.principal]"');
    expect(findings(workflowText({ payload: PAYLOAD, nodes }))[0]).toMatch(/^bad-path at /);
  });

  it("may fail where no schema speaks of what it reads", () => {
    const payload = "{ type: object }";
    const nodes = look("$.payload.a.b");
    const { value, diagnostics } = typedOf(workflowText({ payload, nodes }));
    expect(diagnostics).toEqual([]);
    const node = value.workflows.get("example::WF_EXAMPLE_V0")?.nodes.get("first");
    expect(node).toMatchObject({ mayViolate: true, check: null, input: { fallible: true } });
    expect(value.undecided.map(({ why }) => why)).toEqual([
      "`$.payload.a.b` may be missing: no schema speaks of it",
    ]);
  });

  it("is wrong at the very character, in quotes too", () => {
    const nodes = look("{ a: \"$.payload.people[0\", b: '$.payload.5', c: $.payload. }");
    expect(findings(workflowText({ payload: PAYLOAD, nodes }))).toEqual([
      'bad-path at "$.payload.people[0"',
      "bad-path at 5'",
      "bad-path at $.payload.",
    ]);
  });

  it("is wrong where a plural path can select nothing, ever", () => {
    const nodes = look(
      '["$.payload.people[*].nmae", "$.payload.name[*]", "$.payload.people[*].more.x"]',
    );
    const payload = PAYLOAD.replace(
      "required: [name, age]",
      "additionalProperties: false, required: [name, age]",
    );
    expect(findings(workflowText({ payload, nodes }))).toEqual([
      'missing-property at "$.payload.people[*].nmae"',
      'missing-property at "$.payload.name[*]"',
    ]);
  });
});

const KEEP = (value: string) => `  first:
    effect: CS_NOTES_V0
    op: PUT
    with: { key: a, value: ${value} }
    on: { SUCCESS: done }`;

describe("a check", () => {
  it("is dropped where the value is proven to fit", () => {
    const node = nodeIn(
      workflowIn(workflowText({ payload: PAYLOAD, nodes: KEEP("$.payload.name") })),
      "first",
    );
    expect(node).toMatchObject({ check: null, mayViolate: false, mayFault: false });
  });

  it("stays where that is undecided, and is listed with its place", () => {
    const payload = "{ type: object, required: [name], properties: { name: true } }";
    const { value, diagnostics } = typedOf(
      workflowText({ payload, nodes: KEEP("$.payload.name") }),
    );
    expect(diagnostics).toEqual([]);
    const node = value.workflows.get("example::WF_EXAMPLE_V0")?.nodes.get("first");
    expect(node?.check).toMatchObject({ required: ["key", "value"] });
    expect(node?.mayViolate).toBe(true);
    expect(value.undecided).toMatchObject([
      { node: "first", why: "`$.payload.name` into `value`: the type of it is not declared" },
    ]);
  });

  it("refuses a plural path where no array is taken", () => {
    const nodes = KEEP('"$.payload.people[*].name"');
    expect(findings(workflowText({ payload: PAYLOAD, nodes }))[0]).toMatch(/^mismatch at /);
  });

  it("points at the schema that asks", () => {
    const [found] = typedOf(
      workflowText({ payload: PAYLOAD, nodes: KEEP("$.payload.people") }),
    ).diagnostics;
    expect(found).toMatchObject({
      code: "typecheck/mismatch",
      message: "`$.payload.people` may be `[]`, but `value` asks for a string",
      related: [{ message: "the schema that it goes to", span: { line: 7 } }],
    });
  });
});

const CALLEE = (size: string) => `---
kind: workflow
code: WF_INNER_V0
summary: An example.
payload: { type: object, required: [n], properties: { n: { type: integer } } }
start: size
nodes:
  size:
    decide: [{ when: { properties: { n: { minimum: 9 } } }, outcome: BIG }, { otherwise: SMALL }]
    with: ${size}
    on: { BIG: big, SMALL: small }
exits:
  big: { outcome: DONE, result: { n: $.payload.n, size: big } }
  small: { outcome: DONE, result: { n: 0 } }
  other: { outcome: OTHER, result: [] }
on_fault: { outcome: FAULTED }
`;
const CALL = (read: string) => `  first:
    call: WF_INNER_V0
    with: { n: 1 }
    on: { DONE: keep, OTHER: done }
  keep:
    effect: CS_NOTES_V0
    op: PUT
    with: { key: a, value: ${read} }
    on: { SUCCESS: done }`;

describe("a call", () => {
  it("gives what the exits of its outcome give, any of them", () => {
    const text = (read: string) =>
      workflowText({ payload: PAYLOAD, nodes: CALL(read), more: CALLEE("$.payload") });
    expect(findings(text("$.nodes.first.n"))).toEqual(["mismatch at $.nodes.first.n"]);
    expect(findings(text("$.nodes.first.size"))).toEqual([
      "optional-property at $.nodes.first.size",
    ]);
    expect(findings(text("$.nodes.first.name"))).toEqual([
      "missing-property at $.nodes.first.name",
    ]);
  });

  it("may fault exactly where something inside can break off", () => {
    const mayFault = (size: string) => {
      const nodes = CALL("b");
      const workflow = workflowIn(workflowText({ payload: PAYLOAD, nodes, more: CALLEE(size) }));
      return nodeIn(workflow, "first").mayFault;
    };
    expect(mayFault("$.payload")).toBe(false);
    expect(mayFault("$.payload.unknown")).toBe(true);
  });
});

describe("one fault", () => {
  it("is one diagnostic, in five hundred nodes that read on from it", () => {
    const nodes = Array.from({ length: 500 }, (_, at) => {
      const name = at === 0 ? "first" : `n${at}`;
      const next = at === 499 ? "done" : `n${at + 1}`;
      const value = at === 250 ? "$.payload.nmae" : "$.payload.name";
      return `  ${name}:
    effect: CS_NOTES_V0
    op: REPLACE
    with: { key: a, value: ${value}, version: ${at === 0 ? 1 : "$.nodes.first.version"} }
    on: { SUCCESS: ${next}, CONFLICT: ${next}, NOT_FOUND: done }`;
    }).join("\n");
    expect(findings(workflowText({ payload: PAYLOAD, nodes }))).toEqual([
      "missing-property at $.payload.nmae",
    ]);
  });

  it("does not make others where its value is read on", () => {
    const nodes = `  first:
    call: WF_INNER_V0
    with: { m: $.payload.nmae }
    on: { DONE: keep }
  keep:
    effect: CS_NOTES_V0
    op: PUT
    with: { key: a, value: $.nodes.first.text }
    on: { SUCCESS: done }`;
    const more = `---
kind: workflow
code: WF_INNER_V0
summary: An example.
payload: { type: object, required: [m] }
start: look
nodes:
  look: { decide: [{ otherwise: OK }], with: null, on: { OK: end } }
exits:
  end: { outcome: DONE, result: { text: $.payload.m, more: $.nodes.look.x } }
on_fault: { outcome: FAULTED }
`;
    expect(findings(workflowText({ payload: PAYLOAD, nodes, more })).toSorted()).toEqual([
      "missing-property at $.payload.nmae",
      "no-output at $.nodes.look.x",
    ]);
  });

  it("in a workflow with circles or targets that are not there does not keep it from ending", () => {
    const nodes = `  first:
    effect: CS_NOTES_V0
    op: GET
    with: { key: $.nodes.second.value }
    on: { SUCCESS: second, NOT_FOUND: done }
  second:
    effect: CS_NOTES_V0
    op: GET
    with: { key: $.nodes.first.value }
    on: { SUCCESS: first, NOT_FOUND: done }`;
    expect(findings(workflowText({ payload: PAYLOAD, nodes }))).toEqual([
      "maybe-unassigned at $.nodes.second.value",
    ]);
  });

  it("at a node that nothing reaches is its path's alone", () => {
    const nodes = `${KEEP("a")}
  lost:
    effect: CS_NOTES_V0
    op: PUT
    with: { key: 5, value: $.payload.nothing, more: $.nodes.none, again: $.payload. }
    on: { SUCCESS: done }`;
    expect(findings(workflowText({ payload: PAYLOAD, nodes }))).toEqual([
      "unknown-node at $.nodes.none",
      "bad-path at $.payload.",
    ]);
  });
});
