import { expect, test } from "vitest";
import { prove } from "../../../compiler/passes/prove.ts";
import type { NodeText, WorkflowText } from "../../../protocol/language/artifacts.ts";
import type { Json, JsonObject } from "../../../protocol/language/json.ts";
import { type Texts, typedOf } from "./typed.ts";

const ANY = { type: "object" } as const;

const CONTRACTS: Omit<Texts, "workflows"> = {
  transforms: [
    {
      kind: "transform",
      code: "CT_CHANGE_V0",
      summary: "Changes something.",
      input: ANY,
      outcomes: { SUCCESS: ANY },
      implementation: "change",
      examples: [],
    },
  ],
  effects: [
    {
      kind: "effect",
      code: "CS_PAGES_V0",
      summary: "Pages.",
      semantics: "document",
      store: "pages",
      value: ANY,
    },
  ],
};

function workflow(
  nodes: Readonly<Record<string, JsonObject>>,
  exits: WorkflowText["exits"] = { done: { outcome: "DONE" } },
  code = "WF_TEST_V0",
): WorkflowText {
  return {
    kind: "workflow",
    code,
    summary: "For a test.",
    payload: true,
    start: Object.keys(nodes)[0] ?? "",
    nodes: nodes as unknown as Readonly<Record<string, NodeText>>,
    exits,
    on_fault: { outcome: "FAULTED" },
  };
}

function findings(...workflows: readonly WorkflowText[]): string[] {
  const { diagnostics } = prove(typedOf({ ...CONTRACTS, workflows }));
  return diagnostics.map(({ code, message }) => `${code}: ${message}`);
}

const page = (op: string, input: JsonObject, on: JsonObject): JsonObject => ({
  effect: "CS_PAGES_V0",
  op,
  with: input,
  on,
});
const change = (input: Json, next: string): JsonObject => ({
  transform: "CT_CHANGE_V0",
  with: input,
  on: { SUCCESS: next },
});

test("an update is lost however many transforms lie between reading and writing", () => {
  const found = findings(
    workflow({
      read: page("GET", { key: "$.payload.name" }, { SUCCESS: "once", NOT_FOUND: "done" }),
      once: change({ page: "$.nodes.read.value" }, "twice"),
      twice: change({ page: "$.nodes.once" }, "write"),
      write: page("PUT", { key: "$.payload.name", value: "$.nodes.twice" }, { SUCCESS: "done" }),
    }),
  );
  expect(found).toEqual([expect.stringContaining("prove/lost-update: `write` overwrites")]);
});

test("a copy to another document is no lost update", () => {
  expect(
    findings(
      workflow({
        read: page("GET", { key: "$.payload.from" }, { SUCCESS: "write", NOT_FOUND: "done" }),
        write: page(
          "PUT",
          { key: "$.payload.to", value: "$.nodes.read.value" },
          { SUCCESS: "done" },
        ),
      }),
    ),
  ).toEqual([]);
});

test("a value that only steers the path is no lost update", () => {
  expect(
    findings(
      workflow({
        read: page("GET", { key: "$.payload.name" }, { SUCCESS: "done", NOT_FOUND: "write" }),
        write: page("PUT", { key: "$.payload.name", value: {} }, { SUCCESS: "done" }),
      }),
    ),
  ).toEqual([]);
});

test("a call makes a difference when something that it calls writes", () => {
  const writer = workflow(
    { write: page("PUT", { key: "k", value: {} }, { SUCCESS: "done" }) },
    undefined,
    "WF_WRITER_V0",
  );
  const between = workflow(
    { call: { call: "WF_WRITER_V0", with: {}, on: { DONE: "done" } } },
    undefined,
    "WF_BETWEEN_V0",
  );
  const reader = workflow({ think: change({}, "done") }, undefined, "WF_READER_V0");
  const calls = (code: string) =>
    workflow({ call: { call: code, with: {}, on: { DONE: "done" } } }, undefined, "WF_TOP_V0");
  expect(findings(writer, between, calls("WF_BETWEEN_V0"))).toEqual([]);
  expect(findings(reader, calls("WF_READER_V0"))).toEqual([
    expect.stringContaining("prove/idle-node: `think`"),
    expect.stringContaining("prove/idle-node: `call`"),
  ]);
});

test("of many idle nodes of one workflow the first are told, and how many more there are", () => {
  const chain = (count: number) =>
    workflow(
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [
          `n${at}`,
          change({}, at + 1 === count ? "done" : `n${at + 1}`),
        ]),
      ),
    );
  expect(findings(chain(21))).toHaveLength(21);
  const found = findings(chain(868));
  expect(found).toHaveLength(21);
  expect(found.at(-1)).toContain("848 more nodes of this workflow make no difference, `n20`");
});

test("a node whose input may not fit is no idle one: it stops what does not", () => {
  expect(findings(workflow({ look: change({ x: "$.payload.x?" }, "done") }))).toEqual([]);
});

test("results that are made elsewhere are not compared", () => {
  const found = findings(
    workflow(
      {
        read: page("GET", { key: "k" }, { SUCCESS: "found", NOT_FOUND: "absent" }),
      },
      {
        found: { outcome: "ANSWER", result: "$.nodes.read.value" },
        absent: { outcome: "ANSWER", result: { page: null } },
      },
    ),
  );
  expect(found).toEqual([]);
});
