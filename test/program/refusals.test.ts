/** What the caller does wrong is refused with a code, a place and an exit code; nothing is written. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshFolder, pgs, root } from "./cli.ts";

const WORKFLOW = "blockchain::WF_REGISTER_ACTOR_UNVERIFIED_V0";
const actor = (more: string) =>
  `{"actor_record":{"first_name":"A","last_name":"B","email_registration":"a@b.example"${more}}}`;

const payloads: readonly (readonly [string, string | Uint8Array, string, string | null])[] = [
  ["text that is not JSON", "{actor_record: 1}", "payload/syntax", ""],
  ["an empty input", "", "payload/syntax", ""],
  [
    "a duplicate key",
    actor(',"first_name":"C"'),
    "payload/duplicate-key",
    "/actor_record/first_name",
  ],
  ["__proto__", actor(',"__proto__":{}'), "payload/forbidden-key", "/actor_record"],
  ["depth 10,000", "[".repeat(10_000), "payload/too-deep", null],
  [
    "a number beyond double precision",
    '{"actor_record":1e400}',
    "payload/number-range",
    "/actor_record",
  ],
  ["a lone surrogate", '{"actor_record":"\\ud800"}', "payload/lone-surrogate", "/actor_record"],
  ["100 MB", new Uint8Array(100 * 1024 * 1024).fill(0x20), "payload/too-large", ""],
  ["bytes that are not UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "payload/not-utf8", ""],
  ["a missing property", "{}", "payload/unfit", null],
  ["a property that nobody asked for", `{"more":1,${actor("").slice(1)}`, "payload/unfit", null],
];

for (const [what, input, code, pointer] of payloads) {
  test(`a payload with ${what} is refused`, () => {
    const dataRoot = join(freshFolder(), "data");
    const place = ["--data-root", dataRoot, "--workspace", root];
    const run = pgs(["run", "--wf", WORKFLOW, "--payload", "-", "--json", ...place], { input });
    expect(run.code, run.err).toBe(4);
    const { refused } = run.json() as {
      refused: { code: string; problems: { pointer: string }[] };
    };
    expect(refused.code).toBe(code);
    if (pointer !== null) expect(refused.problems[0]?.pointer).toBe(pointer);
    expect(existsSync(join(dataRoot, "ledger", "00000001.jsonl"))).toBe(false);
  });
}

for (const id of [
  "../up",
  "/etc/passwd",
  "a/b",
  "a\\b",
  "",
  ".",
  "CON",
  "x".repeat(300),
  "a\u0001b",
]) {
  test(`the trace id ${JSON.stringify(id).slice(0, 20)} is refused`, () => {
    const place = ["--data-root", join(freshFolder(), "data"), "--workspace", root];
    const run = pgs(
      ["run", "--wf", WORKFLOW, "--payload", "-", "--trace-id", id, "--json", ...place],
      {
        input: actor(""),
      },
    );
    expect(run.code).toBe(4);
    expect(run.json()).toMatchObject({ refused: { code: "trace/bad-id" } });
  });
}

test("an input without end is refused as soon as it is too large", () => {
  const place = `--data-root ${join(freshFolder(), "data")} --workspace ${root}`;
  const command = `yes | ${process.execPath} ${join(root, "bin/pgs.cjs")} run --wf ${WORKFLOW} --payload - ${place}`;
  const run = spawnSync("sh", ["-c", command], { timeout: 60_000 });
  expect(run.status).toBe(4);
  expect(run.stderr.toString()).toContain("payload/too-large");
});

test("a command that was mistyped is named, with the one that was meant", () => {
  const run = pgs(["complie"]);
  expect(run.code).toBe(2);
  expect(run.err).toContain("compile");
});

test("an option that was mistyped is named, with the one that was meant", () => {
  const run = pgs(["run", "--worksapce", "."]);
  expect(run.code).toBe(2);
  expect(run.err).toContain("--workspace");
});

test("a workflow that was mistyped is refused, with the one that was meant", () => {
  const place = ["--data-root", join(freshFolder(), "data"), "--workspace", root];
  const wrong = WORKFLOW.replace("ACTOR", "ACTER");
  const run = pgs(["run", "--wf", wrong, "--payload", "-", ...place], { input: actor("") });
  expect(run.code).toBe(4);
  expect(run.err).toContain(WORKFLOW);
});

test("a payload file that is not there is refused as wrong use", () => {
  const run = pgs(["run", "--wf", WORKFLOW, "--payload", "nowhere.json", "--workspace", root]);
  expect(run.code).toBe(2);
  expect(run.err).toContain("nowhere.json");
});

test("a workspace that was never compiled says what to do", () => {
  const folder = freshFolder();
  const run = pgs(["run", "--wf", WORKFLOW, "--payload", "-"], { cwd: folder, input: "{}" });
  expect(run.code).toBe(2);
  expect(run.err).toContain("pgs compile");
});

test("a code that was mistyped is refused, with the one that was meant", () => {
  const run = pgs(["explain", "routing/unruted-outcome"]);
  expect(run.code).toBe(2);
  expect(run.err).toContain("routing/unrouted-outcome");
});

test("a payload that cannot be taken says what was found and what to do", () => {
  const place = ["--data-root", join(freshFolder(), "data"), "--workspace", root];
  const run = (payload: string, input: string | Uint8Array = "") =>
    pgs(["run", "--wf", WORKFLOW, "--payload", payload, ...place], { input });
  const latin1 = run("-", Uint8Array.of(0x7b, 0x22, 0xe9, 0x22, 0x7d));
  expect(latin1.err).toContain("expected UTF-8, found bytes that are none, at byte 3 from 0");
  expect(latin1.err).toContain("Save the payload as UTF-8");
  const folder = freshFolder();
  for (const [path, found] of [
    [folder, "found a folder"],
    ["/dev/null", "found a device"],
    [join(folder, "none"), "found nothing there"],
  ] as const) {
    const ran = run(path);
    expect(ran.code, ran.err).toBe(2);
    expect(ran.err).toContain(found);
    expect(ran.err).toContain("Name a file that holds the payload");
  }
});

test("a ledger that does not hold says what happened and what to do, and stays as it is", () => {
  const damages: readonly (readonly [string, string, (text: string) => string])[] = [
    ["ledger/truncated", "has lost its end", (text) => text.slice(0, text.indexOf("\n") + 1)],
    ["line/", "damaged or was edited", (text) => text.replace('"principal":"o', '"principal":"a')],
  ];
  for (const [code, happened, damage] of damages) {
    const dataRoot = join(freshFolder(), "data");
    const place = ["--data-root", dataRoot, "--workspace", root, "--traces", "none"];
    const run = () => pgs(["run", "--wf", WORKFLOW, "--payload", "-", ...place], { input });
    const input = actor("");
    expect(run().code).toBe(0);
    const path = join(dataRoot, "ledger", "00000001.jsonl");
    writeFileSync(path, damage(readFileSync(path, "utf8")));
    const before = readFileSync(path);
    const ran = run();
    expect(ran.code, ran.err).toBe(6);
    for (const said of [code, happened, "`pgs verify`", "restore"]) expect(ran.err).toContain(said);
    expect(readFileSync(path)).toEqual(before);
  }
});
