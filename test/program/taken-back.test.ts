/**
 * Cancelling what has to be undone, from the command line, in real processes: a note was dropped, the
 * execution waits for a word, and taking the note back is refused until a folder is there. Whoever
 * cancels it is told that it is being undone still, and no command leaves without saying anything.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshFolder, freshWorkspace, pgs, root } from "./cli.ts";

const TEXT = "{ type: string, maxLength: 40 }";

function drop(code: string, folder: string): string {
  return `
kind: effect
code: ${code}
summary: Notes in a folder.
semantics: external
implementation: file-drop
settings: { folder: ${folder} }
operations:
  DROP:
    input: { type: object, required: [name, content], additionalProperties: false, properties: { name: ${TEXT}, content: ${TEXT} } }
    outcomes:
      DROPPED: { type: object }
      EXISTS: { type: object }
      REFUSED: { type: object }
    repeat: safe
    timeout: PT10S
---`;
}

function protocol(notes: string, wait: string): string {
  return `
kind: domain
code: post
summary: Notes that can be taken back.
---${drop("CS_SENT_V0", join(notes, "sent"))}${drop("CS_BACK_V0", join(notes, "back"))}
kind: workflow
code: WF_SEND_V0
summary: Send a note, and wait for a word.
payload: { type: object, required: [name], additionalProperties: false, properties: { name: ${TEXT} } }
start: send
nodes:
  send:
    effect: CS_SENT_V0
    op: DROP
    with: { name: $.payload.name, content: "" }
    compensate:
      effect: CS_BACK_V0
      op: DROP
      with: { name: $.payload.name, content: "" }
      undoes: [DROPPED, TIMEOUT]
      done: [DROPPED, EXISTS]
      retry: { outcomes: [REFUSED], attempts: 3, wait: ${wait} }
    on: { DROPPED: approval, EXISTS: lost, REFUSED: lost, TIMEOUT: lost }
  approval:
    await: { signals: { YES: { payload: { type: "null" }, people: 2 } }, deadline: P30D }
    on: { YES: sent, TIMEOUT: lost }
exits:
  sent: { outcome: SENT }
  lost: { outcome: LOST }
on_cancel: { compensate: true }
on_fault: { outcome: FAULTED }
`.trimStart();
}

interface Place {
  readonly workspace: string;
  readonly notes: string;
}

function place(wait: string): Place {
  const notes = freshFolder();
  mkdirSync(join(notes, "sent"));
  const workspace = freshWorkspace({ "protocol/domains/post/all.yaml": protocol(notes, wait) });
  const ran = pgs(["compile", workspace]);
  expect(ran.code, ran.out + ran.err).toBe(0);
  return { workspace, notes };
}

function send(workspace: string): void {
  const args = ["run", "--wf", "post::WF_SEND_V0", "--payload", "-", "--trace-id", "t1"];
  const ran = pgs(args, { cwd: workspace, input: '{"name":"a"}' });
  expect(ran.code, ran.out + ran.err).toBe(8);
}

test.each(["PT20S", "PT2H"])(
  "who cancels is told that it is being undone, where that is tried again after %s",
  (wait) => {
    const { workspace, notes } = place(wait);
    send(workspace);
    const cancelled = pgs(["cancel", "t1", "--json"], { cwd: workspace });
    expect(cancelled.code, cancelled.out + cancelled.err).toBe(8);
    expect(cancelled.json()).toMatchObject({ waiting: [{ node: "send/compensate" }] });
    const lines = readFileSync(join(workspace, "traces", "t1", "t1.jsonl"), "utf8");
    expect(lines).toContain('"type":"cancelled"');
    expect(lines).toContain('"type":"retry"');
    const again = pgs(["cancel", "t1"], { cwd: workspace });
    expect(again.code).toBe(4);
    expect(again.err).toContain("is being undone already");
    const open = pgs(["replay", "t1"], { cwd: workspace });
    expect(open.code, open.out).toBe(0);
    expect(existsSync(join(notes, "back"))).toBe(false);
    expect(pgs(["verify", "--state"], { cwd: workspace }).code).toBe(0);
  },
  120_000,
);

test("as text it says that what was done is still being undone", () => {
  const { workspace } = place("PT20S");
  send(workspace);
  const cancelled = pgs(["cancel", "t1"], { cwd: workspace });
  expect(cancelled.code, cancelled.out + cancelled.err).toBe(8);
  expect(cancelled.out).toContain("is cancelled, and what it did is still being undone");
  expect(cancelled.out).toMatch(/send\/compensate {2}the time {2}until \d{4}-/);
}, 120_000);

test("a command whose work never settles ends with 1, and says so", () => {
  const script = join(freshFolder(), "unsettled.cjs");
  const launcher = JSON.stringify(join(root, "bin", "pgs.cjs"));
  const command = "{ define: (command) => command.action(() => new Promise(() => {})) }";
  writeFileSync(script, `require(${launcher}).load("main").start(() => (${command}));`);
  const ran = spawnSync(process.execPath, [script, "list"], { encoding: "utf8" });
  expect(ran.status).toBe(1);
  expect(ran.stderr).toContain("our own fault");
  expect(ran.stderr).toContain("never settled");
});
