import { describe, expect, it } from "vitest";
import {
  labelsIn,
  marks,
  merged,
  placesAt,
  placesInEach,
  placesOf,
} from "../../../compiler/types/labels.ts";
import { findings, nodeIn, workflowIn, workflowText } from "./typed-text.ts";

const EVERY = { every: true } as const;
const PII = { type: "string", "x-label": ["pii"] } as const;

describe("the places that a schema marks", () => {
  it("lie below properties, items, other members and alternatives", () => {
    const schema = {
      type: "object",
      properties: { a: PII, b: { anyOf: [{ type: "null" }, PII] }, c: { items: PII } },
      additionalProperties: { properties: { d: PII } },
    };
    expect(placesOf(schema)).toEqual([
      { path: ["a"], labels: ["pii"] },
      { path: ["b"], labels: ["pii"] },
      { path: ["c", EVERY], labels: ["pii"] },
      { path: [EVERY, "d"], labels: ["pii"] },
    ]);
  });

  it("are none below a place that is marked as a whole", () => {
    const schema = { "x-label": ["pii", "secret"], properties: { a: PII } };
    expect(placesOf(schema)).toEqual([{ path: [], labels: ["pii", "secret"] }]);
  });

  it("follow a step, and a mark of the whole stays a mark of the part", () => {
    const places = placesOf({ properties: { a: { items: PII }, b: PII } });
    expect(placesAt(places, "a")).toEqual([{ path: [EVERY], labels: ["pii"] }]);
    expect(placesAt(places, "c")).toEqual([]);
    expect(placesAt([{ path: [], labels: ["pii"] }], "x")).toEqual([{ path: [], labels: ["pii"] }]);
    expect(placesInEach(placesAt(places, "a"))).toEqual([{ path: [], labels: ["pii"] }]);
  });

  it("cover what lies below them, and no more", () => {
    const places = placesOf({ properties: { a: PII }, items: PII });
    expect(marks(places, ["a", "deep"], "pii")).toBe(true);
    expect(marks(places, ["a"], "secret")).toBe(false);
    expect(marks(places, [EVERY], "pii")).toBe(true);
    expect(marks([{ path: ["a"], labels: ["pii"] }], [EVERY], "pii")).toBe(false);
    expect(marks([{ path: ["a"], labels: ["pii"] }], [], "pii")).toBe(false);
  });

  it("become the whole where there are too many to list", () => {
    const names = Array.from({ length: 300 }, (_, at) => `p${at}`);
    const places = merged(names.map((name) => ({ path: [name], labels: ["secret" as const] })));
    expect(places).toEqual([{ path: [], labels: ["secret"] }]);
    expect(labelsIn(places)).toEqual(["secret"]);
  });
});

const PAYLOAD = `{ type: object, required: [email, name], additionalProperties: false,
  properties: { email: { type: string, x-label: [pii] }, name: { type: string } } }`;

const TRANSFORM = `---
kind: transform
code: CT_JOIN_V0
summary: Joins.
input: { type: object }
outcomes: { SUCCESS: { type: object, required: [text], properties: { text: { type: string } } } }
implementation: lookup
examples: [{ input: {}, outcome: SUCCESS, output: { text: a } }]
`;

const JOIN = `  first:
    transform: CT_JOIN_V0
    with: { who: $.payload.email, what: [$.payload.name] }
    on: { SUCCESS: keep }
  keep:
    effect: CS_NOTES_V0
    op: PUT
    with: { key: a, value: $.nodes.first.text }
    on: { SUCCESS: done }`;

describe("a label", () => {
  it("stays on all that a transform makes of it", () => {
    const text = workflowText({ payload: PAYLOAD, nodes: JOIN, more: TRANSFORM });
    expect(findings(text)).toEqual(["label-flow at $.nodes.first.text"]);
  });

  it("is shed where the transform declares so", () => {
    const more = TRANSFORM.replace("implementation", "declassifies: [pii]\nimplementation");
    const workflow = workflowIn(workflowText({ payload: PAYLOAD, nodes: JOIN, more }));
    const first = nodeIn(workflow, "first");
    expect(first.sealInput).toEqual([{ path: ["who"], labels: ["pii"] }]);
    expect(first.sealOutput.get("SUCCESS")).toEqual([]);
    expect(workflow.sealPayload).toEqual([{ path: ["email"], labels: ["pii"] }]);
  });

  it("of another kind stays where only one is shed", () => {
    const payload = PAYLOAD.replace("[pii]", "[pii, secret]");
    const more = TRANSFORM.replace("implementation", "declassifies: [pii]\nimplementation");
    const nodes = JOIN.split("  keep:")[0]?.replace("SUCCESS: keep", "SUCCESS: done") ?? "";
    const workflow = workflowIn(workflowText({ payload, nodes, more }));
    expect(nodeIn(workflow, "first").sealOutput.get("SUCCESS")).toEqual([
      { path: [], labels: ["secret"] },
    ]);
  });

  it("goes through a call both ways", () => {
    const nodes = `  first:
    call: WF_INNER_V0
    with: { email: $.payload.email }
    on: { SUCCESS: done }`;
    const exits = "  done: { outcome: SUCCESS, result: { mail: $.nodes.first.address } }";
    const more = `---
kind: workflow
code: WF_INNER_V0
summary: An example.
payload: { type: object, required: [email], properties: { email: { type: string, x-label: [pii] } } }
start: look
nodes:
  look: { decide: [{ otherwise: OK }], with: null, on: { OK: end } }
exits:
  end: { outcome: SUCCESS, result: { address: $.payload.email, plain: 1 } }
on_fault: { outcome: FAULTED }
`;
    const workflow = workflowIn(workflowText({ payload: PAYLOAD, nodes, exits, more }));
    expect(nodeIn(workflow, "first").sealInput).toEqual([{ path: ["email"], labels: ["pii"] }]);
    expect(nodeIn(workflow, "first").sealOutput.get("SUCCESS")).toEqual([
      { path: ["address"], labels: ["pii"] },
    ]);
    expect(workflow.exits.get("done")?.seal).toEqual([{ path: ["mail"], labels: ["pii"] }]);
    const lost = more.replace(", x-label: [pii]", "");
    expect(findings(workflowText({ payload: PAYLOAD, nodes, exits, more: lost }))).toEqual([
      "label-lost at $.payload.email",
    ]);
  });

  it("is on every item that a plural path selects", () => {
    const payload = `{ type: object, required: [people], properties: { people: { type: array,
  items: { type: object, properties: { email: { type: string, x-label: [pii] } } } } } }`;
    const nodes = `  first:
    decide: [{ otherwise: OK }]
    with: { mails: "$.payload.people[*].email", all: $.payload.people }
    on: { OK: done }`;
    const workflow = workflowIn(workflowText({ payload, nodes }));
    expect(nodeIn(workflow, "first").sealInput).toEqual([
      { path: ["mails", EVERY], labels: ["pii"] },
      { path: ["all", EVERY, "email"], labels: ["pii"] },
    ]);
  });

  it.each([
    ["$.payload.people[?@.hiv == true].name", ["pii"]],
    ["$.payload.people[?!@.hiv].name", ["pii"]],
    ["$.payload.people[?@.age > 3 && (@.age < 9 || @.hiv == false)].name", ["pii"]],
    ["$.payload.people[?@.name == $.payload.chosen].name", ["secret"]],
    ["$.payload.people[?length(@.code) == 2].name", ["secret"]],
    ["$.payload.people[?count(@.tags[?@.hidden == true]) > 1].name", ["secret"]],
    ["$.payload.people[?@.tags].name", ["secret"]],
    ["$.payload.people[?@.age > 3].name", []],
  ])("is on the whole list that a filter selects by it: %s", (path, labels) => {
    const payload = `{ type: object, required: [people, chosen], properties: {
  chosen: { type: string, x-label: [secret] },
  people: { type: array, items: { type: object, additionalProperties: false, properties: {
    name: { type: string }, age: { type: integer }, hiv: { type: boolean, x-label: [pii] },
    code: { type: string, x-label: [secret] },
    tags: { type: array, items: { type: object, properties: { hidden: { type: boolean, x-label: [secret] } } } }
  } } } } }`;
    const nodes = `  first:
    decide: [{ otherwise: OK }]
    with: { names: "${path}" }
    on: { OK: done }`;
    const { sealInput } = nodeIn(workflowIn(workflowText({ payload, nodes })), "first");
    expect(sealInput).toEqual(labels.length === 0 ? [] : [{ path: ["names"], labels }]);
  });
});
