/** Calls to the outside in `typecheck`: settings, inputs, outputs, and labels on the way out. */
import { describe, expect, it } from "vitest";
import { findings, nodeIn, typedOf, workflowIn } from "./typed-text.ts";

interface Parts {
  readonly settings?: string;
  readonly clearance?: string;
  readonly note?: string;
  readonly output?: string;
  readonly with?: string;
  readonly payload?: string;
  readonly result?: string;
}

/** A workflow that hands a note to the outside and gives back what comes. */
function text(parts: Parts = {}): string {
  return `kind: effect
code: CS_SHOP_V0
summary: A shop.
semantics: external
implementation: http-call
${parts.settings ?? "settings: { hosts: [shop.example.org] }"}
operations:
  ASK:
    input:
      type: object
      required: [note]
      additionalProperties: false
      properties: { note: ${parts.note ?? "{ type: string }"} }
    outcomes:
      GIVEN: ${parts.output ?? "{ type: object, required: [id], properties: { id: { type: string } } }"}
    repeat: unsafe
    timeout: PT10S
${parts.clearance ?? ""}
---
kind: workflow
code: WF_EXAMPLE_V0
summary: An example.
payload: ${parts.payload ?? "{ type: object, required: [note], properties: { note: { type: string } } }"}
start: ask
nodes:
  ask:
    effect: CS_SHOP_V0
    op: ASK
    with: ${parts.with ?? "{ note: $.payload.note }"}
    on: { GIVEN: given }
exits:
  given: { outcome: GIVEN, result: ${parts.result ?? "{ id: $.nodes.ask.id }"} }
on_fault: { outcome: FAULTED }
`;
}

const LABELLED =
  "{ type: object, required: [note], properties: { note: { type: string, x-label: [pii] } } }";

describe("settings", () => {
  it("are those that the implementation takes", () => {
    expect(findings(text())).toEqual([]);
    const both = "settings: { hosts: [a.example.org], body_bytes_max: 7 }";
    expect(findings(text({ settings: both }))).toEqual([]);
  });

  it("are told apart as unknown, missing and unfit, each where it stands", () => {
    const of = (settings: string) => findings(text({ settings }));
    expect(of("settings: { hosts: [a.example.org], hots: 1 }")).toEqual([
      "unknown-setting at hots",
    ]);
    expect(of("settings: {}")).toEqual(["missing-setting at settings"]);
    expect(of("")).toEqual(["missing-setting at http-call"]);
    expect(of("settings: { hosts: [] }")).toEqual(["unfit-setting at []"]);
    expect(of("settings: { hosts: [a.example.org, 7] }")).toEqual(["unfit-setting at 7"]);
    expect(of("settings: { hosts: x, body_bytes_max: 0, z: 1 }")).toHaveLength(3);
  });
});

describe("an input", () => {
  it("that fits needs no check at run time", () => {
    const { check, mayViolate, mayFault } = nodeIn(workflowIn(text()), "ask");
    expect({ check, mayViolate, mayFault }).toEqual({
      check: null,
      mayViolate: false,
      mayFault: true,
    });
  });

  it("that may not fit keeps its check, and one that never fits is refused", () => {
    const loose = text({ payload: "{ type: object, required: [note] }" });
    expect(nodeIn(workflowIn(loose), "ask").check).not.toBeNull();
    expect(findings(text({ with: "{ note: 7 }" }))).toEqual(["literal-mismatch at 7"]);
    expect(findings(text({ with: "{ note: a, more: b }" }))).toEqual(["unknown-input at more"]);
    expect(findings(text({ with: "{}" }))).toEqual(["missing-input at with"]);
  });
});

describe("an output", () => {
  it("has the type that its outcome says", () => {
    expect(findings(text({ result: "{ id: $.nodes.ask.other }" }))).toEqual([]);
    const closed =
      "{ type: object, required: [id], additionalProperties: false, properties: { id: true } }";
    const result = "{ id: $.nodes.ask.other }";
    expect(findings(text({ output: closed, result }))).toEqual([
      "missing-property at $.nodes.ask.other",
    ]);
  });

  it("carries the labels that its schema says, and not those of the input", () => {
    const output =
      "{ type: object, required: [id], properties: { id: { type: string, x-label: [secret] } } }";
    const note = "{ type: string, x-label: [pii] }";
    const workflow = workflowIn(
      text({ output, note, payload: LABELLED, clearance: "clearance: [pii]" }),
    );
    const { sealInput, sealOutput } = nodeIn(workflow, "ask");
    expect(sealInput).toEqual([{ path: ["note"], labels: ["pii"] }]);
    expect(sealOutput.get("GIVEN")).toEqual([{ path: ["id"], labels: ["secret"] }]);
    expect(workflow.exits.get("given")?.seal).toEqual([{ path: ["id"], labels: ["secret"] }]);
  });
});

describe("a label", () => {
  it("goes outside only where the contract is cleared and says so", () => {
    const note = "{ type: string, x-label: [pii] }";
    const clearance = "clearance: [pii]";
    const of = (parts: Parts) => findings(text({ payload: LABELLED, ...parts }));
    expect(of({})).toEqual(["label-flow at $.payload.note"]);
    expect(of({ clearance: "clearance: [secret]" })).toEqual(["label-flow at $.payload.note"]);
    expect(of({ clearance })).toEqual(["label-lost at $.payload.note"]);
    expect(of({ clearance, note })).toEqual([]);
    const [marked, ...more] = of({ note });
    expect(marked).toMatch(/^label-flow at type: object/);
    expect(more).toEqual([]);
  });

  it("is followed through what is put together on the way", () => {
    const note = "{ type: object, properties: { a: { type: string }, b: true } }";
    const found = findings(
      text({ payload: LABELLED, note, with: "{ note: { a: x, b: [$.payload.note] } }" }),
    );
    expect(found).toEqual(["label-flow at $.payload.note"]);
  });
});

describe("a caller", () => {
  it("is told that a call to the outside may end on the fault route", () => {
    const routed = text().replace(
      "on: { GIVEN: given }",
      "on: { GIVEN: given, FAULT: given_up, IN_DOUBT: given_up }",
    );
    const ends = routed.replace("exits:", "exits:\n  given_up: { outcome: GIVEN_UP }");
    const caller = (inner: string) =>
      `${inner}---
kind: workflow
code: WF_CALLER_V0
summary: A caller.
payload: ${"{ type: object, required: [note], properties: { note: { type: string } } }"}
start: call
nodes:
  call:
    call: WF_EXAMPLE_V0
    with: $.payload
    on: { GIVEN: done${inner.includes("GIVEN_UP") ? ", GIVEN_UP: done" : ""} }
exits:
  done: { outcome: DONE }
on_fault: { outcome: FAULTED }
`;
    const mayFault = (inner: string) =>
      nodeIn(workflowIn(caller(inner), "WF_CALLER_V0"), "call").mayFault;
    expect(mayFault(ends)).toBe(false);
    expect(mayFault(ends.replace(", IN_DOUBT: given_up", ""))).toBe(true);
    expect(typedOf(caller(ends)).diagnostics).toEqual([]);
  });
});
