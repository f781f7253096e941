/** What an operator meets: two processes, kills, damage, faults; always named, never repaired in secret. */
import { spawn } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { during } from "../runtime/on-disk.ts";
import { contents, filesIn, freshFolder, freshWorkspace, pgs, pgsProcess, root } from "./cli.ts";

const WORKFLOW = "blockchain::WF_REGISTER_ACTOR_UNVERIFIED_V0";

function payload(name: string): string {
  const actor = { first_name: name, last_name: "B", email_registration: "a@b.example" };
  return JSON.stringify({ actor_record: actor });
}

function place(folder: string): readonly string[] {
  const traces = ["--traces-dir", join(folder, "traces")];
  return ["--workspace", root, "--data-root", join(folder, "data"), ...traces];
}

function register(folder: string, name: string) {
  const args = ["run", "--wf", WORKFLOW, "--payload", "-", "--json", ...place(folder)];
  return pgs(args, { input: payload(name) });
}

/** Starts `pgs run` and leaves it running; its payload comes when `begin` is called. */
function start(folder: string) {
  const args = ["run", "--wf", WORKFLOW, "--payload", "-", "--json", ...place(folder)];
  const child = spawn(process.execPath, [join(root, "bin/pgs.cjs"), ...args]);
  const out: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stdin.on("error", () => {});
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, ended, text: () => Buffer.concat(out).toString("utf8") };
}

test("operators who start at the same time take turns, and each actor is registered once", async () => {
  const folder = freshFolder();
  const runs = Array.from({ length: 6 }, () => start(folder));
  for (const { child } of runs) child.stdin.end(payload("Ada"));
  expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual(runs.map(() => 0));
  const outcomes = runs.map(({ text }) => (JSON.parse(text()) as { outcome: string }).outcome);
  expect(outcomes.sort()).toEqual([...Array(5).fill("ALREADY_EXISTS"), "SUCCESS"]);
  expect(pgs(["verify", "--state", "--json", ...place(folder)]).json()).toMatchObject({ ok: true });
});

test("a data root that another process holds is refused with exit code 7, naming its pid", async () => {
  const folder = freshFolder();
  await during(join(folder, "data"), async () => {
    const run = register(folder, "Ada");
    expect(run.code).toBe(7);
    const { refused } = run.json() as { refused: { code: string; message: string } };
    expect(refused.code).toBe("data-root/held");
    expect(refused.message).toContain("a test");
  });
});

test("reading waits for nobody: who writes holds the data root, and readers go on", async () => {
  const folder = freshFolder();
  expect(register(folder, "Ada").code).toBe(0);
  await during(join(folder, "data"), async () => {
    for (const command of ["list", "verify"]) {
      const read = pgsProcess([command, ...place(folder)]);
      expect(read.code, read.out + read.err).toBe(0);
    }
  });
});

test("a ledger that lacks a segment is refused with exit code 6, naming it", () => {
  const folder = freshFolder();
  expect(register(folder, "Ada").code).toBe(0);
  const segment = (number: number) => join(folder, `data/ledger/0000000${number}.jsonl`);
  cpSync(segment(1), segment(3));
  const run = register(folder, "Bob");
  expect(run.code, run.err).toBe(6);
  const { refused } = run.json() as { refused: { code: string; message: string } };
  expect(refused.code).toBe("ledger/missing-segment");
  expect(refused.message).toContain(segment(2));
});

test("a run that is killed at any moment leaves a data root that goes on (L3, L4)", async () => {
  const folder = freshFolder();
  const answered: string[] = [];
  for (let delayMs = 60; delayMs <= 200; delayMs += 10) {
    const name = `Killed${delayMs}`;
    const { child, ended, text } = start(folder);
    child.stdin.end(payload(name));
    await sleep(delayMs);
    child.kill("SIGKILL");
    await ended;
    if (text().endsWith("\n")) answered.push((JSON.parse(text()) as { trace_id: string }).trace_id);
  }
  const after = register(folder, "After");
  expect(after.code, after.err).toBe(0);
  const verified = pgs(["verify", "--json", ...place(folder), "--no-traces"]);
  expect(verified.json(), verified.out).toMatchObject({ ok: true, open: [] });
  const { executions } = pgs(["list", "--json", ...place(folder)]).json() as {
    executions: { trace_id: string; outcome: string }[];
  };
  for (const trace of answered) {
    expect(executions.find((row) => row.trace_id === trace)?.outcome).toBe("SUCCESS");
  }
  expect(pgs(["rebuild", ...place(folder)]).code).toBe(0);
  expect(pgs(["verify", "--state", ...place(folder)]).code).toBe(0);
});

test("state and trace files are made again, and say the same, byte for byte (L6)", () => {
  const folder = freshFolder();
  register(folder, "Ada");
  register(folder, "Ada");
  const before = contents(join(folder, "traces"));
  for (const file of readdirSync(join(folder, "data"))) {
    if (file.startsWith("state.db")) rmSync(join(folder, "data", file));
  }
  rmSync(join(folder, "traces"), { recursive: true });
  const rebuilt = pgs(["rebuild", "--json", ...place(folder)]);
  expect(rebuilt.json(), rebuilt.err).toMatchObject({ ok: true });
  // And those of the start, of which no run writes files.
  expect(contents(join(folder, "traces"))).toMatchObject(before);
  expect(pgs(["verify", "--state", "--pictures", ...place(folder)]).code).toBe(0);
  expect(register(folder, "Ada").json()).toMatchObject({ outcome: "ALREADY_EXISTS" });
});

test("the state is made again from the trace files alone (L6)", () => {
  const folder = freshFolder();
  register(folder, "Ada");
  const other = freshFolder();
  cpSync(join(folder, "traces"), join(other, "traces"), { recursive: true });
  const rebuilt = pgs(["rebuild", "--from", "traces", "--json", ...place(other)]);
  expect(rebuilt.json(), rebuilt.err).toMatchObject({ ok: true, state_keys: 5 });
});

test("a changed byte in ledger, trace or snapshot is refused with exit code 6, naming the file (L5)", () => {
  const folder = freshFolder();
  const id = String(register(folder, "Ada").json().trace_id);
  const workspace = freshWorkspace();
  const at = ["--workspace", workspace, ...place(folder).slice(2)];
  expect(pgs(["verify", ...at]).code).toBe(0);
  const trace = join(folder, "traces", id, `${id}.jsonl`);
  const ledger = join(folder, "data/ledger/00000001.jsonl");
  const current = readFileSync(join(workspace, "snapshots/current"), "utf8").trim();
  const graph = filesIn(join(workspace, "snapshots", current)).find((file) =>
    file.includes("REGISTER_ACTOR"),
  );
  const sealed = join(workspace, "snapshots", current, graph ?? "");
  for (const [file, args] of [
    [trace, ["examine", trace]],
    [trace, ["replay", trace]],
    [trace, ["verify"]],
    [ledger, ["verify"]],
    [sealed, ["verify"]],
  ] as const) {
    const bytes = readFileSync(file);
    const changed = Buffer.from(bytes);
    changed[Math.floor(bytes.length / 2)] = (changed[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
    writeFileSync(file, changed);
    const run = pgs([...args, ...at]);
    writeFileSync(file, bytes);
    expect(run.code, `${args[0]} ${file}: ${run.out}${run.err}`).toBe(6);
    expect(run.out + run.err).toContain(file);
  }
  expect(pgs(["verify", ...at]).code).toBe(0);
});

const UNSURE = `
kind: domain
code: unsure
summary: A protocol with a check that stays for run time.
uses: [platform]
---
kind: effect
code: CS_NOTES_V0
summary: Notes.
semantics: stream
store: notes
value: { type: object, required: [text], additionalProperties: false, properties: { text: { type: string, maxLength: 5 } } }
---
kind: workflow
code: WF_NOTE_V0
summary: Note what is found.
payload: { type: object, required: [from], additionalProperties: false, properties: { from: true } }
start: extract
nodes:
  extract:
    transform: platform::CT_EXTRACT_V0
    with: { from: $.payload.from, pointer: /text }
    on: { SUCCESS: note, NOT_FOUND: nothing }
  note:
    effect: CS_NOTES_V0
    op: APPEND
    with: { event: { text: $.nodes.extract.value } }
    on: { SUCCESS: noted }
exits:
  noted: { outcome: NOTED }
  nothing: { outcome: NOTHING }
on_fault: { outcome: FAULTED }
`;

test("a fault ends with exit code 5, and examine names the artifact, the file and the line", () => {
  const folder = freshWorkspace({ "protocol/domains/unsure/all.yaml": UNSURE.trimStart() });
  const compiled = pgs(["compile", "--verbose"], { cwd: folder });
  expect(compiled.code, compiled.err).toBe(0);
  expect(compiled.out).toContain("`note` is checked at run time");
  const run = (text: string) =>
    pgs(["run", "--wf", "unsure::WF_NOTE_V0", "--payload", "-", "--json"], {
      cwd: folder,
      input: JSON.stringify({ from: { text } }),
    });
  expect(run("short").json()).toMatchObject({ outcome: "NOTED" });
  const faulted = run("too long");
  expect(faulted.code).toBe(5);
  expect(faulted.json()).toMatchObject({ outcome: "FAULTED", exit: "on_fault" });
  const examined = pgs(["examine", String(faulted.json().trace_id), "--json"], { cwd: folder });
  expect(examined.code).toBe(0);
  const { findings } = examined.json() as { findings: Record<string, unknown>[] };
  const line =
    UNSURE.trimStart()
      .split("\n")
      .findIndex((text) => text.startsWith("  note:")) + 1;
  expect(findings[0]).toMatchObject({
    artifact: "unsure::WF_NOTE_V0",
    file: "protocol/domains/unsure/all.yaml",
  });
  expect(findings[0]?.line).toBeGreaterThanOrEqual(line);
});

test("traces of another data root in the workspace's folder are counted, and judged when it is named", () => {
  const workspace = freshWorkspace();
  const here = ["--workspace", workspace];
  const input = payload("Ada");
  const run = ["run", "--wf", WORKFLOW, "--payload", "-", ...here];
  const [own, other] = [[], ["--data-root", join(freshFolder(), "other")]];
  expect(pgs([...run, ...other], { input }).code).toBe(0);
  expect(pgs([...run, "--data-root", join(freshFolder(), "third")], { input }).code).toBe(0);
  const shared = pgs(["verify", ...here, ...other]);
  expect(shared.code, shared.out).toBe(0);
  expect(shared.out).toContain("1 trace that this ledger does not know");
  expect(pgs(["verify", ...here, ...other, "--json"]).json()).toMatchObject({ others: 1 });
  const named = [...other, "--traces-dir", join(workspace, "traces")];
  const judged = pgs(["verify", ...here, ...named]);
  expect(judged.code).toBe(6);
  expect(judged.out).toContain("trace/not-in-ledger");
  expect(pgs([...run, ...own], { input }).code).toBe(0);
  for (const data of [own, ["--data-root", join(workspace, "data")]]) {
    expect(pgs(["verify", ...here, ...data]).code).toBe(6);
  }
});
