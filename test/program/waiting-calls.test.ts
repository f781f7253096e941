/**
 * A run that waits for another execution's interrupted call: its own result stands at once, and who
 * looks on is told what is waited for.
 */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshFolder, freshWorkspace, pgs } from "./cli.ts";
import { type Started, startPgs } from "./notes.ts";

function protocol(port: number): string {
  return `
kind: domain
code: shops
summary: A shop that takes its time.
---
kind: effect
code: CS_SHOP_V0
summary: The shop.
semantics: external
implementation: http-call
settings: { hosts: ["127.0.0.1:${port}"], insecure: true, private: true }
operations:
  ASK:
    input: { type: object, required: [method, url, headers, body], additionalProperties: false, properties: { method: { const: PUT }, url: { const: "http://127.0.0.1:${port}/" }, headers: { const: {} }, body: { type: string } } }
    outcomes:
      RESPONSE: { type: object }
      UNREADABLE: { type: object }
      REFUSED: { type: object }
      UNREACHABLE: { type: object }
    repeat: safe
    timeout: PT1H
---
kind: effect
code: CS_NOTES_V0
summary: What was noted.
semantics: registry
store: notes
key: { type: string, maxLength: 20 }
value: { type: object, maxProperties: 0 }
---
kind: workflow
code: WF_ASK_V0
summary: Ask the shop.
payload: { type: object, additionalProperties: false, properties: {} }
start: ask
nodes:
  ask:
    effect: CS_SHOP_V0
    op: ASK
    with: { method: PUT, url: "http://127.0.0.1:${port}/", headers: {}, body: "" }
    on: { RESPONSE: asked, UNREADABLE: asked, REFUSED: lost, UNREACHABLE: lost, TIMEOUT: lost }
exits:
  asked: { outcome: ASKED }
  lost: { outcome: LOST }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_NOTE_V0
summary: Note a word.
payload: { type: object, required: [word], additionalProperties: false, properties: { word: { type: string, maxLength: 20 } } }
start: note
nodes:
  note:
    effect: CS_NOTES_V0
    op: REGISTER
    with: { key: $.payload.word, value: {} }
    on: { SUCCESS: noted, ALREADY_EXISTS: noted }
exits:
  noted: { outcome: NOTED }
on_fault: { outcome: FAULTED }
`.trimStart();
}

let server: Server;
let arrived: (response: ServerResponse) => void = () => {};
let workspace = "";

beforeAll(async () => {
  server = createServer((_, response) => arrived(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  workspace = freshWorkspace({ "protocol/domains/shops/all.yaml": protocol(port) });
  const compiled = pgs(["compile", workspace]);
  expect(compiled.code, compiled.err).toBe(0);
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function nextRequest(): Promise<ServerResponse> {
  return new Promise((resolve) => (arrived = resolve));
}

function run(workflow: string, payload: string, more: readonly string[]): Started {
  const started = startPgs(["run", "--wf", workflow, "--payload", "-", ...more]);
  started.child.stdin?.end(payload);
  return started;
}

/** Settles when it has said so on standard error, or has ended. */
function said({ child, err }: Started, what: string): Promise<void> {
  return new Promise((resolve) => {
    child.stderr?.on("data", () => err().includes(what) && resolve());
    child.on("close", () => resolve());
  });
}

test("the result stands while another's interrupted call is waited for, and that is said", async () => {
  const folder = freshFolder();
  const own = ["--data-root", join(folder, "data"), "--traces-dir", join(folder, "traces")];
  const place = ["--workspace", workspace, ...own];
  const first = nextRequest();
  const killed = run("shops::WF_ASK_V0", "{}", ["--trace-id", "t1", ...place]);
  await Promise.race([first, killed.ended]);
  killed.child.kill("SIGKILL");
  await killed.ended;
  const again = nextRequest();
  const other = run("shops::WF_NOTE_V0", '{"word":"a"}', place);
  await said(other, "waiting for");
  expect(other.err()).toContain("waiting for the call of t1 to the outside");
  expect(other.child.exitCode).toBeNull();
  expect(other.out()).toContain("NOTED");
  (await again).end("here");
  expect(await other.ended).toMatchObject({ code: 0 });
  const { executions } = pgs(["list", "--open", "--json", ...place]).json();
  expect(executions).toEqual([]);
}, 120_000);
