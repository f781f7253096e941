/**
 * A command that is called in a thread says, byte for byte, what it says in a process of its own: the
 * same exit code, output, errors and files. The other tests of this folder rest on it.
 */
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Call, contents, pgs, pgsProcess, type Ran, root } from "./cli.ts";
import { ask, deskPlace } from "./desk.ts";
import { mayStay, RESIDENT } from "./resident.ts";

const WORKFLOW = "desk::WF_TAKE_V0";

let folder: string;
let trace: string;
beforeAll(() => {
  folder = deskPlace();
  const taken = ask(folder, ["--intent", "desk.hand_in"], { input: '{"kind":"caf\u00e9"}' });
  expect(taken.code, taken.out + taken.err).toBe(0);
  trace = String(taken.json().trace_id);
  expect(ask(folder, ["--intent", "desk.hand_in"], { input: '{"kind":"bill"}' }).code).toBe(4);
});

const CALLS: readonly (readonly [args: readonly string[], call?: Call])[] = [
  [["bounds", WORKFLOW]],
  [["bounds", WORKFLOW, "--json"]],
  [["bounds", "desk::WF_TAEK_V0"]],
  [["compile"]],
  [["compile", "--check", "--json"]],
  [["compile", "nowhere"]],
  [["config"]],
  [["config", "--json"], { env: { PGS_TENANT: "other", PGS_WAIT_SECONDS: "3" } }],
  [["config"], { env: { PGS_WAIT_SECONDS: "never" } }],
  [["diff", ".", "."]],
  [["diff", ".", "nowhere", "--json"]],
  [["examine", "TRACE"]],
  [["examine", "TRACE", "--json"]],
  [["examine", "nobody"]],
  [["explain", "routing/unrouted-outcome"]],
  [["explain", "routing/unruoted-outcome", "--json"]],
  [["explain"]],
  [["flow", WORKFLOW]],
  [["flow", WORKFLOW, "$.payload.kind", "--json"]],
  [["health"]],
  [["health", "--metrics"]],
  [["health", "--workspace", "nowhere"]],
  [["list"]],
  [["list", "refusals", "--json"]],
  [["list", "intents"]],
  [["list", "snapshots", "--data-root", "nowhere"]],
  [["paths", WORKFLOW, "--list", "--json"]],
  [["paths", WORKFLOW, "--max", "many"]],
  [["policy", "test"]],
  [["policy", "test", "--json"]],
  [["policy", "impact", "--json"]],
  [["replay", "TRACE"]],
  [["replay", "--all", "--json"]],
  [["test"]],
  [["test", "--json"]],
  [["verify"]],
  [["verify", "--state", "--json"]],
  [["verify", "--data-root", "nowhere"]],
  [["verify", "--wrong"]],
  [["verify", "--help"]],
];

/** What others write meanwhile takes room on the disk; all else is the same. */
function said({ code, out, err }: Ran) {
  return { code, err, out: out.replace(/(room +|room_bytes )[0-9,]+/g, "$1ROOM") };
}

const TABLE = CALLS.map(([args, call = {}]) => ({ name: args.join(" "), args, call }));

describe("in a thread as in a process", () => {
  test.each(TABLE)("pgs $name", ({ args: words, call: more }) => {
    const args = words.map((word) => (word === "TRACE" ? trace : word));
    const call = { cwd: folder, ...more };
    const before = contents(folder);
    const own = said(pgsProcess(args, call));
    const after = contents(folder);
    for (const turn of ["first", "second"]) {
      expect(said(pgs(args, call)), turn).toEqual(own);
    }
    expect(after).toEqual(before);
    expect(contents(folder)).toEqual(before);
  });

  test("each command that may stay is among these, and none that holds a data root", () => {
    const given = { input: Buffer.alloc(0), cwd: root, env: {} };
    const commands = readdirSync(join(root, "bin/commands")).map((file) => file.slice(0, -3));
    const staying = commands.filter((name) => mayStay({ args: [name], ...given }));
    expect(staying.toSorted()).toEqual([...RESIDENT].toSorted());
    expect(new Set(CALLS.map(([[name]]) => name))).toEqual(RESIDENT);
  });
});

const FD = "/proc/self/fd";

/** The files that this process has open; a descriptor may be gone by the time that it is read. */
function openFiles(): readonly string[] {
  return readdirSync(FD).flatMap((fd) => {
    const link = join(FD, fd);
    return existsSync(link) ? [readlinkSync(link)] : [];
  });
}

test.skipIf(!existsSync(FD)).each(["verify", "list", "health", "replay"])(
  "what `pgs %s` opened is closed when it has ended",
  (command) => {
    const more = { verify: ["--state"], replay: ["--all"] }[command] ?? [];
    expect(pgs([command, ...more], { cwd: folder }).code).toBe(0);
    expect(openFiles().filter((path) => path.startsWith(folder))).toEqual([]);
  },
);
