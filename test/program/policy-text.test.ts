/** `pgs verify` finds a snapshot in which a policy says something else than what it decides. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { canonical } from "../../protocol/language/canonical.ts";
import { sha256 } from "../../protocol/language/digest.ts";
import type { PolicyTable } from "../../protocol/language/governance.ts";
import type { Json } from "../../protocol/language/json.ts";
import { pgs } from "./cli.ts";
import { ask, deskPlace } from "./desk.ts";

/** Every digest of the snapshot holds afterwards; only the policies' texts are others. */
function resealed(folder: string, change: (table: PolicyTable) => unknown): string {
  const current = join(folder, "snapshots/current");
  const id = readFileSync(current, "utf8").trim();
  const at = (path: string) => join(folder, "snapshots", id, path);
  const sealed = (path: string) => JSON.parse(readFileSync(at(path), "utf8"));
  const table = `${canonical(change(sealed("policies.json")) as Json)}\n`;
  writeFileSync(at("policies.json"), table);
  const files = sealed("manifest.json").files.map((file: { readonly path: string }) =>
    file.path === "policies.json"
      ? { ...file, bytes: Buffer.byteLength(table), sha256: sha256(table) }
      : file,
  );
  const manifest = `${canonical({ ...sealed("manifest.json"), files })}\n`;
  writeFileSync(at("manifest.json"), manifest);
  const other = sha256(manifest);
  renameSync(join(folder, "snapshots", id), join(folder, "snapshots", other));
  writeFileSync(current, `${other}\n`);
  return other;
}

/** The desk's second rule lets in letters of a kind; its text is made to bar them. */
function barred(table: PolicyTable): PolicyTable {
  const policies = table.policies.map((policy) => ({
    ...policy,
    statements: policy.statements.map((one) =>
      one.id === "desk::PO_DESK_V0#2" ? { ...one, cedar: one.cedar.replace("==", "!=") } : one,
    ),
  }));
  return { ...table, policies };
}

test("a text that says otherwise is found, though all digests hold", () => {
  const folder = deskPlace();
  const id = resealed(folder, barred);
  const taken = ask(folder, ["--intent", "desk.hand_in"], { input: '{"kind":"café"}' });
  expect(taken.code, taken.err).toBe(0);
  const { code, json } = pgs(["verify", "--json"], { cwd: folder });
  expect(code).toBe(6);
  const { ok, problems } = json() as { ok: boolean; problems: readonly object[] };
  expect(ok).toBe(false);
  expect(problems).toEqual([
    {
      code: "snapshot/policy-text",
      file: null,
      line: null,
      position: null,
      message: expect.stringContaining(`snapshot ${id}: expected a text that says what \`desk::PO`),
    },
  ]);
});

test("a snapshot that only was sealed anew holds", () => {
  const folder = deskPlace();
  resealed(folder, (table) => table);
  ask(folder, ["--intent", "desk.hand_in"], { input: '{"kind":"café"}' });
  const verified = pgs(["verify"], { cwd: folder });
  expect(verified.out).toMatch(/^holds: /m);
  expect(verified.code).toBe(0);
});
