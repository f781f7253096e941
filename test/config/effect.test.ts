/** What a setting says is what the commands do; and what is secret is shown to nobody. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { acquire } from "../../bin/config/config.ts";
import { found } from "../../bin/config/problems.ts";
import { settingsOf } from "../../bin/config/settings.ts";
import { shown } from "../../bin/config/shown.ts";
import { quietIo } from "../../bin/io.ts";
import { freshFolder, freshWorkspace, pgs, root } from "../program/cli.ts";

const RUN = ["run", "--wf", "blockchain::WF_REGISTER_ACTOR_UNVERIFIED_V0", "--json"];
const PAYLOAD = join(root, "protocol/domains/blockchain/payloads/register-actor.json");

function openedIn(trace: string): Readonly<Record<string, unknown>> {
  const [line = ""] = readFileSync(trace, "utf8").split("\n");
  return JSON.parse(line) as Record<string, unknown>;
}

test("folders and operator of the file are used, its folders relative to the workspace", () => {
  const workspace = freshWorkspace();
  const text = "data_root: place/data\ntraces_dir: told\noperator:\n  tenant: acme\n";
  writeFileSync(join(workspace, "pgs.config.yaml"), text);
  const args = [...RUN, "--payload", PAYLOAD, "--workspace", workspace];
  const ran = pgs(args, { cwd: freshFolder(), env: { PGS_OPERATOR_PRINCIPAL: "ada" } });
  expect(ran.code, ran.err).toBe(0);
  const { trace } = ran.json() as { trace: string };
  expect(trace.startsWith(join(workspace, "told"))).toBe(true);
  expect(openedIn(trace)).toMatchObject({ tenant: "acme", principal: "ada" });
  expect(existsSync(join(workspace, "place/data/ledger/00000001.jsonl"))).toBe(true);
  expect(pgs(["verify", "--state"], { cwd: workspace }).code).toBe(0);
});

test("one tenant's stores are not another's", () => {
  const workspace = freshWorkspace();
  const register = (tenant: string) => {
    const args = [...RUN, "--payload", PAYLOAD, "--workspace", workspace, "--traces", "none"];
    return pgs(args, { env: { PGS_OPERATOR_TENANT: tenant } }).json().outcome;
  };
  const first = register("acme");
  expect(register("acme")).toBe("ALREADY_EXISTS");
  expect(register("globex")).toBe(first);
});

test("the workspace may come from the environment, and a flag is stronger", () => {
  const workspace = freshWorkspace();
  const env = { PGS_WORKSPACE: workspace };
  const cwd = freshFolder();
  expect(pgs(["list", "workflows"], { cwd, env }).out).toContain("blockchain::");
  expect(pgs(["list", "workflows", "--workspace", "."], { cwd, env }).code).toBe(2);
  const { settings } = pgs(["config", "show", "--json"], { cwd, env }).json() as {
    settings: unknown[];
  };
  const origin = { kind: "environment", variable: "PGS_WORKSPACE" };
  expect(settings[0]).toEqual({ setting: "workspace", value: workspace, origin });
});

test("a snapshot is named by its id, or by a folder relative to the workspace", () => {
  const workspace = freshWorkspace();
  const id = readFileSync(join(workspace, "snapshots/current"), "utf8").trim();
  for (const snapshot of [id, `snapshots/${id}`]) {
    writeFileSync(join(workspace, "pgs.config.yaml"), `snapshot: ${snapshot}\n`);
    const ran = pgs(["list", "workflows", "--workspace", workspace], { cwd: freshFolder() });
    expect(ran.code, ran.err).toBe(0);
  }
  writeFileSync(join(workspace, "pgs.config.yaml"), "snapshot: nowhere\n");
  const none = pgs(["list", "workflows", "--workspace", workspace]);
  expect(none.err).toContain(join(workspace, "nowhere"));
});

test("what the file says of batches holds for batches only", () => {
  const workspace = freshWorkspace();
  writeFileSync(join(workspace, "pgs.config.yaml"), "batch: { traces: all, concurrency: 2 }\n");
  mkdirSync(join(workspace, "lines"));
  const file = join(workspace, "lines/batch.jsonl");
  const payload = JSON.stringify(JSON.parse(readFileSync(PAYLOAD, "utf8")));
  writeFileSync(file, `${payload}\n${payload}\n`);
  const batch = [...RUN, "--batch", file, "--workspace", workspace];
  expect(pgs(batch).code).toBe(0);
  const traces = join(workspace, "traces");
  expect(readdirSync(traces)).toHaveLength(2);
  expect(pgs([...batch, "--traces", "none"]).code).toBe(0);
  expect(readdirSync(traces)).toHaveLength(2);
  writeFileSync(join(workspace, "pgs.config.yaml"), "batch: { traces: none }\n");
  expect(pgs([...RUN, "--payload", PAYLOAD, "--workspace", workspace]).code).toBe(0);
  expect(readdirSync(traces)).toHaveLength(3);
});

test("text for people has a line a setting, with its origin", () => {
  const cwd = freshFolder();
  writeFileSync(join(cwd, "pgs.config.yaml"), "batch:\n  concurrency: 8\n");
  const args = ["config", "show", "--data-root", "d"];
  const { out } = pgs(args, { cwd, env: { PGS_WAIT_SECONDS: "3" } });
  expect(out).toMatch(/^batch\.concurrency +8 +pgs\.config\.yaml:2:16$/m);
  expect(out).toMatch(/^wait_seconds +3 +PGS_WAIT_SECONDS$/m);
  expect(out).toMatch(/^data_root +\/.*\/d +--data-root$/m);
  expect(out).toMatch(/^operator\.tenant +default +default$/m);
  expect(out).toMatch(/^snapshot +- +default$/m);
});

test("a secret is masked with its origin kept, and quoted in no refusal", async () => {
  const properties = { token: { type: "string", "x-label": ["secret"] }, name: { type: "string" } };
  const [token, name] = settingsOf({ type: "object", properties });
  if (token === undefined || name === undefined) throw new Error("both are settings");
  const origin = { kind: "environment", variable: token.variable } as const;
  const acquired = await acquire(undefined, {}, quietIo(freshFolder()));
  const rows = shown({
    ...acquired,
    config: { ...acquired.config, token: "s3cret", name: "Ada" } as typeof acquired.config,
    origins: new Map([token, name].map((one) => [one, origin])),
  });
  expect(rows.slice(1)).toEqual([
    { setting: "token", value: "[secret]", secret: true, origin },
    { setting: "name", value: "Ada", secret: false, origin },
  ]);
  expect(found("s3cret", token)).not.toContain("s3cret");
});
