/** What is proven of a workflow, as a person asks for it: paths, bounds, and what changed. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshWorkspace, pgs } from "./cli.ts";

const DIAMONDS = 40;

/** Tables in a line, each about something of its own: every one doubles the paths. */
function diamonds(): string {
  const nodes = Array.from({ length: DIAMONDS }, (_, at) => {
    const next = at + 1 < DIAMONDS ? `n${at + 1}` : "done";
    const routes = `{ "LOW": ${next}, "HIGH": ${next} }`;
    const rows = `[{ when: { maximum: ${at} }, outcome: "LOW" }, { otherwise: "HIGH" }]`;
    return `  n${at}: { decide: ${rows}, with: $.payload.a${at}, on: ${routes} }\n`;
  });
  const names = Array.from({ length: DIAMONDS }, (_, at) => `a${at}`);
  const properties = names.map((name) => `${name}: { type: integer }`).join(", ");
  return `kind: workflow
code: WF_DIAMONDS_V0
summary: Forty tables.
payload: { type: object, required: [${names.join(", ")}], properties: { ${properties} } }
start: n0
nodes:
${nodes.join("")}exits:
  done: { outcome: SUCCESS }
on_fault: { outcome: FAULTED }
`;
}

const EXAMPLE = `kind: domain
code: example
summary: An example.
---
kind: effect
code: CS_MEMBERS_V0
summary: Who has joined, each once.
semantics: registry
store: members
key: { type: string }
value: { type: object }
---
kind: workflow
code: WF_JOIN_V0
summary: Take somebody in who is old enough.
payload:
  type: object
  required: [name, age]
  additionalProperties: false
  properties: { name: { type: string, minLength: 1 }, age: { type: integer, minimum: 0, maximum: 150 } }
start: grown
nodes:
  grown:
    decide:
      - { when: { minimum: 18 }, outcome: "YES" }
      - otherwise: "NO"
    with: $.payload.age
    on: { "YES": senior, "NO": refused }
  senior:
    decide:
      - { when: { maximum: 12 }, outcome: CHILD }
      - otherwise: GROWN
    with: $.payload.age
    on: { CHILD: refused, GROWN: enter }
  enter:
    effect: CS_MEMBERS_V0
    op: REGISTER
    with: { key: $.payload.name, value: {} }
    on: { SUCCESS: rest, ALREADY_EXISTS: known }
  rest:
    await: { after: P1DT12H }
    on: { ELAPSED: joined }
exits:
  joined: { outcome: SUCCESS }
  known: { outcome: ALREADY_EXISTS }
  refused: { outcome: REFUSED }
on_fault: { outcome: FAULTED }
---
${diamonds()}`;

const FILE = "protocol/domains/example/example.yaml";
const workspace = freshWorkspace({ [FILE]: EXAMPLE });
const ask = (...args: string[]) => pgs(args, { cwd: workspace });
const compiled = ask("compile", "--json");

test("a trillion paths are counted, and the first of them listed", () => {
  expect(compiled.json()).toMatchObject({ ok: true });
  const told = ask("paths", "WF_DIAMONDS_V0", "--json").json();
  expect(told.declared).toBe(String(2 ** DIAMONDS));
  const listed = ask("paths", "WF_DIAMONDS_V0", "--list", "--max", "2", "--json").json();
  expect(listed).toMatchObject({
    listed: { complete: false, paths: [{ outcome: "SUCCESS" }, {}] },
  });
  expect(ask("paths", "WF_DIAMONDS_V0").out).toContain("1,099,511,627,776");
});

test("paths that decisions exclude are told apart, and not listed", () => {
  const { out, code } = ask("paths", "example::WF_JOIN_V0", "--list");
  expect(code).toBe(0);
  expect(out).toMatch(/^all +4 +\d+ +3 +\d+$/m);
  expect(out).toContain("1. 1 step to refused (REFUSED)\n   grown NO\n2. 3 steps to known");
  expect(out).not.toContain("senior CHILD");
  expect(out).toContain("these are all");
  const faulted = ask("paths", "WF_JOIN_V0", "--outcome", "FAULTED", "--max", "1").out;
  expect(faulted).toContain("refused VIOLATION");
});

test("bounds are shown by outcome", () => {
  const { out } = ask("bounds", "WF_JOIN_V0");
  expect(out).toMatch(/^SUCCESS +1 +0 +0 +1 +P1DT12H$/m);
  expect(out).toMatch(/^ALREADY_EXISTS +0 +0 +0 +0 +PT0S$/m);
  expect(out).toMatch(/^counted in: [1-9][0-9]* paths? that no run takes/m);
  expect(ask("bounds", "WF_JOIN_V0", "--json").json()).toMatchObject({
    workflow: "example::WF_JOIN_V0",
    any: { writes: { least: 0, most: 1 }, waits: { least: 0, most: 1 }, time_ms: 129_600_000 },
    infeasible_paths: expect.stringMatching(/^[1-9][0-9]*$/),
  });
});

test("what is proven stands in the snapshot", () => {
  const id = readFileSync(join(workspace, "snapshots/current"), "utf8").trim();
  const proofs = JSON.parse(readFileSync(join(workspace, "snapshots", id, "proofs.json"), "utf8"));
  expect(proofs.paths["example::WF_JOIN_V0"]).toMatchObject({
    declared: "4",
    feasible: { declared: "3" },
  });
  expect(proofs.bounds["example::WF_JOIN_V0"].outcomes.SUCCESS.waits).toEqual({
    least: 1,
    most: 1,
  });
});

test("a mistyped name is refused with what was meant", () => {
  for (const command of ["paths", "bounds"]) {
    const { code, err } = ask(command, "WF_JOIM_V0");
    expect([code, err]).toEqual([2, expect.stringContaining("Did you mean `WF_JOIN_V0`?")]);
  }
  const outcome = ask("paths", "WF_JOIN_V0", "--outcome", "REFUSE");
  expect([outcome.code, outcome.err]).toEqual([2, expect.stringContaining("`REFUSED`")]);
  const part = ask("paths", "WF_JOIN_V0", "--part", "each");
  expect([part.code, part.err]).toEqual([2, expect.stringContaining("There are none.")]);
  for (const max of ["0", "1001", "x", "1e2"]) {
    expect(ask("paths", "WF_JOIN_V0", "--max", max).code).toBe(2);
  }
});

test("what changed between two snapshots is told, and what breaks has an exit code", () => {
  const text = EXAMPLE.replace("refused: { outcome: REFUSED }", "refused: { outcome: TOO_YOUNG }");
  writeFileSync(join(workspace, FILE), text);
  const [old] = readdirSync(join(workspace, "snapshots")).filter((name) => name.length === 64);
  expect(ask("compile").code).toBe(0);
  const same = ask("diff", "current", "current");
  expect([same.code, same.out]).toEqual([0, "compatible\n"]);
  const other = ask("diff", old ?? "", "current");
  expect(other.code).toBe(3);
  expect(other.out).toContain("breaking: 2 reasons");
  expect(other.out).toContain("it may end in `TOO_YOUNG`, which no caller routes (outcome-added)");
  expect(other.out).toContain("    + grown NO → TOO_YOUNG");
  const byPrefix = ask("diff", (old ?? "").slice(0, 12), "current", "--json");
  expect(byPrefix.json()).toMatchObject({ before: old, verdict: "breaking" });
  expect(ask("diff", "0123456789", "current").code).toBe(2);
});
