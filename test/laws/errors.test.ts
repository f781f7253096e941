/**
 * Three kinds of error, and no class that serves two of them (L7): the author's fault is a
 * diagnostic, the caller's a refusal, our own an assertion that stops the process.
 */

import { spawnSync } from "node:child_process";
import { cpSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AssertionFailure, invariant } from "../../protocol/language/invariant.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { freshFolder, freshWorkspace, pgs, root } from "../program/cli.ts";

test("an author's fault is a diagnostic with a place, and exit code 3 (L7)", () => {
  const folder = freshWorkspace({
    "protocol/domains/wrong/wrong.yaml": "kind: domain\ncode: other\n",
  });
  const compiled = pgs(["compile", "--json"], { cwd: folder });
  expect(compiled.code).toBe(3);
  const { diagnostics } = compiled.json() as { diagnostics: Record<string, unknown>[] };
  expect(diagnostics[0]).toMatchObject({ file: "protocol/domains/wrong/wrong.yaml", line: 1 });
  expect(compiled.out).not.toContain("refused");
});

test("a caller's fault is a refusal with a code, and exit code 4 (L7)", () => {
  const args = ["run", "--wf", "no::WF_SUCH_V0", "--payload", "-", "--json", "--workspace", root];
  const run = pgs([...args, "--data-root", join(freshFolder(), "data")], { input: "{}" });
  expect(run.code).toBe(4);
  expect(Object.keys(run.json())).toEqual(["refused"]);
});

test("our own fault says so, and stops the process with exit code 1 (L7)", () => {
  const folder = freshFolder();
  for (const part of ["bin", "dist", "protocol", "snapshots", "package.json"]) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  // A program whose font was exchanged cannot draw what it must: that is nobody else's fault.
  writeFileSync(join(folder, "dist/picture-font.ttf"), "no font");
  const payload = join(root, "protocol/domains/blockchain/payloads/register-actor.json");
  const workflow = "blockchain::WF_REGISTER_ACTOR_UNVERIFIED_V0";
  const args = ["run", "--wf", workflow, "--payload", payload, "--workspace", folder];
  const run = spawnSync(process.execPath, [join(folder, "bin/pgs.cjs"), ...args]);
  expect(run.status).toBe(1);
  expect(run.stderr.toString()).toContain("our own fault");
  expect(run.stderr.toString()).toContain("AssertionFailure");
  rmSync(join(folder, "node_modules"));
});

test("an assertion is no refusal, and a refusal no assertion (L7)", () => {
  const assertion = new AssertionFailure("wrong");
  const refusal = new Refusal("usage", "a/code", "no");
  expect(assertion instanceof Refusal).toBe(false);
  expect(refusal instanceof AssertionFailure).toBe(false);
  expect(() => invariant(false, "what should hold")).toThrow(AssertionFailure);
});
