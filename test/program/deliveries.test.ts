/** Events on their way to subscribers, in real processes that are killed in the middle of it. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshFolder, freshWorkspace, pgs, root } from "./cli.ts";

const CLUB = `kind: domain
code: club
summary: A club.
---
kind: effect
code: CS_EVENTS_V0
summary: What happened to members.
semantics: stream
store: events
value: { $ref: SC_EVENT_V0 }
---
kind: effect
code: CS_SEEN_V0
summary: What was seen of it.
semantics: stream
store: seen
value: { type: object, required: [position], properties: { position: { type: integer } } }
---
kind: schema
code: SC_EVENT_V0
summary: What happened to a member.
schema:
  type: object
  required: [type, member]
  additionalProperties: false
  properties: { type: { enum: [JOINED, LEFT] }, member: { type: string } }
---
kind: workflow
code: WF_TELL_V0
summary: Tell what happened.
payload: { $ref: SC_EVENT_V0 }
start: tell
nodes:
  tell: { effect: CS_EVENTS_V0, op: APPEND, with: { event: $.payload }, on: { SUCCESS: told } }
exits: { told: { outcome: SUCCESS } }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_SEE_V0
summary: See it.
payload:
  type: object
  required: [position]
  additionalProperties: false
  properties: { position: { type: integer } }
start: see
nodes:
  see: { effect: CS_SEEN_V0, op: APPEND, with: { event: $.payload }, on: { SUCCESS: seen } }
exits: { seen: { outcome: SUCCESS } }
on_fault: { outcome: FAULTED }
---
kind: intent
code: IN_SEE_V0
summary: See who joins.
type: club.see
workflow: WF_SEE_V0
subscribes:
  stream: CS_EVENTS_V0
  key: $.event.member
  when: { properties: { type: { const: JOINED } } }
  payload: { position: $.position }
---
kind: policy
code: PO_GUARD_V0
summary: The Post Office asks for it, and nobody else.
role: security_guard
intents: [club.see]
cedar: |
  permit(principal == Principal::"post_office", action, resource)
  when { principal.identity == "runtime" };
---
kind: policy
code: PO_CITY_V0
summary: Every tenant.
role: city_manager
intents: [club.see]
cedar: permit(principal, action, resource);
---
kind: policy
code: PO_DATA_V0
summary: Nothing in it is labelled.
role: data_steward
intents: [club.see]
cedar: permit(principal, action, resource);
`;

const workspace = freshWorkspace({ "protocol/domains/club/club.yaml": CLUB });
const compiled = pgs(["compile", workspace]);

function place(): string[] {
  const data = join(freshFolder(), "data");
  return ["--workspace", workspace, "--data-root", data, "--traces-dir", freshFolder()];
}

type Line = Readonly<Record<string, unknown>>;

function memberOf(line: Line | undefined): string | undefined {
  return (line?.value as { readonly member: string } | undefined)?.member;
}

function ledgerIn(at: readonly string[]): readonly Line[] {
  const data = at[at.indexOf("--data-root") + 1] as string;
  const text = readFileSync(join(data, "ledger/00000001.jsonl"), "utf8");
  return text.split("\n").flatMap((line) => (line.endsWith("}") ? [JSON.parse(line) as Line] : []));
}

/** Runs the program and kills it once it has printed so many lines; true where it came to its end. */
function killedAfter(args: readonly string[], lines: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "bin/pgs.cjs"), ...args]);
    let seen = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      seen += chunk.toString("latin1").split("\n").length - 1;
      if (seen >= lines) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code === 0));
  });
}

test("a process that is killed again and again delivers every event once, in order a key", async () => {
  expect(compiled.code, compiled.err).toBe(0);
  const at = place();
  const batch = join(freshFolder(), "batch.jsonl");
  const events = Array.from({ length: 120 }, (_, n) => ({
    type: n % 4 === 0 ? "LEFT" : "JOINED",
    member: `m${n % 5}`,
  }));
  writeFileSync(batch, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const run = [
    "run",
    "--wf",
    "club::WF_TELL_V0",
    "--batch",
    batch,
    "--idempotency-key",
    "b",
    ...at,
  ];
  for (const lines of [3, 20, 50, 90]) expect(await killedAfter(run, lines)).toBe(false);
  expect(pgs(run).code).toBe(0);
  const delivered = pgs(["deliver", "--json", ...at]);
  expect(delivered.code, delivered.err).toBe(0);
  const { subscriptions } = delivered.json() as { subscriptions: Line[] };
  expect(subscriptions).toMatchObject([
    { type: "club.see", events: 120, delivered: 120, waiting: 0 },
  ]);

  const records = ledgerIn(at);
  const told = records.filter(({ type, store }) => type === "effect" && store === "club/events");
  const wanted = told.flatMap(({ value }, n) =>
    (value as { type: string }).type === "JOINED" ? [n + 1] : [],
  );
  const seen = records.flatMap(({ type, store, value }) =>
    type === "effect" && store === "club/seen" ? [(value as { position: number }).position] : [],
  );
  expect(seen.toSorted((a, b) => a - b)).toEqual(wanted);
  for (const member of ["m0", "m1", "m2", "m3", "m4"]) {
    const own = seen.filter((position) => memberOf(told[position - 1]) === member);
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  }
  const again = pgs(["deliver", ...at]);
  expect(again.code).toBe(0);
  expect(ledgerIn(at).filter(({ type }) => type === "opened")).toHaveLength(
    records.filter(({ type }) => type === "opened").length,
  );
  const verified = pgs(["verify", "--state", "--json", ...at]);
  expect(verified.json()).toMatchObject({ ok: true, problems: [] });
});

test("a run delivers what it caused before it ends, and the table shows it without a lock", () => {
  const at = place();
  const list = () => pgs(["list", "subscriptions", "--json", ...at]).json();
  expect(list()).toMatchObject({ subscriptions: [{ type: "club.see", events: 0, waiting: 0 }] });
  const input = JSON.stringify({ type: "JOINED", member: "ann" });
  const ran = pgs(["run", "--wf", "club::WF_TELL_V0", "--payload", "-", "--json", ...at], {
    input,
  });
  expect(ran.code, ran.err).toBe(0);
  expect(ran.json()).not.toHaveProperty("deliveries");
  expect(list()).toMatchObject({
    subscriptions: [{ stream: "club::CS_EVENTS_V0", events: 1, delivered: 1, waiting: 0 }],
  });
  const { executions } = pgs(["list", "--json", ...at]).json() as { executions: Line[] };
  const delivered = executions.find(({ intent }) => intent === "club.see");
  expect(delivered).toMatchObject({
    principal: "post_office",
    idempotency_key: "post/club::IN_SEE_V0/1",
    outcome: "SUCCESS",
  });
  const replayed = pgs(["replay", String(delivered?.trace_id), "--mode", "full", "--json", ...at]);
  expect(replayed.json()).toMatchObject({ ok: true, divergence: null });
});

test("nobody but the Post Office may ask for what only it may, and its keys are its own", () => {
  const at = place();
  const asked = ["run", "--intent", "club.see", "--payload", "-", "--json", ...at];
  const input = JSON.stringify({ position: 1 });
  const denied = pgs(asked, { input });
  expect(denied.code).toBe(4);
  expect(denied.json()).toMatchObject({ refused: { code: "policy/denied" } });
  const keyed = pgs([...asked, "--idempotency-key", "post/club::IN_SEE_V0/1"], { input });
  expect(keyed.code).toBe(4);
  expect(keyed.json()).toMatchObject({ refused: { code: "idempotency/reserved-key" } });
});

test("what a delivery may not mean is refused before anything is opened", () => {
  const at = place();
  expect(pgs(["deliver", "--most", "0", ...at]).code).toBe(2);
  const both = pgs(["deliver", "--all-tenants", "--session", "a.b", ...at]);
  expect(both.code).toBe(2);
  expect(both.err).toContain("deliver/unclear");
});
