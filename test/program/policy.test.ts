/** Intents and policies as an author meets them: compiled, listed, and tried, with the exit codes. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { protocolText } from "../compiler/policy/protocol.ts";
import { freshFolder, pgs } from "./cli.ts";

const CASE = (name: string, age: number, expected: string) => `
  - principal: { name: ${name}, roles: [porter] }
    tenant: town
    intent: club.join
    payload: { name: n, age: ${age} }
    expect: ${expected}`;

const table = (...cases: readonly string[]) =>
  `---\nkind: decisions\ncode: DT_JOIN_V0\nsummary: Who may join.\ncases:${cases.join("")}\n`;

function workspaceWith(more: string, guard?: string): string {
  const folder = freshFolder();
  mkdirSync(join(folder, "protocol/domains/example"), { recursive: true });
  const intent = "requires: { roles: [porter] }";
  const text = protocolText({ intent, more, ...(guard === undefined ? {} : { guard }) });
  writeFileSync(join(folder, "protocol/domains/example/example.yaml"), text);
  return folder;
}

const ADULTS = "permit(principal, action, resource) when { context.payload.age >= 18 };";

test("the sealed intents are listed, for a person and for a program", () => {
  const folder = workspaceWith("");
  expect(pgs(["compile", folder]).code).toBe(0);
  const { out, code } = pgs(["list", "intents", "--workspace", folder]);
  expect(code).toBe(0);
  expect(out.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["type", "workflow", "roles", "summary"],
    ["club.join", "example::WF_JOIN_V0", "porter", "Join the club."],
    ["pgs.boot", "platform::WF_COHERENCE_V0", "-", expect.any(String)],
    [""],
  ]);
  const listed = pgs(["list", "intents", "--workspace", folder, "--json"]).json();
  expect(listed).toMatchObject({
    intents: [
      {
        type: "club.join",
        intent: "example::IN_JOIN_V0",
        policies: ["example::PO_GUARD_V0", "example::PO_MANAGER_V0", "example::PO_STEWARD_V0"],
      },
      { type: "pgs.boot" },
    ],
  });
});

test("cases that are decided as expected pass, and nothing is written", () => {
  const folder = workspaceWith(table(CASE("ada", 20, "allow"), CASE("tim", 9, "deny")), ADULTS);
  const { code, out, err } = pgs(["policy", "test", "--workspace", folder]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/^ok +protocol\/domains\/example\/example.yaml:\d+ +ada .* allow +allow /m);
  expect(out).toMatch(/security_guard permits nothing of it$/m);
  expect(out).toContain("as expected: 2 cases");
  expect(pgs(["list", "intents", "--workspace", folder]).code).toBe(2);
});

test("a case that is decided otherwise is shown, and ends with 3", () => {
  const folder = workspaceWith(table(CASE("tim", 9, "allow"), CASE("ada", 20, "allow")), ADULTS);
  const { code, out } = pgs(["policy", "test", "--workspace", folder]);
  expect(code).toBe(3);
  expect(out).toMatch(/^DIFFERS .* tim .* allow +deny /m);
  expect(out).toContain("not as expected: 1 of 2 cases");
  const asked = pgs(["policy", "test", "--workspace", folder, "--json"]);
  expect(asked.code).toBe(3);
  expect(asked.json()).toMatchObject({
    ok: false,
    cases: [
      { ok: false, expect: "allow", decision: "deny", table: "example::DT_JOIN_V0" },
      { ok: true, decision: "allow", rulings: [{ role: "security_guard" }, {}, {}] },
    ],
  });
});

test("the policies of a sealed snapshot are asked where it is named", () => {
  const folder = workspaceWith(table(CASE("tim", 9, "deny")));
  const { snapshot } = pgs(["compile", folder, "--json"]).json() as { snapshot: string };
  const file = join(folder, "protocol/domains/example/example.yaml");
  const intent = "requires: { roles: [porter] }";
  const more = table(CASE("tim", 9, "deny"));
  writeFileSync(file, protocolText({ intent, guard: ADULTS, more }));
  const ask = (...args: readonly string[]) => pgs(["policy", "test", ...args]).code;
  expect(ask("--workspace", folder)).toBe(0);
  expect(ask("--workspace", folder, "--snapshot", snapshot)).toBe(3);
});

test("without a case there is nothing that could hold, and that is said", () => {
  const folder = workspaceWith("");
  const { code, err } = pgs(["policy", "test", "--workspace", folder]);
  expect(code).toBe(2);
  expect(err).toContain("policy/no-cases");
  const wrong = workspaceWith(table(CASE("tim", 9, "deny")), "permit(principal, action);");
  const refused = pgs(["policy", "test", "--workspace", wrong]);
  expect(refused.code).toBe(3);
  expect(refused.err).toContain("policy/bad-syntax");
  expect(refused.out).toContain("no case was tried");
});
