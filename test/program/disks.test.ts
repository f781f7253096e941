/** Disks that refuse: every operator's error is a refusal with a code and what to do, never a stack. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { during, recordsOf } from "../runtime/on-disk.ts";
import { REGISTER } from "../runtime/protocol.ts";
import { freshFolder, pgs, type Ran, root } from "./cli.ts";

const WORKFLOW = "blockchain::WF_REGISTER_ACTOR_UNVERIFIED_V0";
const RUN = ["run", "--wf", WORKFLOW, "--payload", "-"];

function payload(name: string): string {
  const actor = { first_name: name, last_name: "B", email_registration: "a@b.example" };
  return JSON.stringify({ actor_record: actor });
}

interface Place {
  readonly data: string;
  readonly traces: string;
}

function freshPlace(): Place {
  const folder = freshFolder();
  return { data: join(folder, "data"), traces: join(folder, "traces") };
}

function at({ data, traces }: Place): readonly string[] {
  return ["--workspace", root, "--data-root", data, "--traces-dir", traces];
}

function register(place: Place, name: string, ...more: readonly string[]): Ran {
  return pgs([...RUN, ...at(place), ...more], { input: payload(name) });
}

function refusedWith(ran: Ran, exit: number, code: string): void {
  const said = ran.out + ran.err;
  expect(said).not.toContain("our own fault");
  expect(said).toContain(code);
  expect(ran.code, said).toBe(exit);
}

const mounted: string[] = [];
afterAll(() => {
  // Lazily: SQLite's files are closed when its statements are collected, not before.
  for (const folder of mounted.splice(0)) execFileSync("umount", ["-l", folder]);
});

/** A small disk of its own; undefined where this process may not mount one. */
function smallDisk(): string | undefined {
  const folder = freshFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=900k", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  mounted.push(folder);
  return folder;
}

const canMount = (() => {
  const disk = smallDisk();
  if (disk === undefined) console.warn("skipped: tests of full and read-only disks need to mount");
  return disk !== undefined;
})();

/** A data root on a small disk, trace files elsewhere; one actor registered. */
function onSmallDisk(): Place & { readonly disk: string } {
  const disk = smallDisk() ?? "";
  const place = { data: join(disk, "data"), traces: join(freshFolder(), "traces"), disk };
  expect(register(place, "Ada").code).toBe(0);
  return place;
}

function fill(disk: string): void {
  for (let size = 65_536; size >= 1; size = Math.floor(size / 4)) {
    for (let index = 0; index < 1_000; index += 1) {
      try {
        writeFileSync(join(disk, "fill"), Buffer.alloc(size), { flag: "a" });
      } catch {
        break;
      }
    }
  }
}

describe.skipIf(!canMount)("a disk", () => {
  test("that is read-only is refused with exit code 11; reading goes on", () => {
    const place = onSmallDisk();
    execFileSync("mount", ["-o", "remount,ro", place.disk]);
    refusedWith(register(place, "Bob"), 11, "data-root/not-writable");
    refusedWith(pgs(["rebuild", ...at(place)]), 11, "data-root/not-writable");
    for (const command of ["verify", "list"]) {
      const read = pgs([command, ...at(place)]);
      expect(read.code, read.out + read.err).toBe(0);
    }
    const fresh = { ...place, data: join(place.disk, "other") };
    refusedWith(register(fresh, "Bob"), 11, "data-root/not-writable");
  });

  test("that is full is refused with exit code 7, and goes on when there is room", () => {
    const place = onSmallDisk();
    fill(place.disk);
    refusedWith(register(place, "Bob"), 7, "/no-room");
    refusedWith(pgs(["rebuild", ...at(place)]), 7, "/no-room");
    rmSync(join(place.disk, "fill"));
    expect(register(place, "Ada", "--json").json()).toMatchObject({ outcome: "ALREADY_EXISTS" });
    expect(register(place, "Bob", "--json").json()).toMatchObject({ outcome: "SUCCESS" });
    expect(pgs(["verify", ...at(place)]).code).toBe(0);
  });

  test("that is full holds back what waits, and goes on by itself when there is room", async () => {
    const disk = smallDisk() ?? "";
    const data = join(disk, "data");
    const work = (name: string) => ({ workflow: REGISTER, payload: { name } });
    const more = { roomWaitMs: 60_000 };
    await during(
      data,
      async (runtime) => {
        await runtime.submit(work("first"));
        fill(disk);
        // Until a page of the ledger that was there before is full, small records still fit.
        const answers: Promise<unknown>[] = [];
        let refused: unknown;
        for (let at = 0; at < 500 && refused === undefined; at += 1) {
          const answer = runtime.submit(work(`more${at}`)).catch((error: unknown) => {
            refused ??= error;
          });
          answers.push(answer);
          await Promise.race([answer, sleep(20)]);
        }
        expect(refused).toMatchObject({ family: "busy", code: "ledger/no-room" });
        rmSync(join(disk, "fill"));
        await Promise.all(answers);
        expect(await runtime.submit(work("last"))).toMatchObject({ outcome: "SUCCESS" });
      },
      more,
    );
    const records = recordsOf(data);
    expect(records.filter(({ type }) => type === "opened").length).toBe(
      records.filter(({ type }) => type === "closed").length,
    );
    await during(data, async ({ recovery }) => expect(recovery.continued).toEqual([]));
  }, 60_000);

  test("that is filling up never takes back an answer", () => {
    for (let room = 4_096; room <= 409_600; room += 90_112) {
      const place = onSmallDisk();
      fill(place.disk);
      const size = readFileSync(join(place.disk, "fill")).length;
      truncateSync(join(place.disk, "fill"), Math.max(0, size - room));
      const ran = register(place, "Bob", "--json");
      expect(ran.out + ran.err).not.toContain("our own fault");
      expect([0, 7], ran.out + ran.err).toContain(ran.code);
      rmSync(join(place.disk, "fill"));
      const after = register(place, "Bob", "--json");
      expect(after.code, after.err).toBe(0);
      if (ran.code === 0) expect(after.json()).toMatchObject({ outcome: "ALREADY_EXISTS" });
      execFileSync("umount", [mounted.pop() ?? ""]);
    }
  }, 60_000);

  test("for traces that is full takes no answer away", () => {
    const disk = smallDisk() ?? "";
    fill(disk);
    const place = { ...freshPlace(), traces: join(disk, "traces") };
    const ran = register(place, "Ada", "--json");
    expect(ran.code, ran.err).toBe(0);
    expect(ran.json()).toMatchObject({
      outcome: "SUCCESS",
      unwritten: [{ what: "trace", trace_id: ran.json().trace_id, code: "disk/no-room" }],
    });
    expect(existsSync(place.traces) ? readdirSync(place.traces) : []).toEqual([]);
    rmSync(join(disk, "fill"));
    expect(pgs(["rebuild", ...at(place)]).code).toBe(0);
    expect(pgs(["verify", ...at(place)]).code).toBe(0);
  });

  test("for traces that is full is told by the exit code where they were asked for", () => {
    const disk = smallDisk() ?? "";
    const place = { ...freshPlace(), traces: join(disk, "traces") };
    mkdirSync(place.traces);
    fill(disk);
    const single = register(place, "Ada", "--traces", "all");
    expect(single.out).toContain("SUCCESS");
    refusedWith(single, 7, "disk/no-room");
    const batch = join(freshFolder(), "batch");
    writeFileSync(batch, `${payload("Bob")}\n${payload("Cleo")}\n`);
    const args = ["run", "--wf", WORKFLOW, "--batch", batch, "--traces", "all", ...at(place)];
    const ran = pgs(args);
    expect(ran.out).toContain("2 without trace files");
    refusedWith(ran, 7, "disk/no-room");
    expect(register(place, "Dan", "--traces", "failed").code).toBe(0);
    expect(readdirSync(place.traces)).toEqual([]);
  });
});

test("traces that were asked for and cannot be written for another reason: exit code 11", () => {
  const place = freshPlace();
  writeFileSync(place.traces, "");
  refusedWith(register(place, "Ada", "--traces", "all"), 11, "disk/not-a-file");
});

test("traces that cannot be written are told in one line beside the answer", () => {
  const place = freshPlace();
  writeFileSync(place.traces, "");
  const ran = register(place, "Ada");
  expect(ran.code, ran.err).toBe(0);
  expect(ran.out).toContain("SUCCESS");
  expect(ran.err.split("\n")).toHaveLength(2);
  expect(ran.err).toContain("`pgs rebuild` makes them");
  refusedWith(pgs(["rebuild", ...at(place)]), 11, "disk/not-a-file");
  rmSync(place.traces);
  expect(pgs(["rebuild", ...at(place)]).code).toBe(0);
  expect(pgs(["verify", ...at(place)]).code).toBe(0);
});

test("a data root that this user may only read is refused with what to do", () => {
  const folder = freshFolder();
  const place = { data: join(folder, "data"), traces: join(folder, "traces") };
  expect(register(place, "Ada").code).toBe(0);
  // Whoever may do everything is no user that a folder's mode stops.
  const nobody = process.getuid?.() === 0 ? 65_534 : undefined;
  if (nobody !== undefined) execFileSync("chown", ["-R", String(nobody), folder]);
  chmodSync(place.data, 0o500);
  const as = nobody === undefined ? {} : { uid: nobody };
  const asUser = (args: readonly string[]): Ran => {
    const given = [join(root, "bin/pgs.cjs"), ...args, ...at(place)];
    const ran = spawnSync(process.execPath, given, { ...as, input: payload("Bob") });
    const [out, err] = [ran.stdout.toString(), ran.stderr.toString()];
    return { code: ran.status, out, err, json: () => JSON.parse(out) as Record<string, unknown> };
  };
  const commands = [RUN, ["cancel", "t1"], ["deliver"], ["rebuild"], ["session", "create"]];
  for (const command of commands) refusedWith(asUser(command), 11, "data-root/not-writable");
  chmodSync(place.data, 0o700);
});

describe("a data root in which something else stands", () => {
  const file = (path: string) => writeFileSync(path, "x");
  const folder = (path: string) => mkdirSync(join(path, "inner"), { recursive: true });
  const fifo = (path: string) => void execFileSync("mkfifo", [path]);
  const link = (path: string) => symlinkSync(freshFolder(), path);
  const deadLink = (path: string) => symlinkSync("/nowhere/at/all", path);
  const cases = [
    ["", file],
    ["", deadLink],
    ["ledger", file],
    ["ledger/cut", link],
    ["ledger/00000001.jsonl", folder],
    ["keys", fifo],
    ["keys/default", link],
    ["state.db", folder],
    ["state.db-wal", fifo],
    ["owner.db", folder],
    ["owner.json", folder],
  ] as const;

  test("is refused by run, and is nowhere our own fault", () => {
    for (const [name, put] of cases) {
      const place = freshPlace();
      const path = join(place.data, name);
      mkdirSync(join(path, ".."), { recursive: true });
      put(path);
      refusedWith(register(place, "Ada"), 11, "data-root/not-a-file");
      for (const command of ["rebuild", "verify", "list"]) {
        const other = pgs([command, ...at(place)]);
        expect(other.out + other.err, `${command}: ${name}`).not.toContain("our own fault");
      }
    }
  }, 60_000);
});

test("a payload that cannot be read is a wrong use of the command", () => {
  const place = freshPlace();
  const folder = freshFolder();
  writeFileSync(join(folder, "file"), "{}");
  symlinkSync("loop", join(folder, "loop"));
  for (const name of ["file/below", "loop", "x".repeat(300)]) {
    const args = ["run", "--wf", WORKFLOW, "--payload", join(folder, name)];
    refusedWith(pgs([...args, ...at(place)]), 2, "payload/not-readable");
  }
});

describe("a state that is broken or not ours", () => {
  const Database = createRequire(import.meta.url)("libsql") as typeof import("libsql");
  const sql = (path: string, text: string) => {
    const database = new Database(path);
    database.exec(text);
    database.close();
  };
  const breaks: Readonly<Record<string, (path: string) => void>> = {
    garbage: (path) => writeFileSync(path, "garbage ".repeat(4_000)),
    "cut short": (path) => truncateSync(path, 5_000),
    "without a table": (path) => sql(path, "DROP TABLE registry"),
    "without its watermark": (path) => sql(path, "DROP TABLE watermark"),
    "without a column": (path) => sql(path, "ALTER TABLE stream RENAME COLUMN event TO happened"),
    "another program's": (path) => {
      rmSync(path);
      sql(path, "CREATE TABLE songs (name TEXT); PRAGMA user_version = 7");
    },
    "another program's, unversioned": (path) => {
      rmSync(path);
      sql(path, "CREATE TABLE songs (name TEXT)");
    },
  };

  test.each(Object.keys(breaks))("(%s) is refused, kept, and made anew by rebuild", (name) => {
    const place = freshPlace();
    expect(register(place, "Ada").code).toBe(0);
    const path = join(place.data, "state.db");
    breaks[name]?.(path);
    const broken = readFileSync(path);
    const ran = register(place, "Ada");
    refusedWith(ran, 6, "state/unreadable");
    expect(ran.err).toContain("pgs rebuild");
    if (name.startsWith("another")) expect(readFileSync(path)).toEqual(broken);
    const rebuilt = pgs(["rebuild", ...at(place)]);
    expect(rebuilt.code, rebuilt.err).toBe(0);
    expect(register(place, "Ada", "--json").json()).toMatchObject({ outcome: "ALREADY_EXISTS" });
    expect(pgs(["verify", "--state", ...at(place)]).code).toBe(0);
  });

  test("(a value in it is no JSON) is refused in the middle of an execution, and nothing is written", () => {
    const place = freshPlace();
    register(place, "Ada");
    sql(join(place.data, "state.db"), "UPDATE registry SET value = '{'");
    const before = readFileSync(join(place.data, "ledger/00000001.jsonl"));
    refusedWith(register(place, "Ada"), 6, "state/unreadable");
    expect(readFileSync(join(place.data, "ledger/00000001.jsonl"))).toEqual(before);
  });
});

describe("a run that is stopped by a signal", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "(%s) leaves no stack, and the next goes on",
    async (signal) => {
      const place = freshPlace();
      for (let delayMs = 40; delayMs <= 200; delayMs += 20) {
        const child = spawn(process.execPath, [join(root, "bin/pgs.cjs"), ...RUN, ...at(place)]);
        const err: Buffer[] = [];
        child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
        child.stdin.on("error", () => {});
        const ended = new Promise((resolve) => child.on("close", resolve));
        child.stdin.end(payload(`Stopped${delayMs}`));
        await sleep(delayMs);
        child.kill(signal);
        await ended;
        expect(Buffer.concat(err).toString()).not.toMatch(/own fault|\n {4}at /);
      }
      const after = register(place, "After");
      expect(after.code, after.err).toBe(0);
      expect(pgs(["rebuild", ...at(place)]).code).toBe(0);
      expect(pgs(["verify", ...at(place)]).code).toBe(0);
    },
  );
});

test("a key that others than its owner may read is not used", () => {
  const place = freshPlace();
  const trace = String(register(place, "Ada", "--json").json().trace_id);
  const key = join(place.data, "keys/default", `${trace}.key`);
  const replay = () => pgs(["replay", trace, ...at(place)]);
  expect(replay().code).toBe(0);
  chmodSync(key, 0o640);
  const ran = replay();
  expect(ran.out + ran.err).toContain("sealing/key-exposed");
  expect(ran.code).not.toBe(0);
  chmodSync(key, 0o600);
  expect(replay().code).toBe(0);
});
