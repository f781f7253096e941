/**
 * Sagas from the command line, in real processes: an order is held, a note of it is dropped into a
 * folder, and where it is taken back both are undone, by a second note and by letting go. Where the
 * folder of those second notes is missing, what was dropped stands, until it is tried again.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshFolder, freshWorkspace, pgs, type Ran } from "./cli.ts";
import { recordsIn } from "./desk.ts";
import { startPgs } from "./notes.ts";

const TEXT = "{ type: string, maxLength: 40 }";

function shop(folder: string, retry: string): string {
  const drop = (code: string, name: string) => `
kind: effect
code: ${code}
summary: Notes in ${name}.
semantics: external
implementation: file-drop
settings: { folder: ${join(folder, name)} }
clearance: [secret]
operations:
  DROP:
    input: { type: object, required: [name, content], additionalProperties: false, properties: { name: ${TEXT}, content: { type: string, maxLength: 40, x-label: [secret] } } }
    outcomes:
      DROPPED: { type: object }
      EXISTS: { type: object }
      REFUSED: { type: object }
    repeat: safe
    timeout: PT10S
---`;
  return `
kind: domain
code: shop
summary: A shop that takes orders back.
---${drop("CS_SENT_V0", "sent")}${drop("CS_TAKEN_BACK_V0", "taken-back")}
kind: effect
code: CS_HOLDS_V0
summary: Things that are held.
semantics: registry
store: holds
key: ${TEXT}
value: { type: object, required: [item], additionalProperties: false, properties: { item: ${TEXT} } }
---
kind: workflow
code: WF_ORDER_V0
summary: Hold, send, mark, and take it back.
payload: { type: object, required: [item, pin], additionalProperties: false, properties: { item: ${TEXT}, pin: { type: string, maxLength: 40, x-label: [secret] } } }
start: hold
nodes:
  hold:
    effect: CS_HOLDS_V0
    op: REGISTER
    with: { key: $.payload.item, value: { item: $.payload.item } }
    compensate: { effect: CS_HOLDS_V0, op: REVOKE, with: { key: $.payload.item } }
    on: { SUCCESS: send, ALREADY_EXISTS: taken_back }
  send:
    effect: CS_SENT_V0
    op: DROP
    with: { name: $.payload.item, content: $.payload.pin }
    compensate:
      effect: CS_TAKEN_BACK_V0
      op: DROP
      with: { name: $.payload.item, content: $.payload.pin }
      undoes: [DROPPED, TIMEOUT]
      done: [DROPPED]${retry}
    on: { DROPPED: mark, EXISTS: taken_back, REFUSED: taken_back, TIMEOUT: taken_back }
  mark:
    effect: CS_HOLDS_V0
    op: REGISTER
    with: { key: mark, value: { item: $.payload.item } }
    irreversible: true
    pivot: true
    on: { SUCCESS: taken_back, ALREADY_EXISTS: taken_back }
exits:
  taken_back: { compensate: true }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_ONE_V0
summary: Send one.
payload: { type: object, required: [item], additionalProperties: false, properties: { item: ${TEXT} } }
start: send
nodes:
  send:
    effect: CS_SENT_V0
    op: DROP
    with: { name: $.payload.item, content: "" }
    compensate:
      effect: CS_TAKEN_BACK_V0
      op: DROP
      with: { name: $.payload.item, content: "" }
      undoes: [DROPPED, TIMEOUT]
      done: [DROPPED]
    on: { DROPPED: sent, EXISTS: lost, REFUSED: lost, TIMEOUT: lost }
exits:
  sent: { outcome: SENT }
  lost: { outcome: LOST }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_MANY_V0
summary: Send all, and take them back.
payload: { type: object, required: [items], additionalProperties: false, properties: { items: { type: array, minItems: 1, maxItems: 5, items: ${TEXT} } } }
start: each
nodes:
  each:
    map: $.payload.items
    max: 5
    call: WF_ONE_V0
    with: { item: $.item }
    succeed: [SENT]
    on: { SUCCESS: taken_back, FAILED: taken_back }
exits:
  taken_back: { compensate: true }
on_fault: { outcome: FAULTED }
---
kind: policy
code: PO_SHOP_V0
summary: The operator runs what sends something secret, too.
role: data_steward
intents: [pgs.run]
cedar: permit(principal, action, resource);
`.trimStart();
}

interface Place {
  readonly workspace: string;
  /** Where notes are dropped: `sent`, and `taken-back` where a test makes it. */
  readonly notes: string;
}

const FORBIDDEN = `
---
kind: policy
code: PO_ONCE_V0
summary: Nobody tries again.
role: security_guard
intents: [pgs.saga_retry]
cedar: forbid(principal, action, resource);
`;

function shopPlace(retry = "", more = ""): Place {
  const notes = freshFolder();
  mkdirSync(join(notes, "sent"));
  const workspace = freshWorkspace({
    "protocol/domains/shop/all.yaml": shop(notes, retry) + more.trimStart(),
  });
  const ran = pgs(["compile", workspace]);
  if (ran.code !== 0) throw new Error(ran.out + ran.err);
  return { workspace, notes };
}

const PIN = "4711-0815";

function order({ workspace }: Place, trace = "t1", item = "lamp"): Ran {
  const args = [
    "run",
    "--wf",
    "shop::WF_ORDER_V0",
    "--payload",
    "-",
    "--trace-id",
    trace,
    "--json",
  ];
  return pgs(args, { cwd: workspace, input: JSON.stringify({ item, pin: PIN }) });
}

function saga({ workspace }: Place, ...args: readonly string[]): Ran {
  return pgs(["saga", ...args, "--json"], { cwd: workspace });
}

function requireSound({ workspace }: Place): void {
  const verified = pgs(["verify", "--state", "--json"], { cwd: workspace });
  expect(verified.code, verified.out).toBe(0);
  const replayed = pgs(["replay", "--all", "--json"], { cwd: workspace });
  expect(replayed.code, replayed.out).toBe(0);
  expect(JSON.stringify(recordsIn(workspace))).not.toContain(PIN);
}

test("what was done and what stands is shown, and tried again until it is undone, once", () => {
  const place = shopPlace();
  const ran = order(place);
  expect(ran.code, ran.out + ran.err).toBe(0);
  expect(ran.json()).toMatchObject({
    outcome: "PARTLY_COMPENSATED",
    result: { compensated: ["hold"], stands: ["mark", "send"] },
  });
  const shown = saga(place, "show", "t1");
  expect(shown.code, shown.err).toBe(0);
  expect(shown.json()).toMatchObject({
    trace_id: "t1",
    saga: "partly_compensated",
    outcome: "PARTLY_COMPENSATED",
    steps: [
      { node: "hold", standing: "undone", compensation: { outcome: "SUCCESS" } },
      {
        node: "send",
        standing: "stands",
        why: expect.stringContaining("its compensation came to REFUSED"),
        compensation: { node: "send/compensate", attempts: 1, outcome: "REFUSED" },
      },
      { node: "mark", standing: "stands", why: "nothing undoes it", compensation: null },
    ],
    compensated: ["hold"],
    stands: ["send", "mark"],
  });
  const text = pgs(["saga", "show", "t1"], { cwd: place.workspace });
  expect(text.out).toContain("partly compensated  shop::WF_ORDER_V0");
  expect(text.out).toContain("mark stands: nothing undoes it");

  const again = saga(place, "retry", "t1");
  expect(again.code, again.out + again.err).toBe(5);
  expect(again.json()).toMatchObject({
    retried: [
      { node: "mark", tried: false, why: "nothing undoes it" },
      { node: "send", tried: true, outcome: "PARTLY_COMPENSATED" },
    ],
  });
  mkdirSync(join(place.notes, "taken-back"));
  const undone = saga(place, "retry", "t1");
  const { retried } = undone.json() as { retried: { trace_id: string }[] };
  expect(retried[1]).toMatchObject({ node: "send", tried: true, outcome: "COMPENSATED" });
  expect(readdirSync(join(place.notes, "taken-back"))).toEqual(["lamp"]);
  const once = saga(place, "retry", "t1");
  expect(once.json()).toMatchObject({
    retried: [
      { node: "mark", tried: false },
      { node: "send", tried: false, trace_id: retried[1]?.trace_id, outcome: "COMPENSATED" },
    ],
  });
  // Each is an execution of its own, that names the first one; which stays as it was.
  const opened = recordsIn(place.workspace).filter(
    (one) => one.type === "opened" && one.intent === "pgs.saga_retry",
  );
  expect(opened).toMatchObject([
    { payload: { of: { trace: "t1" }, node: "send" } },
    { payload: { of: { trace: "t1" }, node: "send" } },
  ]);
  expect(saga(place, "show", "t1").json()).toEqual(shown.json());
  const examined = pgs(["examine", retried[1]?.trace_id ?? "", "--json"], { cwd: place.workspace });
  expect(examined.code, examined.out).toBe(0);
  requireSound(place);
}, 120_000);

test("a compensation that waits to be tried again is shown, and gone on with", () => {
  const retry = "\n      retry: { outcomes: [REFUSED], attempts: 2, wait: PT1H }";
  const place = shopPlace(retry);
  const ran = order(place);
  expect(ran.code, ran.out + ran.err).toBe(8);
  expect(saga(place, "show", "t1").json()).toMatchObject({
    saga: "compensating",
    outcome: null,
    steps: [
      { node: "hold", standing: "done" },
      {
        node: "send",
        standing: "undoing",
        why: expect.stringMatching(/^its compensation is tried again, not before /),
      },
      { node: "mark" },
    ],
  });
  const resumed = saga(place, "resume", "t1");
  expect(resumed.code, resumed.out + resumed.err).toBe(8);
  const early = saga(place, "retry", "t1");
  expect(early.code).toBe(4);
  expect(early.json()).toMatchObject({ refused: { code: "saga/not-ended" } });
  requireSound(place);
}, 120_000);

test("what was killed in the middle of being undone is gone on with, and is undone", async () => {
  const retry = "\n      retry: { outcomes: [REFUSED], attempts: 2, wait: PT3S }";
  const place = shopPlace(retry);
  const { workspace, notes } = place;
  const payload = join(workspace, "payload.json");
  writeFileSync(payload, JSON.stringify({ item: "lamp", pin: PIN }));
  const work = ["--wf", "shop::WF_ORDER_V0", "--payload", payload, "--trace-id", "t1"];
  const started = startPgs(["run", "--workspace", workspace, ...work]);
  const isUndoing = () => recordsIn(workspace).some(({ type }) => type === "retry");
  while (!isUndoing() && started.child.exitCode === null) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  started.child.kill("SIGKILL");
  await started.ended;
  expect(isUndoing(), started.err()).toBe(true);
  expect(saga(place, "show", "t1").json()).toMatchObject({ saga: "compensating", outcome: null });
  mkdirSync(join(notes, "taken-back"));
  // Not before its time: until then, it is being undone still.
  let resumed = saga(place, "resume", "t1");
  while (resumed.code === 8) resumed = saga(place, "resume", "t1");
  expect(resumed.code, resumed.out + resumed.err).toBe(0);
  expect(resumed.json()).toMatchObject({
    outcome: "PARTLY_COMPENSATED",
    compensated: ["hold", "send"],
    stands: ["mark"],
    steps: [{}, { node: "send", compensation: { attempts: 2, outcome: "DROPPED" } }, {}],
  });
  expect(readdirSync(join(notes, "taken-back"))).toEqual(["lamp"]);
  requireSound(place);
}, 120_000);

test("of a fan-out, each item that stands is tried again by itself", () => {
  const place = shopPlace();
  const { workspace, notes } = place;
  const args = ["run", "--wf", "shop::WF_MANY_V0", "--payload", "-", "--trace-id", "t1", "--json"];
  const ran = pgs(args, { cwd: workspace, input: JSON.stringify({ items: ["a", "b", "c"] }) });
  expect(ran.json(), ran.err).toMatchObject({
    outcome: "PARTLY_COMPENSATED",
    result: { compensated: [], stands: ["each[2]/send", "each[1]/send", "each[0]/send"] },
  });
  mkdirSync(join(notes, "taken-back"));
  writeFileSync(join(notes, "taken-back", "b"), "another");
  const retried = saga(place, "retry", "t1");
  expect(retried.code, retried.out + retried.err).toBe(5);
  expect(retried.json()).toMatchObject({
    retried: [
      { node: "each[2]/send", outcome: "COMPENSATED" },
      { node: "each[1]/send", outcome: "PARTLY_COMPENSATED" },
      { node: "each[0]/send", outcome: "COMPENSATED" },
    ],
  });
  rmSync(join(notes, "taken-back", "b"));
  const again = saga(place, "retry", "t1");
  expect(again.code, again.out + again.err).toBe(0);
  expect(again.json()).toMatchObject({
    retried: [{ tried: false }, { tried: true, outcome: "COMPENSATED" }, { tried: false }],
  });
  expect(readdirSync(join(notes, "taken-back"))).toEqual(["a", "b", "c"]);
  requireSound(place);
}, 120_000);

test("who may not try again is denied, and that is recorded; nothing is tried", () => {
  const place = shopPlace("", FORBIDDEN);
  order(place);
  const before = recordsIn(place.workspace).length;
  const denied = saga(place, "retry", "t1");
  expect(denied.code, denied.out).toBe(4);
  expect(denied.json()).toMatchObject({
    refused: { code: "policy/denied", message: expect.stringContaining("(of `t1`)") },
  });
  expect(recordsIn(place.workspace).slice(before)).toMatchObject([
    {
      type: "refused",
      intent: "pgs.saga_retry",
      context: { workflow: "shop::WF_ORDER_V0", intent: "pgs.run", own: true },
    },
  ]);
  requireSound(place);
}, 120_000);

test("what has no saga to speak of is refused in plain words", () => {
  const place = shopPlace();
  mkdirSync(join(place.notes, "taken-back"));
  // Irreversible, so it stands: whole only where the mark was there before.
  order(place, "t0", "mark");
  expect(order(place).json()).toMatchObject({ outcome: "COMPENSATED" });
  for (const [args, code] of [
    [["retry", "t1"], "saga/nothing-stands"],
    [["retry", "t9"], "saga/unknown"],
    [["resume", "t9"], "saga/unknown"],
    [["resume", "t1"], "saga/ended"],
  ] as const) {
    const refused = saga(place, ...args);
    expect(refused.code, refused.out).toBe(4);
    expect(refused.json()).toMatchObject({ refused: { code } });
  }
  expect(saga(place, "show", "t9").code).toBe(2);
  expect(saga(place, "undo", "t1").code).toBe(2);
  const byName = ["run", "--wf", "shop::UN_ORDER_V0_N3_V0", "--payload", "-", "--json"];
  expect(pgs(byName, { cwd: place.workspace, input: "{}" }).json()).toMatchObject({
    refused: { code: "workflow/unknown" },
  });
  const key = ["--idempotency-key", `undo/${"0".repeat(64)}/1`];
  const taken = pgs(["run", "--wf", "shop::WF_ORDER_V0", "--payload", "-", "--json", ...key], {
    cwd: place.workspace,
    input: JSON.stringify({ item: "vase", pin: PIN }),
  });
  expect(taken.json()).toMatchObject({ refused: { code: "idempotency/reserved-key" } });
  rmSync(join(place.notes, "taken-back"), { recursive: true });
}, 120_000);
