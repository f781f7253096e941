/**
 * Starts that come to life: what each leaves in the ledger, what they cost, what the last gate finds,
 * and that a data root which was killed in the middle of work comes to life again.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { pgs, root } from "./cli.ts";
import {
  compiled,
  copyOf,
  GREET,
  genesis,
  greet,
  programCopy,
  recordsIn,
  stoppedAt,
  workspace,
} from "./genesis-place.ts";

const COHERENCE = "platform::WF_COHERENCE_V0";

function boots(folder: string): readonly string[] {
  return recordsIn(folder).flatMap(({ type, workflow }) =>
    type === "boot" || workflow === COHERENCE ? [type] : [],
  );
}

test("a fresh workspace comes to life: each gate passes, and says what it found", () => {
  const { code, reached, phases } = genesis(workspace());
  expect({ code, reached }).toEqual({ code: 0, reached: "Φ5" });
  expect(phases.map(({ phase, gate, ok }) => [phase, gate, ok])).toEqual([
    ["Φ1", "G1", true],
    ["Φ2", "G2", true],
    ["Φ3", "G3", true],
    ["Φ4", "G4", true],
    ["Φ5", "G5", true],
  ]);
  for (const { checks, ms } of phases) {
    expect(ms).toBeGreaterThanOrEqual(0);
    expect(checks.length).toBeGreaterThan(0);
    for (const check of checks) expect(check).toMatchObject({ ok: true, cause: null });
  }
});

test("for people each phase is a paragraph, and the end says how far it came", () => {
  const folder = workspace();
  const alive = pgs(["genesis", "--workspace", folder]);
  expect(alive.code).toBe(0);
  expect(alive.out).toMatch(/Φ1 physical viability {2}G1 passed [0-9.]+ ms\n {2}✓ workspace/);
  expect(alive.out).toMatch(/alive: reached Φ5\n$/);
  writeFileSync(join(folder, "pgs.config.yaml"), "data_rot: x\n");
  const stopped = pgs(["genesis", "--workspace", folder]);
  expect(stopped.code).toBe(12);
  expect(stopped.out).toMatch(/✗ configuration +config\/unknown-key\n +expected known settings/);
  expect(stopped.out).toContain("Did you mean `data_root`?");
  expect(stopped.out).toMatch(/G1 not looked at [0-9.]+ ms\n {2}· data-root +follows from `config/);
  expect(stopped.out).toMatch(/stopped: reached Φ0, not Φ5\n$/);
  const nowhere = pgs(["genesis", "--workspace", join(folder, "nowhere")]);
  expect(nowhere.out).toMatch(
    /✗ workspace +workspace\/not-a-folder\n +expected the workspace `[^`]+` to be a folder of its own, found nothing there\n/,
  );
  expect(nowhere.out).toMatch(/· data-root +follows from `workspace`\n/);
});

test("the first start is whole; one after a clean stop is one record", () => {
  const folder = workspace();
  for (const name of ["Ada", "Bob", "Cyd"]) expect(greet(folder, name).code).toBe(0);
  expect(boots(folder)).toEqual(["opened", "boot", "boot", "boot"]);
  const records = recordsIn(folder).filter(({ type }) => type === "boot");
  const [first] = recordsIn(folder);
  expect(records.map(({ like }) => like)).toEqual(records.map(() => first?.trace));
  expect(records.map(({ trace }) => trace)).toEqual(["boot-1", "boot-2", "boot-3"]);
  expect(pgs(["verify", "--state", "--workspace", folder]).code).toBe(0);
});

test("what a start writes rides on the flush of the work behind it", () => {
  const folder = workspace();
  expect(greet(folder, "Ada").code).toBe(0);
  const first = recordsIn(folder).flatMap(({ flushed }) =>
    flushed === undefined ? [] : [flushed],
  );
  expect(first).toEqual([0, 0, 0]);
  const before = recordsIn(folder).length;
  expect(greet(folder, "Bob").code).toBe(0);
  const second = recordsIn(folder)
    .slice(before)
    .flatMap(({ flushed }) => (flushed === undefined ? [] : [flushed]));
  expect(second).toEqual([before, before]);
});

test("work that is refused leaves no start behind", () => {
  const folder = workspace();
  const refused = pgs(
    ["run", "--workspace", folder, "--wf", GREET, "--payload", "-", "--traces", "none"],
    { input: "{}" },
  );
  expect(refused.code).toBe(4);
  expect(recordsIn(folder)).toEqual([]);
});

test("another configuration or another snapshot takes a whole start", () => {
  const folder = workspace();
  expect(greet(folder, "Ada").code).toBe(0);
  // How one call goes about its work is no other configuration.
  expect(greet(folder, "Bob", "--wait", "7").code).toBe(0);
  expect(boots(folder)).toEqual(["opened", "boot", "boot"]);
  const elsewhere = ["--traces-dir", join(folder, "elsewhere")];
  expect(greet(folder, "Bob", ...elsewhere).code).toBe(0);
  expect(boots(folder).slice(3)).toEqual(["opened", "boot"]);
  const yaml = join(folder, "protocol/domains/greeting/greeting.yaml");
  writeFileSync(yaml, readFileSync(yaml, "utf8").replace("Greet somebody", "Welcome somebody"));
  expect(pgs(["compile", "--workspace", folder]).code).toBe(0);
  expect(greet(folder, "Cyd", ...elsewhere).code).toBe(0);
  expect(boots(folder).slice(5)).toEqual(["opened", "boot"]);
});

test("a start explains itself like any execution", () => {
  const folder = workspace();
  const found = genesis(folder);
  const [opened] = recordsIn(folder);
  const trace = opened?.trace ?? "";
  expect(opened).toMatchObject({
    tenant: "_genesis",
    principal: "pgs",
    intent: "pgs.boot",
    session: null,
    caller: { identity: "runtime", roles: [], attributes: {} },
    policy: { decision: "allow" },
  });
  const at = ["--workspace", folder];
  const explained = pgs(["examine", trace, ...at]);
  expect(explained.code, explained.out + explained.err).toBe(0);
  expect(explained.out).toContain("COHERENT");
  expect(pgs(["replay", trace, ...at, "--mode", "full"]).code).toBe(0);
  const { payload } = opened as unknown as { payload: { gates: readonly object[] } };
  expect(payload.gates).toEqual(
    found.phases.slice(0, 4).map(({ gate, checks }) => ({
      gate,
      checks: checks.map(({ name, found: what }) => ({ name, found: what })),
    })),
  );
});

type Database = new (
  path: string,
) => {
  readonly exec: (sql: string) => void;
  readonly close: () => void;
};

function forge(folder: string, sql: string): void {
  const libsql = createRequire(import.meta.url)("libsql") as Database;
  const database = new libsql(join(folder, "data/state.db"));
  database.exec(sql);
  database.close();
}

const BOOTED = "tenant = '_genesis'";

test.each([
  ["a document", `UPDATE document SET value = '{}' WHERE ${BOOTED}`],
  ["a registry's value", `UPDATE registry SET value = '{}' WHERE ${BOOTED}`],
  ["a registry's entry, taken away", `DELETE FROM registry WHERE ${BOOTED}`],
  ["an event", `UPDATE stream SET event = '{}' WHERE ${BOOTED}`],
])("%s that somebody changed in the state is drift", (_, sql) => {
  const folder = workspace();
  expect(greet(folder, "Ada").code).toBe(0);
  forge(folder, sql);
  const check = stoppedAt(genesis(folder), ["G5", "coherence", "boot/incoherent"]);
  expect(check.found).toContain("platform/");
  // Work stops at it too, where it goes through the last gate whole.
  const elsewhere = ["--traces-dir", join(folder, "elsewhere")];
  const refused = greet(folder, "Bob", ...elsewhere, "--json");
  expect(refused.code).toBe(6);
  expect(refused.json()).toMatchObject({
    refused: { code: "boot/incoherent", phase: "Φ5", gate: "G5" },
  });
  expect(pgs(["rebuild", "--workspace", folder]).code).toBe(0);
  expect(genesis(folder).code).toBe(0);
});

test("a start that finds itself incoherent is in the ledger, and no boot behind it", () => {
  const folder = workspace();
  const program = programCopy();
  const lie = 'exports.transform = () => ({ outcome: "DIFFERENT", output: {} });\n';
  writeFileSync(join(program, "dist/capabilities/compare.js"), lie);
  const args = ["--allow-changed-capabilities"];
  const check = stoppedAt(genesis(folder, { program, args }), [
    "G5",
    "coherence",
    "boot/incoherent",
  ]);
  expect(check.found).toContain("`INCOHERENT` at `registry_drifts`");
  const records = recordsIn(folder);
  expect(records.at(-1)).toMatchObject({ type: "closed", outcome: "INCOHERENT" });
  expect(records.some(({ type }) => type === "boot")).toBe(false);
});

test("a workspace that forbids the runtime to boot stops at the last gate, and says by which policy", () => {
  const FORBID = `kind: policy
code: PO_NO_BOOT_V0
summary: Nobody boots.
role: security_guard
intents: [pgs.boot]
cedar: |
  forbid(principal, action, resource) when { principal.identity == "runtime" };
`;
  const folder = compiled({ "no-boot.yaml": FORBID });
  const check = stoppedAt(genesis(folder), ["G5", "coherence", "policy/denied"]);
  expect(check.found).toContain("greeting::PO_NO_BOOT_V0#1");
  const refused = greet(folder, "Ada", "--json");
  expect(refused.code).toBe(4);
  expect(refused.json()).toMatchObject({ refused: { code: "policy/denied", gate: "G5" } });
});

test("a workspace that was killed in the middle of work comes to life, whole", async () => {
  const folder = workspace();
  const lines = Array.from({ length: 20_000 }, (_, at) => JSON.stringify({ name: `N${at}` }));
  const batch = join(folder, "batch.jsonl");
  writeFileSync(batch, `${lines.join("\n")}\n`);
  const args = ["run", "--workspace", folder, "--wf", GREET, "--batch", batch];
  const child = spawn(process.execPath, [join(root, "bin/pgs.cjs"), ...args], { stdio: "ignore" });
  const ledger = join(folder, "data/ledger/00000001.jsonl");
  const enough = () => existsSync(ledger) && statSync(ledger).size > 300_000;
  while (!enough() && child.exitCode === null) await sleep(5);
  expect(child.exitCode).toBe(null);
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("exit", resolve));
  const again = copyOf(folder);
  expect(genesis(again)).toMatchObject({ code: 0, reached: "Φ5" });
  expect(pgs(["verify", "--state", "--workspace", again]).code).toBe(0);
  // And so does work, which goes through the last gate whole.
  const before = boots(folder).length;
  expect(greet(folder, "Ada").code).toBe(0);
  expect(boots(folder).slice(before)).toEqual(["opened", "boot"]);
  expect(pgs(["verify", "--state", "--workspace", folder]).code).toBe(0);
});

test.each([
  ["the configuration", 12, "G2", (folder: string) => `${folder}/pgs.config.yaml`],
  ["a snapshot", 6, "G3", (folder: string) => `${sealedIn(folder)}/more.json`],
  ["a data root", 11, "G1", (folder: string) => `${folder}/data`],
])("work that stops at %s keeps its exit code, and names the gate", (_, code, gate, broken) => {
  const folder = workspace();
  writeFileSync(broken(folder), "x: y\n");
  const refused = greet(folder, "Ada", "--json");
  expect(refused.code, refused.out).toBe(code);
  expect(refused.json()).toMatchObject({ refused: { gate, phase: gate.replace("G", "Φ") } });
  expect(greet(folder, "Ada").err).toContain(`stopped at the gate ${gate}, before Φ`);
});

test("what is refused after a start names no gate", () => {
  const folder = workspace();
  const args = ["run", "--workspace", folder, "--wf", "greeting::WF_NO_V0", "--payload", "-"];
  const refused = pgs([...args, "--json"], { input: "{}" });
  expect(refused.code).toBe(4);
  expect(refused.json()).toEqual({
    refused: expect.not.objectContaining({ gate: expect.anything() }),
  });
});

function sealedIn(folder: string): string {
  return join(folder, "snapshots", readFileSync(join(folder, "snapshots/current"), "utf8").trim());
}
