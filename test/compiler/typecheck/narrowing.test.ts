import { describe, expect, it } from "vitest";
import { findings, workflowText } from "./typed-text.ts";

const keep = (name: string, value: string, next = "done") => `  ${name}:
    effect: CS_NOTES_V0
    op: PUT
    with: { key: a, value: ${value} }
    on: { SUCCESS: ${next} }`;

const OPTIONAL =
  "{ type: object, additionalProperties: false, properties: { note: { type: string } } }";
const NULLABLE = `{ type: object, required: [note], properties: { note: { type: [string, "null"] } } }`;

function decide(rows: string, bound: string, routes: string): string {
  return `  first:
    decide: [${rows}]
    with: ${bound}
    on: { ${routes} }`;
}

const HAS_NOTE = "{ when: { required: [note] }, outcome: YES }, { otherwise: NO }";

describe("a decision", () => {
  it("shows on its outcome's route that an optional property is there", () => {
    const nodes = `${decide(HAS_NOTE, "$.payload", "YES: keep, NO: done")}
${keep("keep", "$.payload.note")}`;
    expect(findings(workflowText({ payload: OPTIONAL, nodes }))).toEqual([]);
  });

  it("shows nothing on the route of the other outcome", () => {
    const nodes = `${decide(HAS_NOTE, "$.payload", "YES: done, NO: keep")}
${keep("keep", "$.payload.note")}`;
    expect(findings(workflowText({ payload: OPTIONAL, nodes }))).toEqual([
      "optional-property at $.payload.note",
    ]);
  });

  it("shows nothing where both routes join", () => {
    const nodes = `${decide(HAS_NOTE, "$.payload", "YES: other, NO: keep")}
${keep("other", "b", "keep")}
${keep("keep", "$.payload.note")}`;
    expect(findings(workflowText({ payload: OPTIONAL, nodes }))).toEqual([
      "optional-property at $.payload.note",
    ]);
  });

  it("still shows something where only some of its routes join", () => {
    const rows = `{ when: { required: [note], maxProperties: 1 }, outcome: ONLY },
      { when: { required: [note] }, outcome: MORE }, { otherwise: NO }`;
    const nodes = `${decide(rows, "$.payload", "ONLY: other, MORE: keep, NO: done")}
${keep("other", "b", "keep")}
${keep("keep", "$.payload.note")}`;
    const payload = OPTIONAL.replace("note:", "more: { type: string }, note:");
    expect(findings(workflowText({ payload, nodes }))).toEqual([]);
  });

  it("rules out what its earlier rows took", () => {
    const rows = `{ when: { type: "null" }, outcome: EMPTY }, { otherwise: FULL }`;
    const nodes = `${decide(rows, "$.payload.note", "EMPTY: done, FULL: keep")}
${keep("keep", "$.payload.note")}`;
    expect(findings(workflowText({ payload: NULLABLE, nodes }))).toEqual([]);
  });

  it("shows something of each path that it looks at, and rules out by one member alone", () => {
    const rows = `{ when: { type: object, properties: { it: { type: "null" } } }, outcome: EMPTY },
      { otherwise: FULL }`;
    const nodes = `${decide(rows, "{ it: $.payload.note, other: 1 }", "EMPTY: done, FULL: keep")}
${keep("keep", "$.payload.note")}`;
    expect(findings(workflowText({ payload: NULLABLE, nodes }))).toEqual([]);
  });

  it("rules nothing out by rows that ask about several members", () => {
    const rows = `{ when: { properties: { a: { type: "null" }, b: { const: 1 } } }, outcome: YES },
      { otherwise: NO }`;
    const nodes = `${decide(rows, "{ a: $.payload.note, b: $.payload.n }", "YES: done, NO: keep")}
${keep("keep", "$.payload.note")}`;
    const payload = NULLABLE.replace("[note]", "[note, n]").replace("{ note:", "{ n: true, note:");
    expect(findings(workflowText({ payload, nodes }))).toEqual(["mismatch at $.payload.note"]);
  });

  it("tells the alternatives of a union apart", () => {
    const payload = `{ oneOf: [
  { type: object, additionalProperties: false, required: [kind, name], properties: { kind: { const: dog }, name: { type: string } } },
  { type: object, additionalProperties: false, required: [kind, lives], properties: { kind: { const: cat }, lives: { type: integer } } } ] }`;
    const rows = "{ when: { const: dog }, outcome: DOG }, { otherwise: CAT }";
    const nodes = `${decide(rows, "$.payload.kind", "DOG: keep, CAT: done")}
${keep("keep", "$.payload.name")}`;
    expect(findings(workflowText({ payload, nodes }))).toEqual([]);
    const wrong = nodes.replace("DOG: keep, CAT: done", "DOG: done, CAT: keep");
    expect(findings(workflowText({ payload, nodes: wrong }))).toEqual([
      "missing-property at $.payload.name",
    ]);
  });

  it("says nothing after it ended in VIOLATION", () => {
    const nodes = `${decide(HAS_NOTE, '"$.payload.notes[0]"', "YES: done, NO: done, VIOLATION: keep")}
${keep("keep", '"$.payload.notes[0].note"')}`;
    const payload = `{ type: object, required: [notes], properties: { notes: { type: array } } }`;
    expect(findings(workflowText({ payload, nodes }))).toEqual([]);
  });

  it("warns where a row cannot match what reaches it, and where it cannot but match", () => {
    const rows = `{ when: { type: integer }, outcome: A }, { when: { type: object }, outcome: B },
      { otherwise: C }`;
    const nodes = decide(rows, "$.payload", "A: done, B: done, C: done");
    expect(findings(workflowText({ payload: OPTIONAL, nodes }))).toEqual([
      "row-never-matches at { type: integer }",
      "row-always-matches at { type: object }",
    ]);
  });
});
