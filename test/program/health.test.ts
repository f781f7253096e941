/** How a data root is, told by the built program from real ledgers, with an exit code for each case. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readExposition, valueIn } from "../runtime/metrics/exposition-format.ts";
import { contents, freshFolder, pgs, type Ran } from "./cli.ts";
import { GREET, genesis, greet, workspace } from "./genesis-place.ts";

function health(folder: string, ...more: readonly string[]): Ran {
  return pgs(["health", "--workspace", folder, ...more]);
}

/** Three people greeted, one of them twice. */
function lived(): string {
  const folder = workspace();
  for (const name of ["Ada", "Bob", "Cyd", "Ada"]) expect(greet(folder, name).code).toBe(0);
  return folder;
}

test("a data root that is well is told in numbers, and nothing is written", () => {
  const folder = lived();
  const before = contents(join(folder, "data"));
  const ran = health(folder, "--json");
  expect(ran.code, ran.err).toBe(0);
  expect(ran.json()).toMatchObject({
    ok: true,
    findings: [],
    ledger: { segments: 1 },
    state: { lag: 0 },
    starts: { epoch: 4, boots: 4, whole: 1, same: 3 },
    deliveries: { begun: 0, refused: 0 },
    sessions: { opened: 0, ended: 0, active: 0 },
    refused: 0,
    workflows: [
      {
        ...{ workflow: GREET, intent: "pgs.run", opened: 4, open: 0, faulted: 0, cancelled: 0 },
        outcomes: { GREETED: 3, KNOWN: 1 },
      },
      { workflow: "platform::WF_COHERENCE_V0", intent: "pgs.boot", outcomes: { COHERENT: 1 } },
    ],
  });
  const told = health(folder);
  expect(told.code).toBe(0);
  expect(told.out).toMatch(/^healthy: [0-9,]+ records/);
  expect(told.out).toMatch(/^starts +4 that wrote: 1 through all gates, 3 like one of them$/m);
  expect(contents(join(folder, "data"))).toEqual(before);
});

test("metrics are Prometheus text, with the counts that the ledger gives", () => {
  const folder = lived();
  const ran = health(folder, "--metrics");
  expect(ran.code, ran.err).toBe(0);
  const families = readExposition(ran.out);
  const by = { workflow: GREET, intent: "pgs.run" };
  expect(valueIn(families, "pgs_executions_opened_total", by)).toBe(4);
  const known = { ...by, outcome: "KNOWN", exit: "known" };
  expect(valueIn(families, "pgs_executions_closed_total", known)).toBe(1);
  expect(valueIn(families, "pgs_execution_duration_seconds_count", by)).toBe(4);
  expect(valueIn(families, "pgs_boots_total", { kind: "whole" })).toBe(1);
  expect(valueIn(families, "pgs_boots_total", { kind: "same" })).toBe(3);
  const register = { store: "greeting/greeted", operation: "REGISTER" };
  expect(valueIn(families, "pgs_effects_total", { ...register, outcome: "SUCCESS" })).toBe(3);
  expect(valueIn(families, "pgs_effects_total", { ...register, outcome: "ALREADY_EXISTS" })).toBe(
    1,
  );
  const bytes = readFileSync(join(folder, "data/ledger/00000001.jsonl")).length;
  expect(valueIn(families, "pgs_ledger_bytes")).toBe(bytes);
  // The same whoever asks, and again.
  expect(health(folder, "--metrics").out.replace(/^pgs_room_bytes .*$/m, "")).toBe(
    ran.out.replace(/^pgs_room_bytes .*$/m, ""),
  );
});

test("what is wrong comes first, with exit code 6 where evidence does not hold", () => {
  const folder = lived();
  const path = join(folder, "data/ledger/00000001.jsonl");
  writeFileSync(path, readFileSync(path, "utf8").replace("Cyd", "Eve"));
  const told = health(folder);
  expect(told.code).toBe(6);
  expect(told.out).toMatch(/^fault line\/hash-differs: /);
  expect(told.out).toContain("not healthy");
  const metrics = health(folder, "--metrics");
  expect(metrics.code).toBe(6);
  expect(valueIn(readExposition(metrics.out), "pgs_ledger_holds")).toBe(0);
  expect(metrics.err).toContain("line/hash-differs");
});

const mounted: string[] = [];
afterAll(() => {
  for (const folder of mounted.splice(0)) execFileSync("umount", ["-l", folder]);
});

function disk(): string | undefined {
  const folder = freshFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  mounted.push(folder);
  return folder;
}

const small = disk();

test.skipIf(small === undefined)("a disk without room is told with exit code 7", () => {
  const folder = workspace();
  const args = ["--data-root", join(small ?? "", "data")];
  expect(genesis(folder, { args }).code).toBe(0);
  expect(health(folder, ...args).code).toBe(0);
  writeFileSync(join(small ?? "", "fill"), Buffer.alloc(12 * 1024 * 1024));
  const told = health(folder, ...args, "--json");
  expect(told.code).toBe(7);
  expect(told.json()).toMatchObject({ ok: false, findings: [{ code: "data-root/no-room" }] });
});

test("where there is no ledger nothing is well", () => {
  const refused = health(workspace(), "--json");
  expect(refused.code).toBe(2);
  expect(refused.json()).toMatchObject({ refused: { code: "ledger/not-found" } });
});

test("one form at a time: both are wrong use", () => {
  const refused = health(workspace(), "--metrics", "--json");
  expect(refused.code).toBe(2);
  expect(refused.json()).toMatchObject({ refused: { code: "health/unclear" } });
});
