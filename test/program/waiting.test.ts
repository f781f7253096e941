/**
 * Executions that wait, from the command line: what is said of one, what lists show, how the time and
 * a signal go on with it, and that nothing of it needs a process meanwhile.
 */
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
summary: Waits for a time.
payload: { type: object, required: [at], additionalProperties: false, properties: { at: { type: string, format: date-time } } }
start: pause
nodes:
  pause:
    await: { until: $.payload.at }
    on: { ELAPSED: done }
exits:
  done: { outcome: DONE }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_ASK_WHEN_V0
summary: Waits for somebody to say a time, and then for that.
payload: { type: object, additionalProperties: false, properties: {} }
start: asked
nodes:
  asked:
    await:
      signals:
        AT: { payload: { type: object, required: [at], additionalProperties: false, properties: { at: { type: string, format: date-time } } } }
      deadline: P30D
    on: { AT: pause, TIMEOUT: late }
  pause:
    await: { until: $.nodes.asked.payload.at }
    on: { ELAPSED: done }
exits:
  done: { outcome: DONE }
  late: { outcome: LATE }
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

function pause(where: readonly string[], trace: string, at: number) {
  const asked = ["run", ...where, "--wf", "desk::WF_PAUSE_V0", "--payload", "-", "--wait", "60"];
  return pgs([...asked, "--trace-id", trace], { input: inJson(at) });
}

function inJson(at: number): string {
  return JSON.stringify({ at: new Date(at).toISOString() });
}

const HOUR_MS = 3_600_000;

/**
 * A place where these executions wait for one time, which comes soon. Where the machine took longer
 * than that to begin them, another one, with more time.
 */
function pausedPlace(...traces: readonly string[]): {
  readonly where: readonly string[];
  readonly at: number;
} {
  for (let leadMs = 2_000; ; leadMs *= 2) {
    const where = place();
    const at = Date.now() + leadMs;
    for (const trace of traces) pause(where, trace, at);
    if (waitingIn(where).length === traces.length) return { where, at };
  }
}

function waitingIn(where: readonly string[]): readonly string[] {
  const { executions } = pgs(["list", "--waiting", "--json", ...where]).json() as {
    executions: { trace_id: string }[];
  };
  return executions.map(({ trace_id }) => trace_id);
}

/** The clock is there: what waits for that time is due, whenever somebody looks. */
async function timeIs(at: number): Promise<void> {
  while (Date.now() < at) await new Promise((resolve) => setTimeout(resolve, at - Date.now()));
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
    executions: [{ trace_id: "t1", waiting: [{ node: "approval", signals: ["APPROVE"] }] }],
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
    waiting: [{ trace_id: "t1", kind: "waiting", node: "approval", signals: ["APPROVE"] }],
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
  const { where, at } = pausedPlace("t1", "t2");
  expect(pause(where, "later", Date.now() + HOUR_MS).code).toBe(8);
  await timeIs(at);
  const woken = pgs(["wake", "--json", ...where]);
  expect(woken.code).toBe(0);
  const { woken: ended, waiting } = woken.json() as Record<string, { trace_id: string }[]>;
  // What was begun last may have taken so long that it went on with these.
  expect(ended?.map(({ trace_id }) => trace_id)).not.toContain("later");
  expect(waiting?.map(({ trace_id }) => trace_id)).toEqual(["later"]);
  // Brought up to date, although those of a wake are written on the fault route alone.
  const file = join(where[5] ?? "", "t1", "t1.jsonl");
  expect(readFileSync(file, "utf8")).toContain('"type":"closed"');
  const { executions } = pgs(["list", "--json", ...where]).json() as {
    executions: { trace_id: string; outcome: string | null }[];
  };
  expect(executions.map(({ trace_id, outcome }) => `${trace_id} ${outcome}`)).toEqual([
    "t1 DONE",
    "t2 DONE",
    "later null",
  ]);
  expect(pgs(["verify", "--state", "--json", ...where]).json()).toMatchObject({ ok: true });
});

test("a run goes on with what is due, too", async () => {
  const { where, at } = pausedPlace("t1");
  await timeIs(at);
  expect(run(where, "WF_ASK_V0", "--trace-id", "t2").code).toBe(8);
  expect(waitingIn(where)).toEqual(["t2"]);
});

/** `pgs wake --follow` while a test does something, then told to stop. */
async function following(
  where: readonly string[],
  during: (followed: Started) => Promise<void>,
  more: readonly string[] = [],
): Promise<void> {
  const followed = startPgs(["wake", "--follow", "--json", ...more, ...where]);
  try {
    await during(followed);
    followed.child.kill("SIGTERM");
    expect(await followed.ended).toEqual({ code: 143, signal: null });
    expect(followed.err()).toBe("");
  } finally {
    followed.child.kill("SIGKILL");
  }
  expect(pgs(["verify", "--state", "--json", ...where]).json()).toMatchObject({ ok: true });
}

function endsIn({ out }: Started): readonly string[] {
  const lines = out().trimEnd().split("\n");
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return told.map(({ trace_id, outcome }) => `${trace_id} ${outcome}`).sort();
}

test("following stays until it is told to stop, and goes on with each when it is time", async () => {
  const { where } = pausedPlace("t1", "t2");
  await following(where, async (followed) => {
    await followed.printed(2);
    expect(endsIn(followed)).toEqual(["t1 DONE", "t2 DONE"]);
  });
});

test("while it follows others write, and it goes on with what they made wait", async () => {
  const { where } = pausedPlace("t1");
  await following(where, async (followed) => {
    await followed.printed(1);
    for (let lines = 2, leadMs = 2_000; lines < 4; leadMs *= 2) {
      const trace = `asked-${leadMs}`;
      const begun = ["run", ...where, "--wf", "desk::WF_ASK_WHEN_V0", "--payload", "-"];
      const patient = ["--wait", "60"];
      expect(pgs([...begun, "--trace-id", trace, ...patient], { input: "{}" }).code).toBe(8);
      const say = ["signal", trace, "AT", "--payload", "-", ...where, ...patient];
      const said = pgs(say, { input: inJson(Date.now() + leadMs) });
      // Where the machine was slow, its time was up before it was heard: another, with more of it.
      if (said.code === 0) continue;
      expect(said.code).toBe(8);
      await followed.printed(lines);
      expect(endsIn(followed)).toContain(`${trace} DONE`);
      lines += 1;
    }
  });
});

test("where nothing was written yet it stays, and goes on with the first that waits", async () => {
  const where = place();
  const dataRoot = where[where.indexOf("--data-root") + 1] ?? "";
  await following(where, async (followed) => {
    const holder = () => readFileSync(join(dataRoot, "owner.json"), "utf8");
    await expect.poll(holder, { timeout: 30_000 }).toContain("wake --follow");
    let code: number | null = 0;
    // Where the machine was slow, its time was up before it waited: another, with more of it.
    for (let leadMs = 2_000; code !== 8; leadMs *= 2) {
      code = pause(where, `for-${leadMs}`, Date.now() + leadMs).code;
      expect([0, 8]).toContain(code);
    }
    await followed.printed(1);
    expect(endsIn(followed)[0]).toMatch(/^for-[0-9]+ DONE$/);
  });
});

test("while somebody else holds the data root it waits for them, and goes on behind them", async () => {
  const { where } = pausedPlace("t1");
  await following(
    where,
    async (followed) => {
      await followed.printed(1);
      // A batch whose lines do not end holds it, and goes on with what is due itself.
      const asked = ["run", ...where, "--wf", "desk::WF_PAUSE_V0", "--wait", "60", "--json"];
      const holder = startPgs([...asked, "--batch", "-"]);
      try {
        const at = Date.now() + 3_000;
        holder.child.stdin?.write(`${inJson(at)}\n`);
        await holder.printed(1);
        await timeIs(at + 2_500);
        holder.child.stdin?.end();
        await holder.ended;
      } finally {
        holder.child.kill("SIGKILL");
      }
      expect(pgs(["wake", "--wait", "60", "--json", ...where]).json()).toMatchObject({
        waiting: [],
      });
    },
    ["--wait", "0.2"],
  );
});

test("killed while it follows, nothing is lost and nothing happens twice", async () => {
  const { where } = pausedPlace("t1", "t2", "t3");
  const followed = startPgs(["wake", "--follow", "--json", ...where]);
  await followed.printed(1);
  followed.child.kill("SIGKILL");
  await followed.ended;
  expect(pgs(["wake", ...where]).code).toBe(0);
  const { executions } = pgs(["list", "--json", ...where]).json() as {
    executions: { outcome: string | null }[];
  };
  expect(executions.map(({ outcome }) => outcome)).toEqual(["DONE", "DONE", "DONE"]);
  expect(pgs(["verify", "--state", "--json", ...where]).json()).toMatchObject({ ok: true });
});

test("a data root that vanishes while it is followed is told as that, and none is made in its place", async () => {
  const where = place();
  expect(pause(where, "later", Date.now() + HOUR_MS).code).toBe(8);
  const dataRoot = where[where.indexOf("--data-root") + 1] ?? "";
  const holder = () => readFileSync(join(dataRoot, "owner.json"), "utf8");
  const followed = startPgs(["wake", "--follow", "--json", ...where]);
  try {
    // Whoever held it last left a note; who opens it next finds that it was let go of.
    await expect.poll(holder, { timeout: 30_000 }).toContain("wake --follow");
    expect(pgs(["wake", "--wait", "60", "--json", ...where]).code).toBe(0);
    rmSync(dataRoot, { recursive: true });
    expect(await followed.ended).toEqual({ code: 6, signal: null });
    const { refused } = JSON.parse(followed.out().trimEnd().split("\n").at(-1) ?? "");
    expect(refused).toMatchObject({
      code: "ledger/vanished",
      hint: expect.stringMatching(/^Bring/),
    });
    expect(refused.message).toContain(dataRoot);
    expect(existsSync(dataRoot)).toBe(false);
  } finally {
    followed.child.kill("SIGKILL");
  }
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
  const { where, at } = pausedPlace("t1");
  expect(pgs(["rebuild", ...where]).code).toBe(0);
  expect(pgs(["verify", "--state", "--json", ...where]).json()).toMatchObject({ ok: true });
  expect(waitingIn(where)).toEqual(["t1"]);
  await timeIs(at);
  const woken = pgs(["wake", "--json", ...where]).json();
  expect(woken).toMatchObject({ woken: [{ trace_id: "t1", outcome: "DONE" }] });
  expect(woken).toMatchObject({ recovery: { waiting: ["t1"] } });
  expect(existsSync(join(where[3] ?? "", "state.db"))).toBe(true);
});
