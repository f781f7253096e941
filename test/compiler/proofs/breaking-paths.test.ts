/** The path that breaks a law holds the step that does it, be it one that undoes. */
import { expect, test } from "vitest";
import { compiledText } from "../compiled.ts";

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
value: { type: object }
---
kind: workflow
code: WF_JOIN_V0
summary: Take somebody in.
payload: { type: object, required: [name], properties: { name: { type: string, minLength: 1, maxLength: 80 }, ok: { type: boolean } } }
start: enter
nodes:
  enter:
    effect: CS_MEMBERS_V0
    op: REGISTER
    with: { key: $.payload.name, value: {} }
    compensate: { effect: CS_MEMBERS_V0, op: REVOKE, with: { key: $.payload.name } }
    on: { SUCCESS: look, ALREADY_EXISTS: known }
  look:
    decide: [{ when: { required: [ok] }, outcome: "YES" }, { otherwise: "NO" }]
    with: $.payload
    on: { "YES": joined, "NO": lost }
exits:
  joined: { outcome: SUCCESS }
  known: { outcome: ALREADY_EXISTS }
  lost: { compensate: true }
on_fault: { outcome: FAULTED }
---
kind: invariant
code: AS_STAYS_V0
summary: Nobody is put out again.
workflows: [WF_JOIN_V0]
`;

test.each([
  "never: { first: { node: enter }, then: { effect: CS_MEMBERS_V0, op: REVOKE } }",
  "at_most: { times: 0, of: { effect: CS_MEMBERS_V0, op: REVOKE } }",
  "exactly: { times: 0, of: { effect: CS_MEMBERS_V0, op: REVOKE } }",
])("%s is broken by what undoes, and the path says so", async (law) => {
  const { diagnostics } = await compiledText(`${PROTOCOL}${law}\n`);
  const [found] = diagnostics.filter(({ code }) => code.startsWith("proofs/"));
  expect(found?.message).toMatch(/`enter` SUCCESS → .*`enter\/compensate` \w+ → `lost` \w+/);
});
