/** One writer a data root: the lock is the kernel's, the wait is bounded, the refusal names who has it. */
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { own } from "../../../runtime/owner.ts";
import { systemClock, systemFiles } from "../../../runtime/system-ports.ts";
import { freshRoot } from "../on-disk.ts";
import { stillClock, turns } from "./ledger-root.ts";

const HOLDER = { pid: process.pid, command: "pgs run" };

function madeRoot(): string {
  const root = freshRoot();
  mkdirSync(root);
  return root;
}

describe("a data root", () => {
  test("is waited for as long as was asked, by the clock that was given", async () => {
    const dataRoot = madeRoot();
    const clock = stillClock();
    const lock = () => undefined;
    const options = { dataRoot, files: systemFiles, clock, holder: HOLDER, lock };
    let refused: unknown;
    own({ ...options, waitMs: 120 }).catch((error: unknown) => {
      refused = error;
    });
    let waits = 0;
    for (await turns(); refused === undefined; await turns()) waits += Number(clock.ring() === 50);
    expect(waits).toBe(3);
    expect(refused).toMatchObject({ family: "busy", code: "data-root/held" });
  });

  test("is taken as soon as it is free, and let go for the next", async () => {
    const dataRoot = madeRoot();
    const clock = stillClock();
    const options = { dataRoot, files: systemFiles, clock, holder: HOLDER, waitMs: 1_000 };
    const first = await own(options);
    const second = own(options);
    await turns();
    clock.ring();
    first.release();
    await turns();
    clock.ring();
    (await second).release();
  });

  test("is refused with the pid and command of who holds it, and only where they are theirs", async () => {
    const dataRoot = madeRoot();
    const lock = () => undefined;
    const base = { dataRoot, files: systemFiles, clock: systemClock, holder: HOLDER };
    const refused = () =>
      own({ ...base, waitMs: 0, lock }).then(
        () => "",
        (error: Error) => error.message,
      );
    expect(await refused()).toContain("another process, which has not told its name");
    (await own({ ...base, waitMs: 0 })).release();
    expect(await refused()).toMatch(
      new RegExp(`held by process ${process.pid} \\(\`pgs run\`\\)$`),
    );
    // Left by one that ended: whoever has the lock now has not written its own yet.
    const ended = spawn(process.execPath, ["-e", ""]);
    await new Promise((done) => ended.on("close", done));
    const note = { pid: ended.pid, command: "pgs run" };
    writeFileSync(join(dataRoot, "owner.json"), `${JSON.stringify(note)}\n`);
    expect(await refused()).toContain("which has ended");
    writeFileSync(join(dataRoot, "owner.json"), '{"pid":');
    expect(await refused()).toContain("another process, which has not told its name");
  });

  test("is free again when the process that held it was killed", async () => {
    const dataRoot = madeRoot();
    const libsql = createRequire(import.meta.url).resolve("libsql");
    const text = `
      const Database = require(${JSON.stringify(libsql)});
      const database = new Database(${JSON.stringify(join(dataRoot, "owner.db"))});
      database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
      console.log("held");
      setInterval(() => {}, 1000);
    `;
    const child = spawn(process.execPath, ["-e", text], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((held) => child.stdout.once("data", held));
    const options = { dataRoot, files: systemFiles, clock: systemClock, holder: HOLDER };
    await expect(own({ ...options, waitMs: 0 })).rejects.toMatchObject({ code: "data-root/held" });
    const waiting = own({ ...options, waitMs: 10_000 });
    child.kill("SIGKILL");
    (await waiting).release();
    rmSync(join(dataRoot, "owner.db"));
  });
});
