/** What breaks whom, and what does not: a small protocol, changed in one place at a time. */
import { expect, test } from "vitest";
import { compareSnapshots } from "../../../compiler/diff/snapshot-diff.ts";
import { openTo, sealed } from "./sealed.ts";

const PROTOCOL = `kind: domain
code: example
summary: An example.
---
kind: effect
code: CS_MEMBERS_V0
summary: Who has joined, each once.
semantics: registry
store: members
key: { type: string }
value: { type: object, required: [age], properties: { age: { type: integer } } }
---
kind: workflow
code: WF_JOIN_V0
summary: Take somebody in.
payload:
  type: object
  required: [name, age]
  additionalProperties: false
  properties: { name: { type: string, minLength: 1, maxLength: 80 }, age: { type: integer, minimum: 0, maximum: 150 } }
start: grown
nodes:
  grown:
    decide:
      - { when: { minimum: 18 }, outcome: "YES" }
      - otherwise: "NO"
    with: $.payload.age
    on: { "YES": enter, "NO": refused }
  enter:
    effect: CS_MEMBERS_V0
    op: REGISTER
    with: { key: $.payload.name, value: { age: $.payload.age } }
    on: { SUCCESS: joined, ALREADY_EXISTS: known }
exits:
  joined: { outcome: SUCCESS, result: { name: $.payload.name } }
  known: { outcome: ALREADY_EXISTS }
  refused: { outcome: REFUSED }
on_fault: { outcome: FAULTED }
---
kind: intent
code: IN_JOIN_V0
summary: Join the club.
type: club.join
workflow: WF_JOIN_V0
requires: { roles: [clerk, officer] }
${openTo("club.join")}`;

/** The codes of what breaks when these replacements are made, each of which must be found. */
async function check(
  replacements: readonly (readonly [string, string])[],
  codes: readonly string[],
) {
  let text = PROTOCOL;
  for (const [from, to] of replacements) {
    expect(text).toContain(from);
    text = text.replaceAll(from, to);
  }
  const found = compareSnapshots(await sealed(PROTOCOL), await sealed(text), () => []);
  expect(found.breaking.map(({ code, of }) => `${of} ${code}`)).toEqual(codes);
  expect(found.verdict).toBe(codes.length === 0 ? "compatible" : "breaking");
  return found;
}

const WF = "example::WF_JOIN_V0";

test("the same protocol is compatible, and nothing changed", async () => {
  const found = await check([], []);
  expect(found.workflows).toEqual({ added: [], removed: [], changed: [], replaced: [] });
});

test("an outcome that comes and one that goes break callers", async () => {
  const codes = [`${WF} outcome-added`, `${WF} outcome-removed`];
  const found = await check(
    [["known: { outcome: ALREADY_EXISTS }", "known: { outcome: KNOWN }"]],
    codes,
  );
  expect(found.workflows.changed[0]).toMatchObject({
    outcomes: { added: ["KNOWN"], removed: ["ALREADY_EXISTS"] },
    paths: [{ part: "", added: { count: "1" }, removed: { count: "1" } }],
  });
});

test("a payload that is narrowed breaks who asks, and one that is widened does not", async () => {
  const narrowed = [`${WF} payload-narrowed`, "club.join payload-narrowed"];
  await check([["maximum: 150", "maximum: 120"]], narrowed);
  await check([["maximum: 150", "maximum: 160"]], []);
});

test("a result that may be other breaks who reads it, and one that says less does not", async () => {
  const result = "result: { name: $.payload.name }";
  await check([[result, "result: { name: $.payload.age }"]], [`${WF} result-widened`]);
  await check(
    [["known: { outcome: ALREADY_EXISTS }", "known: { outcome: ALREADY_EXISTS, result: null }"]],
    [],
  );
});

test("more paths, nodes and writes are told and break nobody", async () => {
  const found = await check(
    [
      [
        "on: { SUCCESS: joined, ALREADY_EXISTS: known }",
        "on: { SUCCESS: note, ALREADY_EXISTS: known }",
      ],
      [
        "exits:",
        `  note:
    effect: CS_MEMBERS_V0
    op: REVOKE
    with: { key: $.payload.name }
    on: { SUCCESS: joined, NOT_FOUND: joined }
exits:`,
      ],
    ],
    [],
  );
  const [one] = found.workflows.changed;
  expect(one).toMatchObject({
    nodes: { added: ["note"], removed: [], changed: ["enter"] },
    effects: { added: ["example::CS_MEMBERS_V0 REVOKE"], removed: [] },
    paths: [{ added: { count: "2" }, removed: { count: "1" } }],
  });
  const bounds = one?.bounds.find(({ outcome }) => outcome === "SUCCESS");
  expect([bounds?.before.writes, bounds?.after.writes]).toEqual([
    { least: 1, most: 1 },
    { least: 1, most: 2 },
  ]);
});

test("an intent that is gone, or asks for more, breaks who asks", async () => {
  await check(
    [
      ["type: club.join", "type: club.enter"],
      ["[club.join]", "[club.enter]"],
    ],
    ["club.join intent-removed"],
  );
  await check([["roles: [clerk, officer]", "roles: [clerk]"]], ["club.join intent-requires-more"]);
  await check([["roles: [clerk, officer]", "roles: [clerk, officer, chair]"]], []);
});

test("a workflow in the place of another is compared with it, for the intent", async () => {
  const found = await check(
    [
      ["WF_JOIN_V0", "WF_JOIN_V1"],
      ["refused: { outcome: REFUSED }", "refused: { outcome: TOO_YOUNG }"],
    ],
    [`${WF} workflow-removed`, "club.join outcome-added", "club.join outcome-removed"],
  );
  expect(found.workflows.replaced).toMatchObject([
    { intent: "club.join", instead_of: WF, workflow: "example::WF_JOIN_V1" },
  ]);
});

test("policies that decide otherwise are told, and break nobody", async () => {
  const found = await check(
    [
      [
        "intents: [club.join]\ncedar: permit(principal, action, resource);\n---\nkind: policy\ncode: PO_CITY_MANAGER",
        "intents: [club.join]\ncedar: permit(principal, action, resource) unless { context.payload.age < 30 };\n---\nkind: policy\ncode: PO_CITY_MANAGER",
      ],
    ],
    [],
  );
  expect(found.policies).toEqual({
    added: [],
    removed: [],
    changed: ["example::PO_SECURITY_GUARD_V0"],
  });
});
