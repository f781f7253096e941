/** A label is not lost between two contracts of one store, nor between two snapshots. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesIn, freshWorkspace, pgs } from "./cli.ts";

const SECRET = "the-secret-of-the-house";

const PROTOCOL = `
kind: domain
code: house
summary: What is kept, and what is read.
---
kind: effect
code: CS_KEPT_V0
summary: What is kept.
semantics: document
store: kept
key: { type: string, maxLength: 20 }
value: { type: object, required: [text], additionalProperties: false, properties: { text: { type: string, maxLength: 80, x-label: [secret] } } }
clearance: [secret]
---
kind: workflow
code: WF_KEEP_V0
summary: Keep a text.
payload: { type: object, required: [text], additionalProperties: false, properties: { text: { type: string, maxLength: 80, x-label: [secret] } } }
start: keep
nodes:
  keep:
    effect: CS_KEPT_V0
    op: PUT
    with: { key: it, value: { text: $.payload.text } }
    on: { SUCCESS: kept }
exits:
  kept: { outcome: KEPT }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_READ_V0
summary: Read it.
payload: { type: object, additionalProperties: false }
start: read
nodes:
  read:
    effect: CS_KEPT_V0
    op: GET
    with: { key: it }
    on: { SUCCESS: found, NOT_FOUND: absent }
exits:
  found: { outcome: FOUND, result: { text: $.nodes.read.value.text } }
  absent: { outcome: ABSENT }
on_fault: { outcome: FAULTED }
`.trimStart();

test("a value that was labelled when it was written is not read in the clear by a contract that forgot", () => {
  const file = "protocol/domains/house/all.yaml";
  const folder = freshWorkspace({ [file]: PROTOCOL });
  const call = { cwd: folder };
  const run = (workflow: string, payload: object) =>
    pgs(["run", "--wf", `house::${workflow}`, "--payload", "-", "--json"], {
      ...call,
      input: JSON.stringify(payload),
    });
  expect(pgs(["compile"], call).code).toBe(0);
  expect(run("WF_KEEP_V0", { text: SECRET }).json()).toMatchObject({ outcome: "KEPT" });
  const sealed = run("WF_READ_V0", {});
  expect(sealed.json()).toMatchObject({ outcome: "FOUND", result: { text: { $sealed: {} } } });

  const forgetful = PROTOCOL.replaceAll(", x-label: [secret]", "").replace(
    "clearance: [secret]\n",
    "",
  );
  writeFileSync(join(folder, file), forgetful);
  expect(pgs(["compile"], call).code).toBe(0);
  const read = run("WF_READ_V0", {});
  expect(read.code).toBe(5);
  expect(read.json()).toMatchObject({ outcome: "FAULTED", steps: [{ outcome: "FAULT" }] });
  const examined = pgs(["examine", String(read.json().trace_id)], call);
  expect(examined.out).toContain("fault/unmarked-label");
  for (const left of filesIn(folder)) {
    expect(readFileSync(join(folder, left)).includes(SECRET), left).toBe(false);
  }
  expect([sealed, read, examined].some(({ out }) => out.includes(SECRET))).toBe(false);
});
