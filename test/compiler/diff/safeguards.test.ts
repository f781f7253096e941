/** What weakens a safeguard breaks; what changes in a node is told member by member. */
import { expect, test } from "vitest";
import type { MemberChange } from "../../../compiler/diff/member-changes.ts";
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
value: { type: object, required: [mail], properties: { mail: { type: string } } }
---
kind: effect
code: CS_NOTES_V0
summary: What was noted.
semantics: stream
store: notes
value: { type: object, required: [name], properties: { name: { type: string } } }
---
kind: workflow
code: WF_NOTE_V0
summary: Note one name.
payload: { type: string, maxLength: 80 }
start: note
nodes:
  note: { effect: CS_NOTES_V0, op: APPEND, with: { event: { name: $.payload } }, on: { SUCCESS: noted } }
exits:
  noted: { outcome: SUCCESS }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_JOIN_V0
summary: Take somebody in.
payload:
  type: object
  required: [name, mail, friends]
  additionalProperties: false
  properties:
    name: { type: string, minLength: 1, maxLength: 80 }
    mail: { type: string, maxLength: 80 }
    friends: { type: array, maxItems: 5, items: { type: string, maxLength: 80 } }
start: decide
nodes:
  decide:
    await:
      signals:
        APPROVE: { payload: { type: object }, people: 3, not_requester: true }
        REJECT: { payload: { type: object } }
      deadline: P30D
    on: { APPROVE: enter, REJECT: refused, TIMEOUT: refused }
  enter:
    effect: CS_MEMBERS_V0
    op: REGISTER
    with: { key: $.payload.name, value: { mail: $.payload.mail } }
    compensate: { effect: CS_MEMBERS_V0, op: REVOKE, with: { key: $.payload.name } }
    on: { SUCCESS: each, ALREADY_EXISTS: known }
  each:
    map: $.payload.friends
    max: 5
    call: WF_NOTE_V0
    with: $.item
    succeed: [SUCCESS]
    threshold: 0.5
    on: { SUCCESS: joined, PARTIAL: some, FAILED: known, EMPTY: joined }
exits:
  joined: { outcome: SUCCESS }
  some: { outcome: SOME }
  known: { outcome: ALREADY_EXISTS }
  refused: { outcome: REFUSED }
on_fault: { outcome: FAULTED }
---
kind: intent
code: IN_JOIN_V0
summary: Join the club.
type: club.join
workflow: WF_JOIN_V0
budget: { writes: 9, time: P40D }
---
kind: invariant
code: AS_ASKED_V0
summary: Nobody comes in unasked.
workflows: [WF_JOIN_V0]
before: { first: { node: decide, outcome: APPROVE }, then: { node: enter } }
${openTo("club.join")}`;

/** What is said to be weaker once these are replaced, and what is told of one node. */
async function check(
  replacements: readonly (readonly [string, string])[],
  weaker: readonly string[],
  members?: readonly [node: string, changes: readonly MemberChange[]],
) {
  let text = PROTOCOL;
  for (const [from, to] of replacements) {
    expect(text).toContain(from);
    text = text.replaceAll(from, to);
  }
  const found = compareSnapshots(await sealed(PROTOCOL), await sealed(text), () => []);
  expect(found.breaking.map(({ of, reason }) => `${of}: ${reason}`)).toEqual(weaker);
  expect(new Set(found.breaking.map(({ code }) => code))).toEqual(
    new Set(weaker.length === 0 ? [] : ["safeguard"]),
  );
  if (members !== undefined) {
    expect(found.workflows.changed[0]?.members[members[0]]).toEqual(members[1]);
  }
  return found;
}

const WF = "example::WF_JOIN_V0";
const SIGNAL = "people: 3, not_requester: true";

test("fewer people, and a requester who may say so, are told and break", async () => {
  await check(
    [[SIGNAL, "people: 1"]],
    [
      `${WF}: \`APPROVE\` of \`decide\` asks for fewer people: 3 before, 1 now`,
      `${WF}: \`APPROVE\` of \`decide\` may now come from the requester`,
    ],
    [
      "decide",
      [
        { member: "signals.APPROVE.notRequester", before: true, after: false },
        { member: "signals.APPROVE.people", before: 3, after: 1 },
      ],
    ],
  );
  await check([[SIGNAL, "people: 4, not_requester: true"]], []);
});

test("a compensation that is gone breaks", async () => {
  const line =
    "    compensate: { effect: CS_MEMBERS_V0, op: REVOKE, with: { key: $.payload.name } }\n";
  const found = await check([[line, ""]], [`${WF}: nothing undoes \`enter\` any more`]);
  expect(found.workflows.changed[0]?.members.enter).toMatchObject([
    { member: "undone", before: { by: "enter/compensate" } },
  ]);
  await check(
    [[line, "    irreversible: true\n"]],
    [`${WF}: nothing undoes \`enter\` any more`],
    undefined,
  );
});

test("deadlines, thresholds, widths and what counts as success are told and break nobody", async () => {
  await check(
    [["P30D", "P20D"]],
    [],
    ["decide", [{ member: "limit.afterMs", before: 30 * 86_400_000, after: 20 * 86_400_000 }]],
  );
  await check(
    [
      ["threshold: 0.5", "threshold: 0.25"],
      ["    max: 5", "    max: 6"],
    ],
    [],
    [
      "each",
      [
        { member: "max", before: 5, after: 6 },
        { member: "threshold", before: 0.5, after: 0.25 },
      ],
    ],
  );
});

test("an invariant that is gone or another breaks, and one that comes does not", async () => {
  const law = PROTOCOL.split("---\n").find((part) => part.startsWith("kind: invariant")) ?? "";
  const name = "example::AS_ASKED_V0";
  const gone = await check([[`---\n${law}`, ""]], [`${name}: the invariant is gone`]);
  expect(gone.invariants).toEqual({ added: [], removed: [name], changed: [] });
  const other = "the invariant is another: it is not proven to hold all that it held";
  await check([["outcome: APPROVE }, then", "}, then"]], [`${name}: ${other}`]);
  const more = law.replace("ASKED", "ALSO");
  const came = await check([[law, `${law}---\n${more}`]], []);
  expect(came.invariants.added).toEqual(["example::AS_ALSO_V0"]);
});

test("a budget that is gone or higher breaks, and a lower one does not", async () => {
  const found = await check(
    [["budget: { writes: 9, time: P40D }", "budget: { writes: 12 }"]],
    [
      "club.join: its budget of writes is higher: 9 before, 12 now",
      "club.join: its budget of time is gone: P40D before",
    ],
  );
  expect(found.intents.members["club.join"]).toEqual([
    { member: "budget.time_ms", before: 40 * 86_400_000 },
    { member: "budget.writes", before: 9, after: 12 },
  ]);
  await check([["writes: 9", "writes: 8"]], []);
});

test("labels that effects may be given are told where they go further", async () => {
  await check(
    [["store: members\n", "store: members\nclearance: [pii]\n"]],
    [`${WF}: its effects may now be given what is labelled \`pii\``],
  );
});
