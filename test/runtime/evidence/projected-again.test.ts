/** What was acknowledged has its trace files after the next start, wherever the last one stopped. */
import { cpSync, existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { projectTrace, underOf, writeProjection } from "../../../runtime/traces/project.ts";
import { during, freshRoot, open } from "../on-disk.ts";
import { REGISTER } from "../protocol.ts";
import { paint, recordedRoot, snapshot, tracesOf, verified } from "./recorded-root.ts";

/** What a process that is killed leaves: the ledger is flushed, neither state nor traces written. */
async function killed(): Promise<string> {
  const dataRoot = await recordedRoot();
  const left = freshRoot();
  const runtime = await open(dataRoot, { snapshot, snapshots: () => snapshot });
  await runtime.submit({ workflow: REGISTER, payload: { name: "Cleo" }, traceId: "t4" });
  cpSync(dirname(dataRoot), dirname(left), { recursive: true });
  await runtime.close();
  return left;
}

async function started(dataRoot: string): Promise<readonly string[]> {
  const given: string[] = [];
  await during(dataRoot, async () => {}, {
    snapshot,
    snapshots: () => snapshot,
    onClosed: async ({ trace, lines, records }) => {
      given.push(trace);
      const projection = await projectTrace({ lines, records }, underOf(snapshot, REGISTER), paint);
      writeProjection(files, tracesOf(dataRoot), { trace, projection });
    },
  });
  return given;
}

test("executions that closed behind the state's watermark are projected by the next start", async () => {
  const dataRoot = await killed();
  expect(await verified(dataRoot)).toMatchObject({ ok: true, unprojected: 1 });
  expect(await started(dataRoot)).toEqual(["t4"]);
  expect(await verified(dataRoot)).toMatchObject({ ok: true, unprojected: 0 });
});

test("after a clean stop none is projected again", async () => {
  const dataRoot = await killed();
  await started(dataRoot);
  expect(await started(dataRoot)).toEqual([]);
});

test("where nothing was ever stored, all that closed are projected", async () => {
  const dataRoot = await killed();
  for (const name of ["state.db", "state.db-wal", "state.db-shm"]) {
    rmSync(join(dataRoot, name), { force: true });
  }
  rmSync(tracesOf(dataRoot), { recursive: true });
  expect(await started(dataRoot)).toEqual(["t1", "t2", "t3", "t4"]);
  expect(await verified(dataRoot)).toMatchObject({ ok: true, unprojected: 0 });
});

test("one whose snapshot is gone does not hinder the start", async () => {
  const dataRoot = await killed();
  const other = { ...snapshot, id: "f".repeat(64) as typeof snapshot.id };
  await during(dataRoot, async () => {}, {
    snapshot: other,
    snapshots: () => other,
    onClosed: () => expect.unreachable("there is nothing to draw it by"),
  });
  expect(existsSync(join(tracesOf(dataRoot), "t4"))).toBe(false);
});
