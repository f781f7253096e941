import { describe, expect, it } from "vitest";
import { findings, workflowText } from "./typed-text.ts";

const times = (count: number, text: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at));

function keep(name: string, value: string, next: string): string {
  return `  ${name}:
    effect: CS_NOTES_V0
    op: PUT
    with: { key: $.payload.name, value: ${value} }
    on: { SUCCESS: ${next} }`;
}

/** Text or number, each optional, as many as there are nodes. */
const wide = (count: number) => `{ type: object, required: [name], additionalProperties: false,
  properties: { name: { type: string }, ${times(count, (at) => `o${at}: { type: [string, integer] }`).join(", ")} } }`;

describe("a workflow that is hard to check", () => {
  it("ends: decisions that each leave two ways open, one after the other", () => {
    const count = 300;
    const name = (at: number) => (at === 0 ? "first" : at === count ? "done" : `n${at}`);
    const nodes = times(count, (at) =>
      at % 3 === 0
        ? `  ${name(at)}:
    decide: [{ when: { required: [o${at}] }, outcome: A },
      { when: { maxProperties: ${at + 1} }, outcome: B }, { otherwise: C }]
    with: $.payload
    on: { A: ${name(at + 1)}, B: ${name(at + 1)}, C: done }`
        : keep(name(at), at === 100 ? "$.payload.o99" : "$.payload.name", name(at + 1)),
    ).join("\n");
    expect(findings(workflowText({ payload: wide(count), nodes }))).toEqual([
      "optional-property at $.payload.o99",
    ]);
  });

  it("ends: one decision of many rows, of which half lead one way", () => {
    const count = 120;
    const rows = times(count, (at) => `{ when: { required: [o${at}] }, outcome: R${at} }`);
    const routes = times(count, (at) => `R${at}: ${at % 2 === 0 ? "odd" : "even"}`);
    const nodes = `  first:
    decide: [${rows.join(", ")}, { otherwise: NONE }]
    with: $.payload
    on: { ${routes.join(", ")}, NONE: done }
${keep("odd", "$.payload.o0", "done")}
${keep("even", "$.payload.name", "done")}`;
    expect(findings(workflowText({ payload: wide(count), nodes }))).toEqual([
      "optional-property at $.payload.o0",
    ]);
  });

  it("ends: alternatives inside of alternatives that go where they may not fit", () => {
    let inner = "{ type: string }";
    for (let at = 0; at < 6; at += 1) {
      const one = (name: string) =>
        `{ type: object, required: [${name}], additionalProperties: false, properties: { ${name}: ${inner} } }`;
      inner = `{ anyOf: [${one("a")}, ${one("b")}] }`;
    }
    const payload = `{ type: object, required: [it], properties: { it: ${inner} } }`;
    const nodes = `  first:
    effect: CS_TREES_V0
    op: APPEND
    with: { event: $.payload.it }
    on: { SUCCESS: done }`;
    const more = `---
kind: effect
code: CS_TREES_V0
summary: Trees.
semantics: stream
store: trees
value: ${inner.replace("{ type: string }", "{ type: string, minLength: 1 }")}
`;
    expect(findings(workflowText({ payload, nodes, more }))).toEqual(["mismatch at $.payload.it"]);
  });
});
