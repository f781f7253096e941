/** What an intent may subscribe to, and what of it is proven before anything runs. */
import { describe, expect, test } from "vitest";
import { compiled } from "../compiled.ts";
import { findings } from "./protocol.ts";

interface Parts {
  readonly subscribes?: string;
  /** The workflow's payload. */
  readonly payload?: string;
  /** The intent's own. */
  readonly narrowed?: string;
}

const SUBSCRIBES =
  "{ stream: CS_EVENTS_V0, key: $.event.member, payload: { member: $.event.member } }";
const PAYLOAD =
  "{ type: object, required: [member], additionalProperties: false, properties: { member: { type: string }, at: { type: integer }, email: { type: string, x-label: [pii] } } }";

function textOf({ subscribes = SUBSCRIBES, payload = PAYLOAD, narrowed = "" }: Parts): string {
  const policies = ["security_guard", "city_manager", "data_steward"].map(
    (role) => `---
kind: policy
code: PO_${role.toUpperCase()}_V0
summary: Rules.
role: ${role}
intents: [club.greet]
cedar: permit(principal, action, resource);
`,
  );
  return `kind: domain
code: example
summary: A club.
---
kind: effect
code: CS_EVENTS_V0
summary: What happened.
semantics: stream
store: events
value:
  type: object
  required: [type, member]
  additionalProperties: false
  properties:
    type: { enum: [JOINED, LEFT] }
    member: { type: string }
    age: { type: integer }
    more: {}
    email: { type: string, x-label: [pii] }
clearance: [pii]
---
kind: workflow
code: WF_GREET_V0
summary: Greet.
payload: ${payload}
start: sort
nodes:
  sort:
    decide: [{ when: { minLength: 5 }, outcome: LONG }, { otherwise: SHORT }]
    with: $.payload.member
    on: { LONG: done, SHORT: other }
exits: { done: { outcome: SUCCESS }, other: { outcome: SHORT } }
on_fault: { outcome: FAULTED }
---
kind: intent
code: IN_GREET_V0
summary: Greet.
type: club.greet
workflow: WF_GREET_V0
${narrowed}
subscribes: ${subscribes}
${policies.join("")}`;
}

function compiledWith(parts: Parts, more: Readonly<Record<string, string>> = {}) {
  return compiled({ "example/example.yaml": textOf(parts), ...more });
}

async function codes(parts: Parts): Promise<readonly string[]> {
  return (await compiledWith(parts)).diagnostics.map(({ code }) => code);
}

test("a subscription is sealed with its intent, bindings lowered, the event's schema and labels", async () => {
  const subscribes =
    "{ stream: CS_EVENTS_V0, key: $.event.member, when: { properties: { type: { const: JOINED } } }, payload: { member: $.event.member, at: $.position } }";
  const { snapshot } = await compiledWith({ subscribes });
  const { intents } = JSON.parse(snapshot?.files.get("intents.json") ?? "{}");
  expect(intents[0].subscribes).toEqual({
    stream: "example::CS_EVENTS_V0",
    store: "example/events",
    event: expect.objectContaining({ required: ["type", "member"] }),
    seal: [{ path: ["email"], labels: ["pii"] }],
    when: { properties: { type: { const: "JOINED" } } },
    key: { read: [0, "member"] },
    payload: {
      object: [
        ["member", { read: [0, "member"] }],
        ["at", { read: [1] }],
      ],
    },
  });
  expect(intents[1].subscribes).toBeUndefined();
});

describe("a binding of a subscription", () => {
  const bound = (payload: string, more = "") =>
    codes({ subscribes: `{ stream: CS_EVENTS_V0, ${more} payload: ${payload} }` });

  test("reads the event, its position and its tenant, and nothing else", async () => {
    expect(await bound("{ member: $.tenant, at: $.position }")).toEqual([]);
    for (const root of [
      "$.payload.member",
      "$.context.tenant",
      "$.nodes.sort.x",
      "$.evnt.member",
    ]) {
      expect(await bound(`{ member: ${root} }`)).toEqual(["typecheck/unknown-root"]);
    }
    const { diagnostics } = await compiledWith({
      subscribes: "{ stream: CS_EVENTS_V0, payload: { member: $.evnt.member } }",
    });
    expect(diagnostics[0]).toMatchObject({
      message: "a path begins at `$.event`, `$.position` or `$.tenant` here, not at `$.evnt`",
      hint: "Did you mean `event`?",
    });
  });

  test("is no root of a workflow", async () => {
    const payload = PAYLOAD.replace("member: {", "other: { type: string }, member: {");
    const text = textOf({ payload }).replace("with: $.payload.member", "with: $.event.member");
    const { diagnostics } = await compiled({ "example/example.yaml": text });
    expect(diagnostics.map(({ code }) => code)).toEqual(["typecheck/unknown-root"]);
  });

  test("reads only what every event that is delivered has", async () => {
    expect(await bound("{ member: $.event.member, at: $.event.age }")).toEqual([
      "typecheck/optional-property",
    ]);
    const wanted = "when: { required: [age] },";
    expect(await bound("{ member: $.event.member, at: $.event.age }", wanted)).toEqual([]);
    expect(await bound("{ member: $.event.name }")).toEqual(["typecheck/missing-property"]);
  });

  test("fits what the intent takes, the intent's own payload where that is narrower", async () => {
    expect(await bound("{ member: $.position }")).toEqual(["typecheck/mismatch"]);
    expect(await bound("{ member: 7 }")).toEqual(["typecheck/literal-mismatch"]);
    expect(await bound("{ at: $.position }")).toEqual(["typecheck/missing-input"]);
    expect(await bound("{ member: $.tenant, x: 1 }")).toEqual(["typecheck/unknown-input"]);
    const narrowed =
      "payload: { type: object, required: [member], additionalProperties: false, properties: { member: { const: ann } } }";
    expect(await codes({ narrowed })).toEqual(["typecheck/mismatch"]);
  });

  test("stays a check at run time where nothing is proven, and is listed", async () => {
    const subscribes =
      "{ stream: CS_EVENTS_V0, when: { required: [more] }, payload: { member: $.event.more } }";
    const { ok, undecided } = await compiledWith({ subscribes });
    expect(ok).toBe(true);
    expect(undecided.some(({ node }) => node === "subscribes")).toBe(true);
  });

  test("takes a labelled value only to a place that says so, and never into the key", async () => {
    const wanted = "when: { required: [email] },";
    expect(await bound("{ member: $.event.email }", wanted)).toEqual(["typecheck/label-lost"]);
    expect(await bound("{ member: $.tenant, email: $.event.email }", wanted)).toEqual([]);
    const key = `${wanted} key: $.event.email,`;
    expect(await bound("{ member: $.tenant }", key)).toEqual(["typecheck/labelled-key"]);
  });
});

describe("a stream", () => {
  const OTHER = `kind: domain
code: other
summary: Another.
---
kind: effect
code: CS_NEWS_V0
summary: News.
semantics: stream
store: news
value: { type: object, required: [member], properties: { member: { type: string } } }
`;

  test("of another domain is named where that domain is used", async () => {
    const subscribes = "{ stream: other::CS_NEWS_V0, payload: { member: $.event.member } }";
    const files = { "other/other.yaml": OTHER };
    const refused = await compiledWith({ subscribes }, files);
    expect(refused.diagnostics.map(({ code }) => code)).toEqual(["resolve/undeclared-domain"]);
    const text = textOf({ subscribes }).replace(
      "summary: A club.",
      "summary: A club.\nuses: [other]",
    );
    const taken = await compiled({ "example/example.yaml": text, ...files });
    expect(findings(taken)).toEqual([]);
  });

  test("that there is not, and what is none, are told at its name", async () => {
    const subscribes = "{ stream: CS_EVENT_V0, payload: { member: $.event.member } }";
    expect(await codes({ subscribes })).toEqual(["resolve/unknown-artifact"]);
  });
});

test("what another contract writes to the stream is held against what is subscribed to", async () => {
  const other = `---
kind: effect
code: CS_EVENTS_V1
summary: The same stream, with more to tell.
semantics: stream
store: events
value: { type: object, required: [type], properties: { type: { type: string } } }
---
kind: workflow
code: WF_TELL_V0
summary: Tell.
payload: { type: object, required: [type], properties: { type: { type: string } } }
start: tell
nodes:
  tell: { effect: CS_EVENTS_V1, op: APPEND, with: { event: $.payload }, on: { SUCCESS: told } }
exits: { told: { outcome: SUCCESS } }
on_fault: { outcome: FAULTED }
`;
  const { diagnostics } = await compiled({ "example/example.yaml": textOf({}) + other });
  expect(diagnostics.map(({ code }) => code)).toContain("prove/store-values-differ");
});

test("a shape that no subscription has is told by its key", async () => {
  for (const subscribes of [
    "{ stream: CS_EVENTS_V0 }",
    "{ payload: 1 }",
    "{ stream: CS_EVENTS_V0, payload: 1, as: x }",
    "{ stream: CS_EVENTS_V0, payload: 1, key: member }",
    "[CS_EVENTS_V0]",
  ]) {
    expect((await codes({ subscribes })).every((code) => code.startsWith("shape/"))).toBe(true);
    expect(await codes({ subscribes })).not.toEqual([]);
  }
});
