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

const FILE = "pgs.config.yaml";
const BAD_CONFIG = 12;
const BAD_FLAG = 2;

interface Case {
  readonly file?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly code: string;
  readonly place: string;
  /** In the message, or in the hint. */
  readonly says: string;
}

const big = `# ${"x".repeat(1024 * 1024)}\n`;

const CASES: Readonly<Record<string, Case>> = {
  "an unknown key": {
    file: "wait_seconds: 1\ndata_rot: data\n",
    code: "config/unknown-key",
    place: `${FILE}:2:1`,
    says: "Did you mean `data_root`?",
  },
  "an unknown key inside": {
    file: "batch:\n  concurency: 3\n",
    code: "config/unknown-key",
    place: `${FILE}:2:3`,
    says: "Did you mean `concurrency`?",
  },
  "a key in the wrong place": {
    file: "tenant: acme\n",
    code: "config/unknown-key",
    place: `${FILE}:1:1`,
    says: "Did you mean `operator.tenant`?",
  },
  "a key that is like no other": {
    file: "colour: always\n",
    code: "config/unknown-key",
    place: `${FILE}:1:1`,
    says: "Keys that may stand here: `data_root`",
  },
  "a text for a number": {
    file: 'batch: { concurrency: "8" }\n',
    code: "config/wrong-type",
    place: `${FILE}:1:23`,
    says: "expected an integer from 1 to 1024, found the text `8`",
  },
  "a number for a text": {
    file: "data_root: 5\n",
    code: "config/wrong-type",
    place: `${FILE}:1:12`,
    says: "expected a folder, found `5`",
  },
  "a fraction for an integer": {
    file: "batch: { concurrency: 1.5 }\n",
    code: "config/wrong-type",
    place: `${FILE}:1:23`,
    says: "found `1.5`",
  },
  "a list for a text": {
    file: "snapshot: [a]\n",
    code: "config/wrong-type",
    place: `${FILE}:1:11`,
    says: "found a list",
  },
  "a value for a mapping": {
    file: "operator: root\n",
    code: "config/wrong-type",
    place: `${FILE}:1:11`,
    says: "expected a mapping, found the text `root`",
  },
  "a mapping for a value": {
    file: "wait_seconds: { seconds: 5 }\n",
    code: "config/wrong-type",
    place: `${FILE}:1:15`,
    says: "found a mapping",
  },
  null: {
    file: "traces_dir: null\n",
    code: "config/wrong-type",
    place: `${FILE}:1:13`,
    says: "expected a folder, found nothing",
  },
  "a number out of bounds": {
    file: "wait_seconds: -1\n",
    code: "config/bad-value",
    place: `${FILE}:1:15`,
    says: "expected a number from 0 to 86400, found `-1`",
  },
  "a word that is none of those": {
    file: "batch:\n  traces: some\n",
    code: "config/bad-value",
    place: `${FILE}:2:11`,
    says: "expected one of `all`, `failed`, `none`",
  },
  "an empty folder": {
    file: 'data_root: ""\n',
    code: "config/bad-value",
    place: `${FILE}:1:12`,
    says: "found an empty text",
  },
  "a folder with a NUL": {
    file: 'data_root: "a\\0b"\n',
    code: "config/bad-value",
    place: `${FILE}:1:12`,
    says: "expected a folder",
  },
  "a tenant that is a path": {
    file: "operator: { tenant: ../other }\n",
    code: "config/bad-value",
    place: `${FILE}:1:21`,
    says: "expected a tenant's name, found the text `../other`",
  },
  "a tenant that is a device": {
    file: "operator: { tenant: con }\n",
    code: "config/bad-value",
    place: `${FILE}:1:21`,
    says: "found the text `con`",
  },
  "a principal with a line break": {
    file: 'operator: { principal: "a\\nb" }\n',
    code: "config/bad-value",
    place: `${FILE}:1:24`,
    says: "expected a principal's name",
  },
  "a text for a list of roles": {
    file: "operator: { roles: clerk }\n",
    code: "config/wrong-type",
    place: `${FILE}:1:20`,
    says: "expected a list of roles, found the text `clerk`",
  },
  "a role that is no word": {
    file: "operator:\n  roles:\n    - clerk\n    - Chief Clerk\n",
    code: "config/bad-value",
    place: `${FILE}:4:7`,
    says: "expected a role, found the text `Chief Clerk`",
  },
  "a role twice": {
    file: "operator: { roles: [a, b, a] }\n",
    code: "config/bad-value",
    place: `${FILE}:1:20`,
    says: "expected each of them once, found the text `a` twice",
  },
  "an attribute that only the runtime gives": {
    file: "operator:\n  attributes:\n    floor: 2\n    identity: runtime\n",
    code: "config/bad-value",
    place: `${FILE}:4:5`,
    says: "expected an attribute's name, found the text `identity`",
  },
  "roles in a variable with an empty one": {
    env: { PGS_OPERATOR_ROLES: "clerk,,auditor" },
    code: "config/bad-value",
    place: "`PGS_OPERATOR_ROLES`",
    says: "expected a role, found an empty text",
  },
  "attributes in a variable that are no JSON": {
    env: { PGS_OPERATOR_ATTRIBUTES: '{"floor":1,"floor":2}' },
    code: "config/wrong-type",
    place: "`PGS_OPERATOR_ATTRIBUTES`",
    says: "expected a mapping",
  },
  "a tenant of the runtime's own": {
    file: "operator: { tenant: _genesis }\n",
    code: "config/bad-value",
    place: `${FILE}:1:21`,
    says: "expected a tenant's name, found the text `_genesis`",
  },
  "a clock skew that would take everything": {
    file: "identity: { clock_skew_seconds: 86400 }\n",
    code: "config/bad-value",
    place: `${FILE}:1:33`,
    says: "expected an integer from 0 to 300",
  },
  "an address to fetch keys from": {
    file: "identity: { jwks_uri: https://a.example/keys }\n",
    code: "config/unknown-key",
    place: `${FILE}:1:13`,
    says: "`jwks_file`",
  },
  "a session that is no text": {
    file: "session: 5\n",
    code: "config/wrong-type",
    place: `${FILE}:1:10`,
    says: "found something else (not shown: it is a secret)",
  },
  "a session with a space": {
    env: { PGS_SESSION: "s3cret and more" },
    code: "config/bad-value",
    place: "`PGS_SESSION`",
    says: "found something else (not shown: it is a secret)",
  },
  "a duplicate key": {
    file: "wait_seconds: 1\nwait_seconds: 2\n",
    code: "config/bad-yaml",
    place: `${FILE}:2:1`,
    says: "pgs explain parse/duplicate-key",
  },
  "a tab": {
    file: "batch:\n\tconcurrency: 1\n",
    code: "config/bad-yaml",
    place: `${FILE}:2:1`,
    says: "pgs explain parse/tab-indent",
  },
  "an anchor": {
    file: "data_root: &a data\n",
    code: "config/bad-yaml",
    place: `${FILE}:1:12`,
    says: "pgs explain parse/anchor",
  },
  "a word that readers of YAML take for several things": {
    file: "snapshot: 010\n",
    code: "config/bad-yaml",
    place: `${FILE}:1:11`,
    says: "pgs explain parse/ambiguous-value",
  },
  "a list for everything": {
    file: "- wait_seconds: 1\n",
    code: "config/bad-yaml",
    place: `${FILE}:1:1`,
    says: "expected a mapping of settings, found a list",
  },
  "two documents": {
    file: "wait_seconds: 1\n---\nwait_seconds: 2\n",
    code: "config/bad-yaml",
    place: `${FILE}:3:1`,
    says: "expected one document",
  },
  "bytes that are not UTF-8": {
    file: Uint8Array.of(0x61, 0x3a, 0x20, 0xff),
    code: "config/bad-yaml",
    place: `${FILE}:1:4`,
    says: "pgs explain load/not-utf8",
  },
  "a file that is too large": {
    file: big,
    code: "config/too-large",
    place: `${FILE}:1:1`,
    says: "expected at most 1048576 bytes",
  },
  "an unknown variable": {
    env: { PGS_DATAROOT: "data" },
    code: "config/unknown-variable",
    place: "`PGS_DATAROOT`",
    says: "Did you mean `PGS_DATA_ROOT`?",
  },
  "a variable that is like no other": {
    env: { PGS_EDITOR: "ed" },
    code: "config/unknown-variable",
    place: "`PGS_EDITOR`",
    says: "pgs config show --help",
  },
  "a variable with a text for a number": {
    env: { PGS_BATCH_CONCURRENCY: "0x10" },
    code: "config/wrong-type",
    place: "`PGS_BATCH_CONCURRENCY`",
    says: "found the text `0x10`",
  },
  "a variable out of bounds": {
    env: { PGS_WAIT_SECONDS: "1e9" },
    code: "config/bad-value",
    place: "`PGS_WAIT_SECONDS`",
    says: "found `1000000000`",
  },
  "an empty variable": {
    env: { PGS_SNAPSHOT: "" },
    code: "config/bad-value",
    place: "`PGS_SNAPSHOT`",
    says: "found an empty text",
  },
  "an empty workspace": {
    env: { PGS_WORKSPACE: "" },
    code: "config/bad-value",
    place: "`PGS_WORKSPACE`",
    says: "expected a folder",
  },
  "a flag with a text for a number": {
    args: ["--wait", "soon"],
    code: "config/wrong-type",
    place: "`--wait`",
    says: "found the text `soon`",
  },
  "a flag out of bounds": {
    args: ["--batch", "-", "--concurrency", "1025"],
    code: "config/bad-value",
    place: "`--concurrency`",
    says: "found `1025`",
  },
  "an empty flag": {
    args: ["--data-root", ""],
    code: "config/bad-value",
    place: "`--data-root`",
    says: "found an empty text",
  },
  "an empty workspace as a flag": {
    args: ["--workspace", ""],
    code: "config/bad-value",
    place: "`--workspace`",
    says: "expected a folder",
  },
};

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
    fc.constantFrom("all", "none", "some", "default", "con", "../up", "a/b", "Ada", "a@b", "x y"),
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
