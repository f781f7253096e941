/** Standard output that takes no more: a full disk is told on standard error, nothing is left half done. */
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freshFolder, pgs, root } from "./cli.ts";
import { batchFile, note, notesPlace, RUN_NOTES } from "./notes.ts";

/** `pgs` whose standard output is a disk without room. */
function printedToFullDisk(args: readonly string[], input = "", errToo = false) {
  const full = openSync("/dev/full", "w");
  const program = join(root, "bin/pgs.cjs");
  const ran = spawnSync(process.execPath, [program, ...args], {
    cwd: root,
    input,
    stdio: ["pipe", full, errToo ? full : "pipe"],
  });
  closeSync(full);
  return { code: ran.status, err: ran.stderr?.toString() ?? "" };
}

function executionsIn(place: readonly string[]): number {
  return (pgs(["list", "--json", ...place]).json() as { executions: unknown[] }).executions.length;
}

describe("standard output on a full disk", () => {
  test.each([[[]], [["--json"]]])("breaks a batch off with exit code 7 (%j)", (more) => {
    const place = notesPlace();
    const lines = Array.from({ length: 3_000 }, (_, at) => note(`n${at}`));
    const args = [...RUN_NOTES, "--batch", batchFile(lines), ...place, ...more];
    const { code, err } = printedToFullDisk(args);
    expect(err).not.toMatch(/own fault|\n {4}at /);
    expect(err).toContain("output/no-room");
    expect(err).toMatch(/^\d+ lines?: \d+ executions? ended/m);
    expect(err.match(/output\/no-room/g)).toHaveLength(1);
    expect(code, err).toBe(7);
    expect(executionsIn(place)).toBeGreaterThan(0);
    expect(executionsIn(place)).toBeLessThan(lines.length);
    const again = pgs([...RUN_NOTES, "--payload", "-", ...place], { input: note("after") });
    expect(again.err).toBe("");
    expect(pgs(["verify", "--state", ...place]).code).toBe(0);
  });

  test("takes one execution's answer, and says that it stands", () => {
    const place = notesPlace();
    const { code, err } = printedToFullDisk([...RUN_NOTES, "--payload", "-", ...place], note("a"));
    expect(err).toContain("output/no-room");
    expect(err).toContain("`pgs list`");
    expect(code, err).toBe(7);
    expect(executionsIn(place)).toBe(1);
    const deaf = printedToFullDisk([...RUN_NOTES, "--payload", "-", ...place], note("b"), true);
    expect(deaf.code).toBe(7);
  });

  test("is told by every command", () => {
    const place = notesPlace();
    pgs([...RUN_NOTES, "--payload", "-", ...place], { input: note("a") });
    for (const args of [["list"], ["verify"], ["list", "--json"], ["replay", "--all"]]) {
      const { code, err } = printedToFullDisk([...args, ...place]);
      expect(err, args.join(" ")).toContain("output/no-room");
      expect(err).not.toMatch(/own fault|\n {4}at /);
      expect(code, args.join(" ")).toBe(7);
    }
    const { code } = printedToFullDisk(["verify", "--data-root", join(freshFolder(), "none")]);
    expect(code).not.toBe(0);
    expect(printedToFullDisk(["--help"]).code).toBe(7);
  });
});
