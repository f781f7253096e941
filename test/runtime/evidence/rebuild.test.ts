/** What is a projection can be deleted and made again: the same rows, the same bytes (L6). */
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type RebuildOptions, rebuild } from "../../../runtime/evidence/rebuild.ts";
import { replayState } from "../../../runtime/evidence/replay.ts";
import { openStore } from "../../../runtime/state/sqlite.ts";
import { systemFiles as files, systemClock } from "../../../runtime/system-ports.ts";
import { PROJECTED } from "../../../runtime/traces/project.ts";
import { during, freshRoot, HOLDER, ledgerBytes, ledgerFile, open } from "../on-disk.ts";
import { REGISTER } from "../protocol.ts";
import { paint, recordedRoot, snapshot, traceFile, tracesOf, verified } from "./recorded-root.ts";

let base = "";
beforeAll(async () => {
  base = await recordedRoot();
});

function copied(): string {
  const dataRoot = freshRoot();
  cpSync(dirname(base), dirname(dataRoot), { recursive: true });
  return dataRoot;
}

function rebuilt(dataRoot: string, more: Partial<RebuildOptions> = {}) {
  return rebuild({
    files,
    clock: systemClock,
    dataRoot,
    holder: HOLDER,
    waitMs: 0,
    from: "ledger",
    tracesFolder: tracesOf(dataRoot),
    snapshot: () => snapshot,
    paint,
    ...more,
  });
}

/** The state's rows, which `verify` compares with the fold as well. */
function rowsOf(dataRoot: string) {
  const store = openStore(join(dataRoot, "state.db"), "reading");
  const rows = (["registry", "document", "stream", "execution"] as const).map((table) => [
    ...store.rows(table),
  ]);
  store.close();
  return JSON.stringify(rows);
}

test("a deleted state comes back with the same rows (L6)", async () => {
  const dataRoot = copied();
  const before = rowsOf(dataRoot);
  for (const ending of ["", "-wal", "-shm"])
    rmSync(join(dataRoot, `state.db${ending}`), { force: true });
  const result = await rebuilt(dataRoot);
  expect(result).toEqual({
    ok: true,
    from: "ledger",
    records: 14,
    state_keys: 7,
    written: [],
    problems: [],
  });
  expect(rowsOf(dataRoot)).toBe(before);
  expect(await verified(dataRoot)).toMatchObject({ ok: true });
});

test("a state that was tampered with is folded anew", async () => {
  const dataRoot = copied();
  const before = rowsOf(dataRoot);
  writeFileSync(join(dataRoot, "state.db"), "garbage that is no database whatever one does");
  expect(await rebuilt(dataRoot)).toMatchObject({ ok: true });
  expect(rowsOf(dataRoot)).toBe(before);
});

test("trace files that are missing or differ are written, and no others (L6)", async () => {
  const dataRoot = copied();
  const missing = traceFile(dataRoot, "t1", "svg");
  const changed = traceFile(dataRoot, "t2", "md");
  rmSync(missing);
  writeFileSync(changed, "something else");
  rmSync(join(tracesOf(dataRoot), "t3"), { recursive: true });
  const whole = PROJECTED.map((ending) => traceFile(dataRoot, "t3", ending));
  const kept = statSync(traceFile(dataRoot, "t1", "md")).mtimeMs;
  const { written } = await rebuilt(dataRoot);
  expect(written).toEqual([missing, changed, ...whole]);
  for (const file of written) {
    const [trace = "", ending] = file
      .slice(tracesOf(dataRoot).length + 1)
      .split(/[/.]/)
      .toSpliced(1, 1);
    expect(readFileSync(file)).toEqual(readFileSync(traceFile(base, trace, ending)));
  }
  expect(statSync(traceFile(dataRoot, "t1", "md")).mtimeMs).toBe(kept);
});

test("trace files are left alone where nobody asks for them", async () => {
  const dataRoot = copied();
  rmSync(tracesOf(dataRoot), { recursive: true });
  expect(await rebuilt(dataRoot, { paint: undefined })).toMatchObject({ ok: true, written: [] });
  expect(existsSync(tracesOf(dataRoot))).toBe(false);
});

test("the trace files alone give the same state", async () => {
  const dataRoot = copied();
  const before = rowsOf(dataRoot);
  rmSync(join(dataRoot, "state.db"));
  rmSync(join(dataRoot, "ledger"), { recursive: true });
  const result = await rebuilt(dataRoot, { from: "traces" });
  expect(result).toMatchObject({ ok: true, from: "traces", records: 14, state_keys: 7 });
  expect(rowsOf(dataRoot)).toBe(before);
});

test("after a rebuild from traces a writer goes on, and the state is the fold", async () => {
  const dataRoot = copied();
  rmSync(join(tracesOf(dataRoot), "t2"), { recursive: true });
  await rebuilt(dataRoot, { from: "traces" });
  await during(dataRoot, (runtime) =>
    runtime.submit({ workflow: REGISTER, payload: { name: "Cleo" }, traceId: "t4" }),
  );
  const { problems } = await verified(dataRoot, { tracesFolder: undefined });
  expect(problems).toEqual([]);
});

test("trace files that do not hold are left out and named", async () => {
  const dataRoot = copied();
  const file = traceFile(dataRoot, "t1");
  writeFileSync(file, readFileSync(file, "utf8").replace("Ada", "Eve"));
  const { ok, problems, records } = await rebuilt(dataRoot, { from: "traces" });
  expect(ok).toBe(false);
  expect(problems[0]).toMatchObject({ code: "line/hash-differs", file, line: 1 });
  expect(records).toBe(9);
});

test("traces of two data roots in one folder are refused", async () => {
  const dataRoot = copied();
  const other = await recordedRoot([{ trace: "elsewhere", payload: { name: "Eve" } }]);
  cpSync(tracesOf(other), tracesOf(dataRoot), { recursive: true });
  await expect(rebuilt(dataRoot, { from: "traces" })).rejects.toMatchObject({
    code: "trace/same-position",
  });
});

test("a ledger that does not hold, or lost its end, leaves the state as it is", async () => {
  const dataRoot = copied();
  const before = rowsOf(dataRoot);
  const bytes = ledgerBytes(dataRoot);
  const changed = Buffer.from(bytes);
  changed[500] = (changed[500] ?? 0) ^ 1;
  writeFileSync(ledgerFile(dataRoot), changed);
  await expect(rebuilt(dataRoot)).rejects.toMatchObject({ code: "line/hash-differs" });
  writeFileSync(ledgerFile(dataRoot), bytes.subarray(0, bytes.lastIndexOf("\n", -2) + 1));
  await expect(rebuilt(dataRoot)).rejects.toMatchObject({ code: "ledger/truncated" });
  rmSync(join(dataRoot, "ledger"), { recursive: true });
  await expect(rebuilt(dataRoot)).rejects.toMatchObject({ code: "ledger/truncated" });
  expect(rowsOf(dataRoot)).toBe(before);
});

test("a data root that is held is not rebuilt", async () => {
  const dataRoot = copied();
  const runtime = await open(dataRoot, { snapshot, snapshots: () => snapshot });
  try {
    await expect(rebuilt(dataRoot)).rejects.toMatchObject({ code: "data-root/held" });
  } finally {
    await runtime.close();
  }
});

test("a rebuilt state equals the replayed one", async () => {
  const dataRoot = copied();
  await rebuilt(dataRoot);
  const { state } = replayState({ kind: "ledger", files, dataRoot });
  const replayed = [state?.registry, state?.document, state?.stream, state?.execution];
  expect(JSON.stringify(replayed)).toBe(rowsOf(dataRoot).replaceAll(/,"_metadata":\{[^}]*\}/g, ""));
});
