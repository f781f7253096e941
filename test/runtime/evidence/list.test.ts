/** The list of executions is the index, brought up to date from the ledger; it needs no lock. */
import { appendFileSync, cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type ListOptions, list } from "../../../runtime/evidence/list.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { copyOf, ledgerBytes, ledgerFile, open } from "../on-disk.ts";
import { REGISTER } from "../protocol.ts";
import { recordedRoot, snapshot } from "./recorded-root.ts";

let base = "";
beforeAll(async () => {
  base = await recordedRoot();
});

function listed(dataRoot: string, filters: Partial<ListOptions> = {}): readonly string[] {
  return list({ files, dataRoot, ...filters }).map(({ trace, outcome }) => `${trace} ${outcome}`);
}

const ALL = ["t1 SUCCESS", "t2 ALREADY_EXISTS", "t3 SUCCESS"];

test("all executions are listed in the order in which they began", () => {
  expect(listed(base)).toEqual(ALL);
  expect(list({ files, dataRoot: base })[0]).toMatchObject({
    workflow: REGISTER,
    tenant: "default",
    fault: false,
    first: 1,
    last: 5,
  });
});

test("workflow, outcome and whether it is open narrow the list down", () => {
  expect(listed(base, { outcome: "ALREADY_EXISTS" })).toEqual([ALL[1]]);
  expect(listed(base, { workflow: REGISTER })).toEqual(ALL);
  expect(listed(base, { workflow: "test::WF_OTHER_V0" })).toEqual([]);
  expect(listed(base, { open: true })).toEqual([]);
  expect(listed(base, { open: false })).toEqual(ALL);
});

test("an index that lags, or is not there, is made up for by the ledger", async () => {
  const dataRoot = copyOf(base);
  const lagging = copyOf(base);
  const runtime = await open(dataRoot, { snapshot, snapshots: () => snapshot });
  await runtime.submit({ workflow: REGISTER, payload: { name: "Cleo" }, traceId: "t4" });
  await runtime.close();
  cpSync(join(dataRoot, "ledger"), join(lagging, "ledger"), { recursive: true });
  expect(listed(lagging)).toEqual([...ALL, "t4 SUCCESS"]);
  rmSync(join(lagging, "state.db"));
  expect(listed(lagging)).toEqual([...ALL, "t4 SUCCESS"]);
});

test("a fault behind the watermark is told with the line that it has in its file", async () => {
  const lagging = copyOf(base);
  appendFileSync(ledgerFile(lagging), "no record\n");
  expect(() => listed(lagging)).toThrow(`line 15, byte ${ledgerBytes(base).length}`);
});

test("it works beside the process that holds the data root", async () => {
  const dataRoot = copyOf(base);
  const runtime = await open(dataRoot, { snapshot, snapshots: () => snapshot });
  try {
    await runtime.submit({ workflow: REGISTER, payload: { name: "Cleo" }, traceId: "t4" });
    expect(listed(dataRoot)).toEqual([...ALL, "t4 SUCCESS"]);
  } finally {
    await runtime.close();
  }
});

test("a folder without a ledger has no executions", () => {
  expect(listed(join(base, "nowhere"))).toEqual([]);
});
