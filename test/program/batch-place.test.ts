/** A batch on a data root that others hold, and on a disk that is full for a while. */
import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { freshFolder, pgs } from "./cli.ts";
import { batchFile, note, notesPlace, RUN_NOTES, startPgs, toldIn } from "./notes.ts";

test("a data root that is held is waited for as long as asked, then refused with exit code 7", async () => {
  const place = notesPlace();
  const holder = startPgs([...RUN_NOTES, "--batch", "-", "--json", ...place]);
  holder.child.stdin?.write(`${note("a")}\n`);
  await holder.printed(1);
  const args = [...RUN_NOTES, "--batch", batchFile([note("b")]), "--json", ...place];
  const refused = pgs([...args, "--wait", "0"]);
  expect(refused.code, refused.err).toBe(7);
  expect(refused.json()).toMatchObject({ refused: { code: "data-root/held" } });
  expect(pgs(args, { env: { PGS_WAIT_SECONDS: "0" } }).code).toBe(7);
  const waiting = startPgs([...args, "--wait", "60"]);
  await sleep(500);
  holder.child.stdin?.end();
  expect(await holder.ended).toMatchObject({ code: 0 });
  expect(await waiting.ended).toMatchObject({ code: 0 });
  expect(toldIn(waiting.out())[0]).toMatchObject({ line: 1, outcome: "NOTED" });
});

const mounted: string[] = [];
afterAll(() => {
  for (const folder of mounted.splice(0)) execFileSync("umount", [folder]);
});

/** A small disk of its own; undefined where this process may not mount one. */
function smallDisk(): string | undefined {
  const folder = freshFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  mounted.push(folder);
  return folder;
}

const disk = smallDisk();
if (disk === undefined) console.warn("skipped: tests of full disks need to mount");

describe.skipIf(disk === undefined)("a disk that fills up under a batch", () => {
  test("is told and waited for; with room again every line is answered", async () => {
    const small = disk ?? "";
    const ballast = join(small, "ballast");
    writeFileSync(ballast, Buffer.alloc(6 * 1024 * 1024));
    const place = notesPlace().with(3, join(small, "data"));
    const lines = Array.from({ length: 2_000 }, (_, at) => note(`n${at}`));
    const run = startPgs([...RUN_NOTES, "--batch", batchFile(lines), "--json", ...place]);
    while (!run.err().includes("ledger/no-room") && run.child.exitCode === null) await sleep(50);
    expect(run.child.exitCode, run.err() + run.out().slice(-500)).toBe(null);
    rmSync(ballast);
    expect(await run.ended, run.err()).toMatchObject({ code: 0 });
    const told = toldIn(run.out());
    expect(told).toHaveLength(2_001);
    expect(told.at(-1)?.summary).toMatchObject({ outcomes: { NOTED: 2_000 }, unanswered: 0 });
    expect(existsSync(ballast)).toBe(false);
    expect(pgs(["verify", "--state", ...place]).code).toBe(0);
  });

  test("is left at the first signal, not when the time for room is over; what was answered stands", async () => {
    const small = smallDisk() ?? "";
    writeFileSync(join(small, "ballast"), Buffer.alloc(6 * 1024 * 1024));
    const place = notesPlace().with(3, join(small, "data"));
    const lines = Array.from({ length: 2_000 }, (_, at) => note(`n${at}`));
    const key = ["--idempotency-key", "k"];
    const args = [...RUN_NOTES, "--batch", batchFile(lines), "--json", ...key, ...place];
    const run = startPgs(args);
    while (!run.err().includes("ledger/no-room") && run.child.exitCode === null) await sleep(50);
    run.child.kill("SIGTERM");
    // The time for room is twice as long.
    const ended = await Promise.race([run.ended, sleep(30_000)]);
    run.child.kill("SIGKILL");
    expect(ended, run.err()).toEqual({ code: 143, signal: null });
    rmSync(join(small, "ballast"));
    const told = toldIn(run.out());
    const unanswered = told.filter((one) => "unanswered" in one);
    expect(unanswered.length).toBeGreaterThan(0);
    expect(told.at(-1)?.summary).toMatchObject({
      unanswered: unanswered.length,
      stopped: "SIGTERM",
    });
    const answered = told.filter(({ trace_id }) => trace_id !== undefined);
    const again = toldIn(pgs(args).out);
    expect(again.at(-1)?.summary).toMatchObject({ outcomes: { NOTED: 2_000 } });
    const byLine = new Map(again.map((one) => [one.line, one]));
    for (const { line, trace_id } of answered) {
      expect(byLine.get(line)).toMatchObject({ trace_id, repeated: true });
    }
    expect(pgs(["verify", "--state", ...place]).code).toBe(0);
  });
});
