/**
 * Workspaces for tests of a start: one that was compiled once, copied for each, so that exactly one
 * thing can be broken in it; copies of the program to break; and `pgs genesis` in a real process.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshFolder, pgs, type Ran, root } from "./cli.ts";

const GREETING = `kind: domain
code: greeting
summary: Greetings that are given once.
uses: [platform]
---
kind: effect
code: CS_GREETED_V0
summary: Who was greeted, once each.
semantics: registry
store: greeted
key: { type: string, maxLength: 200 }
value: { type: object, required: [name], additionalProperties: false, properties: { name: { type: string, maxLength: 80 } } }
---
kind: workflow
code: WF_GREET_V0
summary: Greet somebody, unless that was done before.
payload:
  type: object
  required: [name]
  additionalProperties: false
  properties: { name: { type: string, maxLength: 80 } }
start: identify
nodes:
  identify:
    transform: platform::CT_CONTENT_ID_V0
    with: { prefix: G, data: $.payload.name }
    on: { SUCCESS: register }
  register:
    effect: CS_GREETED_V0
    op: REGISTER
    with: { key: $.nodes.identify.id, value: { name: $.payload.name } }
    on: { SUCCESS: greeted, ALREADY_EXISTS: known }
exits:
  greeted: { outcome: GREETED, result: { name: $.payload.name } }
  known: { outcome: KNOWN, result: { name: $.payload.name } }
on_fault: { outcome: FAULTED }
`;

export const GREET = "greeting::WF_GREET_V0";

/** A workspace with the domain above, and whatever is added to it; not compiled. */
export function uncompiled(more: Readonly<Record<string, string>> = {}): string {
  const folder = join(freshFolder(), "workspace");
  const domain = join(folder, "protocol/domains/greeting");
  mkdirSync(domain, { recursive: true });
  writeFileSync(join(domain, "greeting.yaml"), GREETING);
  for (const [file, text] of Object.entries(more)) writeFileSync(join(domain, file), text);
  return folder;
}

export function compiled(more: Readonly<Record<string, string>> = {}): string {
  const folder = uncompiled(more);
  const ran = pgs(["compile", "--workspace", folder]);
  expect(ran.code, ran.out + ran.err).toBe(0);
  return folder;
}

let first: string | undefined;

/** A compiled workspace of one's own, in which nothing has run. */
export function workspace(): string {
  first ??= compiled();
  return copyOf(first);
}

export function copyOf(folder: string): string {
  const copy = join(freshFolder(), "workspace");
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** A copy of the built program, to be broken. */
export function programCopy(): string {
  const copy = freshFolder();
  cpSync(join(root, "bin/pgs.cjs"), join(copy, "bin/pgs.cjs"));
  cpSync(join(root, "dist"), join(copy, "dist"), { recursive: true });
  cpSync(join(root, "protocol"), join(copy, "protocol"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly looked: boolean;
  readonly expected: string;
  readonly found: string;
  readonly cause: string | null;
  readonly remedy: string | null;
}

export interface Phase {
  readonly phase: string;
  readonly gate: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly checks: readonly Check[];
}

export interface Genesis {
  readonly code: number | null;
  readonly reached: string;
  readonly phases: readonly Phase[];
}

export interface How {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A copy of the program; the program itself unless told. */
  readonly program?: string;
  /** A script that is run in the process before the program is. */
  readonly before?: string;
}

/** `pgs genesis --json` on a workspace. */
export function genesis(folder: string, how: How = {}): Genesis {
  const { args = [], env = {}, program = root, before } = how;
  const preload = before === undefined ? [] : ["--require", scriptOf(before)];
  const call = [...preload, join(program, "bin/pgs.cjs"), "genesis", "--json", "--wait", "0"];
  const ran = spawnSync(process.execPath, [...call, "--workspace", folder, ...args], {
    env: { ...process.env, NO_COLOR: "1", ...env },
    timeout: 120_000,
  });
  const [out, err] = [ran.stdout.toString(), ran.stderr.toString()];
  expect(err).toBe("");
  return { code: ran.status, ...(JSON.parse(out) as Omit<Genesis, "code">) };
}

function scriptOf(text: string): string {
  const path = join(freshFolder(), "before.cjs");
  writeFileSync(path, text);
  return path;
}

/** Where a start should stop: the gate, the check that is to blame, and its cause. */
export type Stop = readonly [gate: "G1" | "G2" | "G3" | "G4" | "G5", check: string, cause: string];

/** The start stopped there, names the root cause first, and says what to do. */
export function stoppedAt({ code, reached, phases }: Genesis, [gate, name, cause]: Stop): Check {
  const number = Number(gate.slice(1));
  const last = phases.at(-1);
  const [root] = last?.checks ?? [];
  expect({ gate: last?.gate, name: root?.name, cause: root?.cause }, JSON.stringify(last)).toEqual({
    gate,
    name,
    cause,
  });
  expect(code).toBe(10 + number);
  // No phase is claimed of which something was not looked at, though that is to blame on a later gate.
  const claimed = phases.findIndex(({ ok }) => !ok);
  expect(reached).toBe(`Φ${claimed}`);
  expect(last?.phase).toBe(`Φ${number}`);
  const earlier = phases.slice(0, -1).flatMap(({ checks }) => checks);
  expect(earlier.every(({ ok, looked, cause: of }) => ok || (!looked && of === name))).toBe(true);
  expect(root).toMatchObject({ ok: false, looked: true });
  expect(root?.expected).not.toBe("");
  expect(root?.found).not.toBe("");
  expect(root?.remedy).toMatch(/[A-Za-z]/);
  return root as Check;
}

/** `pgs run` of the greeting. */
export function greet(folder: string, name: string, ...more: readonly string[]): Ran {
  const args = ["run", "--workspace", folder, "--wf", GREET, "--payload", "-", "--traces", "none"];
  return pgs([...args, ...more], { input: JSON.stringify({ name }) });
}

/** What is broken, in a workspace of its own or around it, and where the start stops. */
export type Case = readonly [what: string, broken: (folder: string) => How | undefined, stop: Stop];

export function check(cases: readonly Case[]): void {
  test.each(cases)("%s", (_, broken, stop) => {
    const folder = workspace();
    const how = broken(folder);
    stoppedAt(genesis(folder, how ?? {}), stop);
  });
}

/** With a data root in which something has run, left cleanly. */
let ran: string | undefined;
export function lived(): string {
  if (ran === undefined) {
    ran = workspace();
    expect(greet(ran, "Ada").code).toBe(0);
  }
  return copyOf(ran);
}

interface Line {
  readonly type: string;
  readonly trace: string;
  readonly [member: string]: unknown;
}

export function recordsIn(folder: string): readonly Line[] {
  const path = join(folder, "data/ledger/00000001.jsonl");
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Line);
}
