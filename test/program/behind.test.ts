/**
 * A trace's file that was written while its execution waited, and that a killed process left behind
 * the ledger: by the trace's id the ledger tells, by the file's path a finding says what it lacks.
 */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { freshFolder, pgs } from "./cli.ts";
import { begin, credentialOf, say, townPlace } from "./town.ts";

let folder = "";
let file = "";

beforeAll(() => {
  folder = townPlace();
  expect(begin(folder, "town.t1", { site: "mill" }).code).toBe(8);
  file = join(folder, "traces", "town.t1", "town.t1.jsonl");
  const before = join(freshFolder(), "before.jsonl");
  cpSync(file, before);
  const told = say(folder, "town.t1", "APPROVE", { by: credentialOf(folder, "ada") });
  expect(told.code, told.err).toBe(8);
  // As if the process had been killed before it wrote the file anew.
  cpSync(before, file);
}, 120_000);

test("by its id it is examined as the ledger has it", () => {
  const examined = pgs(["examine", "town.t1", "--json"], { cwd: folder });
  expect(examined.code, examined.out).toBe(0);
  expect(examined.json()).toMatchObject({
    integrity: { ok: true, records: 3, checked: { ledger: true } },
    signals: [{ signal: "APPROVE" }],
  });
  const { findings } = examined.json() as { findings: readonly { code: string }[] };
  expect(findings.map(({ code }) => code)).not.toContain("trace/behind");
});

test("by its path the file is said to lack what the ledger has, and holds", () => {
  const examined = pgs(["examine", file, "--json"], { cwd: folder });
  expect(examined.code, examined.out).toBe(0);
  const { integrity, findings } = examined.json() as {
    integrity: object;
    findings: readonly { code: string; message: string }[];
  };
  expect(integrity).toMatchObject({ ok: true, records: 2 });
  expect(findings.find(({ code }) => code === "trace/behind")?.message).toContain(
    "lacks 1 record of this trace",
  );
});

test("an execution that waits is replayed as far as it goes, and holds", () => {
  const replayed = pgs(["replay", "town.t1"], { cwd: folder });
  expect(replayed.code, replayed.out).toBe(0);
  expect(replayed.out).toMatch(
    /^holds so far, open: waits for APPROVE or REJECT until \S+ at `decide`: 3 records of 1 execution replayed \(full\)\n$/,
  );
  const told = pgs(["replay", "town.t1", "--json"], { cwd: folder });
  expect(told.json()).toMatchObject({
    ok: true,
    open: 1,
    standing: [{ kind: "waiting", node: "decide", signals: ["APPROVE", "REJECT"] }],
    problems: [],
  });
  const all = pgs(["replay", "--all"], { cwd: folder });
  expect(all.code, all.out).toBe(0);
  expect(all.out).toContain("of 2 executions, 1 of them open, as far as it goes, replayed");
});

test("a list of what waits says how many have said what, and whose it is", () => {
  const listed = pgs(["list", "--waiting"], { cwd: folder });
  expect(listed.out).toContain("APPROVE 1 of 2, REJECT");
  const { executions } = pgs(["list", "--waiting", "--json"], { cwd: folder }).json() as {
    executions: readonly { waiting: readonly object[] }[];
  };
  expect(executions[0]?.waiting).toMatchObject([
    { said: [{ signal: "APPROVE", said: 1, people: 2 }, { said: 0 }] },
  ]);
  const stranger = credentialOf(folder, "mallory", { tenant: "acme" });
  expect(pgs(["list", "--waiting", "--session", stranger], { cwd: folder }).out).toBe("none\n");
}, 120_000);

test("waking tells what still waits, and until when", () => {
  const woken = pgs(["wake"], { cwd: folder });
  expect(woken.code, woken.err).toBe(0);
  expect(woken.out).toMatch(/^town\.t1 {2}waits {2}APPROVE, REJECT {2}decide until \d{4}-/);
  expect(pgs(["wake", "--json"], { cwd: folder }).json()).toMatchObject({
    waiting: [{ trace_id: "town.t1", waiting: [{ node: "decide" }] }],
  });
}, 120_000);

test("each command's help speaks of that command", () => {
  const help = pgs(["saga", "show", "--help"], { cwd: folder }).out;
  expect(help).toContain("`show` tells by the records alone");
  expect(help).not.toContain("`retry` tries again");
  const cancel = pgs(["cancel", "--help"], { cwd: folder }).out;
  expect(cancel).toMatch(/Exit codes: 0 [^8]*; 7 [^8]*; 8 cancelled, and what it did/);
});

test("what ended meanwhile is told to have, by its id, and its file to be behind", () => {
  const before = join(freshFolder(), "before.jsonl");
  cpSync(file, before);
  const ended = say(folder, "town.t1", "REJECT");
  expect(ended.code, ended.err).toBe(0);
  cpSync(before, file);
  const byId = pgs(["examine", "town.t1", "--json"], { cwd: folder });
  expect(byId.json()).toMatchObject({ closed: { outcome: "REJECTED" } });
  const shown = pgs(["saga", "show", "town.t1", "--json"], { cwd: folder });
  expect(shown.json()).toMatchObject({ outcome: "REJECTED" });
  expect(pgs(["examine", file, "--json"], { cwd: folder }).json()).toMatchObject({
    integrity: { ok: true },
    findings: expect.arrayContaining([expect.objectContaining({ code: "trace/behind" })]),
  });
}, 120_000);
