/** Executions that wait while the protocol changes, in real processes: checked, moved, and gone on with. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { contents, pgs } from "./cli.ts";
import { recordsIn } from "./desk.ts";
import { begin, credentialOf, say, townPlace, townText } from "./town.ts";

/** Compiles the town anew, changed, and gives the id of the snapshot that is now current. */
function changed(folder: string, what: Parameters<typeof townText>[0]): string {
  writeFileSync(join(folder, "protocol/domains/town/all.yaml"), townText(what));
  const ran = pgs(["compile", ".", "--json"], { cwd: folder });
  expect(ran.code, ran.out).toBe(0);
  return String(ran.json().snapshot);
}

function current(folder: string): string {
  const ran = pgs(["list", "snapshots", "--json"], { cwd: folder });
  const { snapshots } = ran.json() as { snapshots: { snapshot: string; current: boolean }[] };
  return snapshots.find((one) => one.current)?.snapshot ?? "";
}

function migrate(folder: string, ...args: readonly string[]) {
  return pgs(["migrate", ...args, "--json"], { cwd: folder });
}

function requireSound(folder: string): void {
  const verified = pgs(["verify", "--state", "--json"], { cwd: folder });
  expect(verified.code, verified.out).toBe(0);
  const replayed = pgs(["replay", "--all", "--json"], { cwd: folder });
  expect(replayed.code, replayed.out).toBe(0);
}

test("what waits runs to its end under its own snapshot, while new ones start under the next", () => {
  const folder = townPlace();
  const before = current(folder);
  begin(folder, "town.old", { site: "mill" });
  const after = changed(folder, { exit: "granted" });
  begin(folder, "town.new", { site: "tower" });
  for (const trace of ["town.old", "town.new"]) {
    say(folder, trace, "APPROVE", { by: credentialOf(folder, "ada") });
    const enough = say(folder, trace, "APPROVE", { by: credentialOf(folder, "bob") });
    expect(enough.code, enough.out + enough.err).toBe(0);
    const isOld = trace === "town.old";
    expect(enough.json()).toMatchObject({
      exit: isOld ? "given" : "granted",
      snapshot: isOld ? before : after,
    });
  }
  requireSound(folder);
}, 120_000);

test("what fits is moved, goes on under the other one, and verifies; a check writes nothing", () => {
  const folder = townPlace();
  const before = current(folder);
  begin(folder, "town.t1", { site: "mill" });
  begin(folder, "town.t2", { site: "tower" });
  say(folder, "town.t1", "APPROVE", { by: credentialOf(folder, "ada") });
  const after = changed(folder, { exit: "granted" });
  const untouched = contents(join(folder, "data/ledger"));
  const checked = migrate(folder, "--check", after);
  expect(checked.code, checked.out + checked.err).toBe(0);
  expect(checked.json()).toMatchObject({
    ok: true,
    to: after,
    executions: [
      { trace_id: "town.t1", from: before, fits: true, why: null, hindrance: null },
      { trace_id: "town.t2", from: before, fits: true },
    ],
  });
  expect(contents(join(folder, "data/ledger"))).toEqual(untouched);
  const moved = migrate(folder, "--apply", after, "--trace", "town.t1");
  expect(moved.code, moved.out + moved.err).toBe(0);
  expect(moved.json()).toMatchObject({
    moved: 1,
    executions: [{ trace_id: "town.t1", moved: true }],
  });
  expect(recordsIn(folder).filter(({ type }) => type === "migrated")).toMatchObject([
    { trace: "town.t1", from: before, to_snapshot: after, principal: "clerk" },
  ]);
  // A second time there is nothing to move.
  expect(migrate(folder, "--apply", after, "--trace", "town.t1").json()).toMatchObject({
    moved: 0,
  });
  const enough = say(folder, "town.t1", "APPROVE", { by: credentialOf(folder, "bob") });
  expect(enough.code, enough.out + enough.err).toBe(0);
  expect(enough.json()).toMatchObject({ exit: "granted", outcome: "GIVEN" });
  const other = say(folder, "town.t2", "REJECT");
  expect(other.json()).toMatchObject({ exit: "rejected" });
  expect(pgs(["examine", "town.t1", "--json"], { cwd: folder }).code).toBe(0);
  requireSound(folder);
}, 120_000);

test("what does not fit stays where it was, and the record that hinders is named with its field", () => {
  const folder = townPlace();
  begin(folder, "town.t1", { site: "mill" });
  begin(folder, "town.later", {}, "WF_LATER_V0");
  const after = changed(folder, { deadline: "P10D" });
  const checked = migrate(folder, "--check", after);
  expect(checked.code).toBe(6);
  expect(checked.json()).toMatchObject({
    ok: false,
    executions: [
      { trace_id: "town.t1", fits: false, hindrance: { seq: 2, node: "decide", field: "/until" } },
      { trace_id: "town.later", fits: true },
    ],
  });
  const text = pgs(["migrate", "--check", after], { cwd: folder });
  expect(text.out).toContain("town.t1: record 2, node `decide`: `/until` would be another");
  const moved = migrate(folder, "--apply", after);
  expect(moved.code).toBe(6);
  expect(moved.json()).toMatchObject({ moved: 1 });
  const enough = say(folder, "town.t1", "REJECT");
  expect(enough.json()).toMatchObject({ exit: "rejected" });
  // Cancelled under the snapshot that it was moved to.
  const cancelled = pgs(["cancel", "town.later", "--json"], { cwd: folder });
  expect(cancelled.code, cancelled.out + cancelled.err).toBe(0);
  requireSound(folder);
}, 120_000);

test("a workflow that the other one has not, an unknown trace, and wrong use", () => {
  const folder = townPlace();
  begin(folder, "town.t1", { site: "mill" });
  const text = townText().replaceAll("WF_PERMIT_V0", "WF_PERMIT_V1");
  writeFileSync(join(folder, "protocol/domains/town/all.yaml"), text);
  const compiled = pgs(["compile", ".", "--json"], { cwd: folder });
  expect(compiled.code, compiled.out).toBe(0);
  const after = String(compiled.json().snapshot);
  const checked = migrate(folder, "--check", after);
  expect(checked.code).toBe(6);
  expect(checked.json()).toMatchObject({
    executions: [{ fits: false, hindrance: null, why: expect.stringContaining("WF_PERMIT_V0") }],
  });
  const unknown = migrate(folder, "--check", after, "--trace", "town.t9");
  expect(unknown.code).toBe(4);
  expect(unknown.json()).toMatchObject({ refused: { code: "migrate/unknown" } });
  const none = migrate(folder);
  expect(none.code).toBe(2);
  expect(none.json()).toMatchObject({ refused: { code: "migrate/unclear" } });
  const gone = migrate(folder, "--check", "f".repeat(64));
  expect(gone.code).toBe(2);
  expect(gone.json()).toMatchObject({ refused: { code: "snapshot/not-found" } });
}, 120_000);

test("who may not move what waits is denied, and that is recorded; nothing is moved", () => {
  const folder = townPlace();
  begin(folder, "town.t1", { site: "mill" });
  const after = changed(folder, { exit: "granted" });
  const env = { PGS_SESSION: credentialOf(folder, "ada") };
  const denied = pgs(["migrate", "--apply", after, "--json"], { cwd: folder, env });
  expect(denied.code, denied.out).toBe(4);
  expect(denied.json()).toMatchObject({ refused: { code: "policy/denied" } });
  const written = recordsIn(folder);
  expect(written.at(-1)).toMatchObject({ type: "refused", intent: "pgs.migrate" });
  expect(written.some(({ type }) => type === "migrated")).toBe(false);
  requireSound(folder);
}, 120_000);
