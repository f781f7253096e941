/**
 * Executions that wait, from the command line: what is said of one, what lists show, how the time and
 * a signal go on with it, and that nothing of it needs a process meanwhile.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { freshFolder, freshWorkspace, pgs } from "./cli.ts";
import { batchFile, type Started, startPgs, toldIn } from "./notes.ts";

const DESK = `
kind: domain
code: desk
summary: A desk at which somebody decides, and a clock on its wall.
---
kind: workflow
code: WF_ASK_V0
summary: Waits for somebody's word.
payload: { type: object, required: [n], additionalProperties: false, properties: { n: { type: integer } } }
start: approval
nodes:
  approval:
    await:
      signals:
        APPROVE: { payload: { type: object, required: [why], additionalProperties: false, properties: { why: { type: string } } } }
      deadline: P30D
    on: { APPROVE: approved, TIMEOUT: late }
exits:
  approved: { outcome: APPROVED, result: { by: $.nodes.approval.principal } }
  late: { outcome: LATE }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_PAUSE_V0
summary: Waits for a moment.
payload: { type: object, required: [n], additionalProperties: false, properties: { n: { type: integer } } }
start: pause
nodes:
  pause:
    await: { after: PT1S }
    on: { ELAPSED: done }
exits:
  done: { outcome: DONE }
on_fault: { outcome: FAULTED }
`;

let workspace = "";

beforeAll(() => {
  workspace = freshWorkspace({ "protocol/domains/desk/all.yaml": DESK.trimStart() });
  const ran = pgs(["compile", workspace]);
  expect(ran.err + ran.code).toBe("0");
});

function place(): readonly string[] {
  const folder = freshFolder();
  const own = ["--data-root", join(folder, "data"), "--traces-dir", join(folder, "traces")];
  return ["--workspace", workspace, ...own];
}

function run(where: readonly string[], workflow: string, ...more: readonly string[]) {
  const asked = ["run", ...where, "--wf", `desk::${workflow}`, "--payload", "-", ...more];
  return pgs(asked, { input: '{"n":1}' });
}

async function untilDue(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_100));
}

test("one that waits says what for and how to go on, and is listed until it is told", () => {
  const where = place();
  const ran = run(where, "WF_ASK_V0", "--trace-id", "t1");
  expect(ran.code).toBe(8);
  expect(ran.out).toContain("WAITING  desk::WF_ASK_V0");
  expect(ran.out).toMatch(/approval {2}APPROVE {2}until \d{4}-/);
  expect(ran.out).toContain("pgs signal t1 APPROVE --payload");
  const file = join(where[5] ?? "", "t1", "t1.jsonl");
  expect(readFileSync(file, "utf8").trimEnd().split("\n")).toHaveLength(2);

  const listed = pgs(["list", "--waiting", "--json", ...where]).json();
  expect(listed).toMatchObject({
    executions: [{ trace: "t1", waiting: [{ node: "approval", signals: ["APPROVE"] }] }],
  });
  const table = pgs(["list", "--waiting", ...where]).out;
  expect(table).toMatch(/^trace +until +node +signals +workflow\nt1 /);
  expect(pgs(["list", "boots", "--waiting", ...where]).code).toBe(2);

  const told = ["signal", "t1", "APPROVE", "--payload", "-", "--json", ...where];
  expect(pgs(told, { input: '{"why":"so"}' })).toMatchObject({ code: 0 });
  expect(pgs(["list", "--waiting", ...where]).out).toBe("none\n");
  // Its files tell how it went on.
  expect(readFileSync(file, "utf8").trimEnd().split("\n")).toHaveLength(5);
  expect(pgs(["examine", ...where, "t1"]).code).toBe(0);
  expect(pgs(["verify", "--state", "--json", ...where]).json()).toMatchObject({ ok: true });
});

test("verified while it waits, it is judged like any other, and what it waits for is told", () => {
  const where = place();
  expect(run(where, "WF_ASK_V0", "--trace-id", "t1").code).toBe(8);
  const held = pgs(["verify", ...where]);
  expect(held.code).toBe(0);
  expect(held.out).toMatch(/^t1 waiting: `approval` waits for APPROVE until /);
  expect(held.out).not.toContain("goes on with it");
  expect(pgs(["verify", "--json", ...where]).json()).toMatchObject({
    ...{ ok: true, open: ["t1"] },
    waiting: [{ trace: "t1", kind: "waiting", node: "approval", signals: ["APPROVE"] }],
  });
  const file = (ending: string) => join(where[5] ?? "", "t1", `t1.${ending}`);
  appendFileSync(file("md"), "It was approved.\n");
  const changed = pgs(["verify", ...where]);
  expect(changed.code).not.toBe(0);
  expect(changed.out).toContain("projection/differs");
  // A file that tells more than the ledger has.
  const ledger = join(where[3] ?? "", "ledger", "00000001.jsonl");
  const lines = readFileSync(ledger, "utf8").split(/(?<=\n)/);
  writeFileSync(ledger, lines.slice(0, -1).join(""));
  expect(pgs(["verify", ...where]).out).toContain("trace/differs-from-ledger");
});

test("as a document it holds what is waited for, and no end", () => {
  const where = place();
  const key = ["--idempotency-key", "k", "--json"];
  const first = run(where, "WF_ASK_V0", "--trace-id", "t1", ...key);
  expect(first.code).toBe(8);
  const waiting = [{ node: "approval", signals: ["APPROVE"] }];
  const document = first.json();
  expect(document).toMatchObject({ trace_id: "t1", waiting, steps: [], repeated: false });
  expect(Object.keys(document)).not.toContain("outcome");
  const again = run(where, "WF_ASK_V0", ...key);
  expect(again.code).toBe(8);
  expect(again.json()).toEqual({ ...document, repeated: true });
});

test("one whose time is up goes on with the next command that opens the data root", async () => {
  const where = place();
  expect(run(where, "WF_PAUSE_V0", "--trace-id", "t1").code).toBe(8);
  const early = pgs(["wake", "--json", ...where]);
  expect(early).toMatchObject({ code: 0 });
  expect(early.json()).toMatchObject({ woken: [], others: 0 });
  await untilDue();
  const woken = pgs(["wake", "--json", ...where]);
  expect(woken.json()).toMatchObject({ woken: [{ trace_id: "t1", outcome: "DONE" }] });
  // Brought up to date, although those of a wake are written on the fault route alone.
  const file = join(where[5] ?? "", "t1", "t1.jsonl");
  expect(readFileSync(file, "utf8")).toContain('"type":"closed"');

  expect(run(where, "WF_PAUSE_V0", "--trace-id", "t2").code).toBe(8);
  await untilDue();
  expect(run(where, "WF_ASK_V0", "--trace-id", "t3").code).toBe(8);
  const { executions } = pgs(["list", "--json", ...where]).json() as {
    executions: { trace: string; outcome: string | null }[];
  };
  expect(executions.map(({ trace, outcome }) => `${trace} ${outcome}`)).toEqual([
    "t1 DONE",
    "t2 DONE",
    "t3 null",
  ]);
  expect(pgs(["verify", "--state", "--json", ...where]).json()).toMatchObject({ ok: true });
});

test("following stays until it is interrupted, and goes on with each when it is time", async () => {
  const where = place();
  for (const trace of ["t1", "t2"]) run(where, "WF_PAUSE_V0", "--trace-id", trace);
  let following: Started | undefined;
  try {
    following = startPgs(["wake", "--follow", "--json", ...where]);
    await following.printed(2);
    const told = following
      .out()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(told.map(({ trace_id, outcome }) => `${trace_id} ${outcome}`).sort()).toEqual([
      "t1 DONE",
      "t2 DONE",
    ]);
    // Others who write are refused for as long.
    expect(pgs(["wake", "--wait", "0", ...where])).toMatchObject({ code: 7 });
    following.child.kill("SIGINT");
    expect(await following.ended).toEqual({ code: 130, signal: null });
  } finally {
    following?.child.kill("SIGKILL");
  }
  expect(pgs(["verify", "--state", "--json", ...where]).json()).toMatchObject({ ok: true });
});

test("killed while it follows, nothing is lost and nothing happens twice", async () => {
  const where = place();
  for (const trace of ["t1", "t2", "t3"]) run(where, "WF_PAUSE_V0", "--trace-id", trace);
  const following = startPgs(["wake", "--follow", "--json", ...where]);
  await following.printed(1);
  following.child.kill("SIGKILL");
  await following.ended;
  await untilDue();
  expect(pgs(["wake", ...where]).code).toBe(0);
  const { executions } = pgs(["list", "--json", ...where]).json() as {
    executions: { outcome: string | null }[];
  };
  expect(executions.map(({ outcome }) => outcome)).toEqual(["DONE", "DONE", "DONE"]);
  expect(pgs(["verify", "--state", "--json", ...where]).json()).toMatchObject({ ok: true });
});

test("lines of a batch that wait are told as such, and counted", () => {
  const where = place();
  const lines = batchFile(['{"n":1}', '{"n":"one"}', '{"n":3}']);
  const asked = ["run", ...where, "--wf", "desk::WF_ASK_V0", "--batch", lines];
  const ran = pgs([...asked, "--json"]);
  expect(ran.code).toBe(4);
  const told = toldIn(ran.out) as { line?: number; waiting?: unknown; summary?: object }[];
  const waits = told.filter(({ waiting }) => Array.isArray(waiting));
  expect(waits.map(({ line }) => line).sort()).toEqual([1, 3]);
  expect(told.at(-1)?.summary).toMatchObject({ lines: 3, ended: 0, waiting: 2, refused: 1 });
  const text = pgs(["run", ...where, "--wf", "desk::WF_ASK_V0", "--batch", batchFile(['{"n":4}'])]);
  expect(text.code).toBe(8);
  expect(text.out).toMatch(/^1 {2}waiting {2}\S+ {2}approval until /);
  expect(text.out).toContain("1 line: 0 executions ended, 1 waits");
});

test("what waits is rebuilt with the state, and wakes as before", async () => {
  const where = place();
  expect(run(where, "WF_PAUSE_V0", "--trace-id", "t1").code).toBe(8);
  expect(run(where, "WF_ASK_V0", "--trace-id", "t2").code).toBe(8);
  expect(pgs(["rebuild", ...where]).code).toBe(0);
  expect(pgs(["verify", "--state", "--json", ...where]).json()).toMatchObject({ ok: true });
  await untilDue();
  const woken = pgs(["wake", "--json", ...where]).json();
  expect(woken).toMatchObject({ woken: [{ trace_id: "t1", outcome: "DONE" }] });
  expect(woken).toMatchObject({ recovery: { waiting: ["t1", "t2"] } });
  expect(existsSync(join(where[3] ?? "", "state.db"))).toBe(true);
});
