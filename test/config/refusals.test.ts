/**
 * What is wrong in a source of the configuration is refused by every command, with its place, what
 * was expected and found, and an exit code that tells a flag from the rest; nothing is written.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { acquire } from "../../bin/config/config.ts";
import { SETTINGS, type Setting, typed } from "../../bin/config/settings.ts";
import { quietIo } from "../../bin/io.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { contents, filesIn, freshFolder, pgs } from "../program/cli.ts";
import { CASES, type Case, FILE } from "./wrong-sources.ts";

const BAD_CONFIG = 12;
const BAD_FLAG = 2;

const RUN = ["run", "--wf", "a::WF_A_V0", "--payload", "-", "--json"];

interface Refused {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly problems: readonly {
    readonly place: string;
    readonly message: string;
    readonly origin: { readonly kind: string; readonly line?: number };
  }[];
}

function refusedIn(cwd: string, { args = [], env = {} }: Partial<Case>) {
  const ran = pgs([...RUN, ...args], { cwd, env, input: "{}" });
  return { ran, refused: (ran.json() as unknown as { refused: Refused }).refused };
}

for (const [what, one] of Object.entries(CASES)) {
  test(`${what} is refused where it stands`, () => {
    const cwd = freshFolder();
    if (one.file !== undefined) writeFileSync(join(cwd, FILE), one.file);
    const before = contents(cwd);
    const { ran, refused } = refusedIn(cwd, one);
    expect(ran.code, ran.out).toBe(one.args === undefined ? BAD_CONFIG : BAD_FLAG);
    expect(refused.code).toBe(one.code);
    const [first] = refused.problems;
    expect(first?.place).toBe(one.place);
    expect(refused.message).toBe(`${one.place}: ${first?.message}`);
    expect(`${refused.message}\n${refused.hint}`).toContain(one.says);
    expect(ran.out + ran.err).not.toContain("s3cret");
    expect(contents(cwd)).toEqual(before);
  });
}

test("all that is wrong is told at once, the file in its order, then the environment", () => {
  const cwd = freshFolder();
  writeFileSync(join(cwd, FILE), "zzz: 1\nwait_seconds: x\nbatch:\n  concurrency: 0\n  y: 1\n");
  const env = { PGS_BATCH_TRACES: "some", PGS_X: "1" };
  const { refused } = refusedIn(cwd, { env });
  expect(refused.problems.map(({ place }) => place)).toEqual([
    `${FILE}:1:1`,
    `${FILE}:2:15`,
    `${FILE}:4:16`,
    `${FILE}:5:3`,
    "`PGS_X`",
    "`PGS_BATCH_TRACES`",
  ]);
  expect(refused.problems[1]?.origin).toMatchObject({ kind: "file", line: 2, column: 15 });
  const { err } = pgs(RUN.slice(0, -1), { cwd, env });
  for (const { place, message } of refused.problems) expect(err).toContain(`${place}: ${message}`);
});

test("what is no file, cannot be read, or is misnamed is never passed over", () => {
  const cases: readonly (readonly [string, (path: string) => void])[] = [
    ["config/not-a-file", (path) => mkdirSync(path)],
    ["config/not-a-file", (path) => execFileSync("mkfifo", [path])],
    ["config/unreadable", (path) => symlinkSync("nowhere", path)],
    ["config/wrong-name", (path) => writeFileSync(path.replace("yaml", "yml"), "")],
    ["config/wrong-name", (path) => writeFileSync(path.replace("yaml", "json"), "{}")],
  ];
  for (const [code, make] of cases) {
    const cwd = freshFolder();
    make(join(cwd, FILE));
    const { ran, refused } = refusedIn(cwd, {});
    expect([ran.code, refused.code]).toEqual([BAD_CONFIG, code]);
  }
});

test.skipIf(process.getuid?.() === 0)("a file of somebody else's is told as unreadable", () => {
  const cwd = freshFolder();
  writeFileSync(join(cwd, FILE), "");
  chmodSync(join(cwd, FILE), 0);
  expect(refusedIn(cwd, {}).refused.code).toBe("config/unreadable");
});

test("a file of nothing but comments says nothing", () => {
  const cwd = freshFolder();
  for (const text of ["", "# data_root: elsewhere\n"]) {
    writeFileSync(join(cwd, FILE), text);
    const ran = pgs(["config", "show", "--json"], { cwd });
    expect(ran.code, ran.out).toBe(0);
    const { settings } = ran.json() as { settings: { origin: { kind: string } }[] };
    expect(new Set(settings.map(({ origin }) => origin.kind))).toEqual(new Set(["default"]));
  }
});

test("every command that works in a workspace reads its configuration", () => {
  const cwd = freshFolder();
  writeFileSync(join(cwd, FILE), "wait: 1\n");
  const all = [
    ["compile"],
    RUN,
    ["examine", "x"],
    ["replay", "x"],
    ["verify"],
    ["rebuild"],
    ["list"],
    ["session", "list"],
    ["session", "create"],
    ["config", "show"],
  ];
  for (const args of all) {
    const ran = pgs(args, { cwd, input: "{}" });
    expect(ran.code, args.join(" ")).toBe(BAD_CONFIG);
    expect(ran.out + ran.err).toContain(`${FILE}:1:1: unknown key \`wait\``);
  }
  expect(filesIn(cwd)).toEqual([FILE]);
  expect(pgs(["explain"], { cwd }).code).toBe(0);
});

/** The code with which one source refuses a text for a setting; null where it takes it. */
async function verdict(
  setting: Setting,
  text: string,
  source: "file" | "environment" | "flag",
): Promise<string | null> {
  const cwd = freshFolder();
  const environment = source === "environment" ? { [setting.variable]: text } : {};
  if (source === "file") {
    const value = JSON.stringify(typed(text, setting));
    const inner = setting.path.map((step) => `{ ${step}: `).join("");
    writeFileSync(join(cwd, FILE), `${inner}${value} ${"}".repeat(setting.path.length)}\n`);
  }
  const flags = source === "flag" ? { [setting.key]: text } : {};
  try {
    await acquire(undefined, flags, { ...quietIo(cwd), environment });
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

test("whatever one source takes for a setting, the others take, and refuse alike", async () => {
  const text = fc.oneof(
    fc.constantFrom("0", "1", "64", "1024", "1025", "-1", "1.5", "05", "1e3", "1e999", "", " 1"),
    fc.constantFrom(
      "all",
      "none",
      "some",
      "default",
      "con",
      "../up",
      "a/b",
      "Ada",
      "a@b",
      "x y",
      "post_office",
    ),
    fc.string({ maxLength: 12, unit: "grapheme-ascii" }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...SETTINGS), text, async (setting, given) => {
      const file = await verdict(setting, given, "file");
      expect(await verdict(setting, given, "environment")).toBe(file);
      if (setting.flag !== undefined) expect(await verdict(setting, given, "flag")).toBe(file);
    }),
    { numRuns: 300 },
  );
});
