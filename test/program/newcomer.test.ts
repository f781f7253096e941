/** What README promises a newcomer, done with the built program on real files. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesIn, freshFolder, freshWorkspace, pgs, root } from "./cli.ts";

const WORKFLOW = "blockchain::WF_REGISTER_ACTOR_UNVERIFIED_V0";
const PAYLOAD = join(root, "protocol/domains/blockchain/payloads/register-actor.json");

function register(folder: string, ...more: string[]) {
  const place = ["--data-root", join(folder, "data"), "--traces-dir", join(folder, "traces")];
  return pgs([
    "run",
    "--wf",
    WORKFLOW,
    "--payload",
    PAYLOAD,
    "--workspace",
    root,
    ...place,
    ...more,
  ]);
}

test("the first run ends in SUCCESS, the second in ALREADY_EXISTS, both with exit code 0", () => {
  const folder = freshFolder();
  const first = register(folder, "--json");
  expect(first.code, first.err).toBe(0);
  expect(first.json()).toMatchObject({ outcome: "SUCCESS", workflow: WORKFLOW });
  const second = register(folder, "--json");
  expect(second.code, second.err).toBe(0);
  expect(second.json()).toMatchObject({ outcome: "ALREADY_EXISTS" });
});

test("a run says what happened and where the trace lies, and leaves four files there", () => {
  const folder = freshFolder();
  const run = register(folder);
  expect(run.out).toContain("SUCCESS");
  expect(run.out).toContain(WORKFLOW);
  const [trace] = filesIn(join(folder, "traces"))[0]?.split("/") ?? [];
  expect(run.out).toContain(join(folder, "traces", trace ?? "", `${trace}.jsonl`));
  expect(filesIn(join(folder, "traces"))).toEqual(
    ["jsonl", "md", "png", "svg"].map((ending) => `${trace}/${trace}.${ending}`),
  );
});

test("the committed snapshot is what the committed protocol compiles to", () => {
  const compiled = pgs(["compile", "--check", "--json", "--workspace", root]);
  expect(compiled.code, compiled.out).toBe(0);
  const current = readFileSync(join(root, "snapshots/current"), "utf8").trim();
  expect(compiled.json()).toMatchObject({ ok: true, snapshot: current, diagnostics: [] });
});

test("compiling in another folder gives the same snapshot, byte for byte (L1)", () => {
  const elsewhere = freshWorkspace();
  const out = join(freshFolder(), "snapshots");
  expect(pgs(["compile", elsewhere, "--out", out]).code).toBe(0);
  expect(filesIn(out).length).toBeGreaterThan(5);
  for (const file of filesIn(out)) {
    const committed = readFileSync(join(root, "snapshots", file));
    expect(readFileSync(join(out, file)).equals(committed), file).toBe(true);
  }
});

test("a workspace elsewhere compiles, runs and examines with the domain platform built in", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const yaml = /```yaml\n# hello\/(\S+)\n([\s\S]*?)```/.exec(readme);
  const folder = freshWorkspace({ [yaml?.[1] ?? "missing"]: yaml?.[2] ?? "" });
  const call = { cwd: folder };
  const compiled = pgs(["compile"], call);
  expect(compiled.code, compiled.err).toBe(0);
  const args = ["run", "--wf", "greeting::WF_GREET_V0", "--payload", "-", "--json"];
  const first = pgs(args, { ...call, input: '{"name":"Ada"}' });
  expect(first.json()).toMatchObject({ outcome: "GREETED", result: { name: "Ada" } });
  const second = pgs(args, { ...call, input: '{"name":"Ada"}' });
  expect(second.json()).toMatchObject({ outcome: "KNOWN" });
  const id = String(first.json().trace_id);
  const examined = pgs(["examine", `traces/${id}/${id}.jsonl`, "--json"], call);
  expect(examined.code, examined.out + examined.err).toBe(0);
  expect(examined.json()).toMatchObject({ trace_id: id, integrity: { ok: true } });
  expect(pgs(["verify", "--state", "--json"], call).json()).toMatchObject({ ok: true });
  expect(pgs(["replay", id, "--mode", "full", "--json"], call).json()).toMatchObject({ ok: true });
});

test("a fault in the README's protocol is named at its line and column, and nothing is written", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const yaml = /```yaml\n# hello\/(\S+)\n([\s\S]*?)```/.exec(readme);
  const broken = (yaml?.[2] ?? "").replace(", ALREADY_EXISTS: known", "");
  const folder = freshWorkspace({ [yaml?.[1] ?? "missing"]: broken });
  const before = filesIn(folder);
  const compiled = pgs(["compile", "--json"], { cwd: folder });
  expect(compiled.code).toBe(3);
  const { diagnostics } = compiled.json() as { diagnostics: { code: string; line: number }[] };
  expect(diagnostics[0]).toMatchObject({ code: "routing/unrouted-outcome", severity: "error" });
  const line = broken.split("\n").findIndex((text) => text.includes("SUCCESS: greeted")) + 1;
  expect(diagnostics[0]?.line).toBe(line);
  expect(filesIn(folder)).toEqual(before);
});

test("the README's approval is pasted into an empty folder, and takes two people with tokens", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, chapter = ""] = readme.split("## Wait, fan out, undo\n");
  const [asking, approving] = [...chapter.matchAll(/```sh\n([\s\S]*?)```/g)].map(
    ([, text]) => text,
  );
  const program = `pgs() { "${process.execPath}" "${join(root, "bin/pgs.cjs")}" "$@"; }`;
  const cwd = freshFolder();
  const pasted = (text = "") =>
    spawnSync("sh", ["-c", `${program}\n${text}`], { encoding: "utf8", cwd });
  const asked = pasted(asking);
  expect(asked.stdout).toContain("WAITING  office::WF_BUY_V0");
  expect(asked.stderr).toContain("signal/requester");
  const approved = pasted(approving);
  expect(approved.stdout).toContain("APPROVE counts at approval: 1 of 2");
  expect(approved.stdout).toMatch(/BOUGHT {2}office::WF_BUY_V0\nresult .*"by":\["ada","bob"\]/);
  expect(approved.status, approved.stderr).toBe(0);
});

test("the help of `pgs run` says what traces of a batch cost", () => {
  expect(pgs(["run", "--help"]).out).toContain("some tens of traces a second");
});

test("the simulator shows its options when asked, and when it was given others", () => {
  const start = [join(root, "test/start.mjs"), "simulator/command.ts"];
  const ran = (option: string) =>
    spawnSync(process.execPath, [...start, option], { encoding: "utf8", cwd: root });
  expect(ran("--help")).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("--seeds <n>"),
  });
  const wrong = ran("--sees");
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toMatch(/^Unknown option '--sees'/);
  expect(wrong.stderr).toContain("--seeds <n>");
  expect(wrong.stderr).not.toContain("    at ");
});
