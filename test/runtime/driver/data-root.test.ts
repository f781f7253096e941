import { execFileSync, spawn } from "node:child_process";
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { during, freshRoot, HOLDER, ledgerFile, open } from "../on-disk.ts";
import { REGISTER } from "../protocol.ts";

const work = { workflow: REGISTER, payload: { name: "a" } };

describe("a data root with a writer", () => {
  test("refuses a second one, and names the first", async () => {
    const root = freshRoot();
    const first = await open(root, { holder: { pid: 4711, command: "pgs run --wf x" } });
    await expect(open(root)).rejects.toMatchObject({
      family: "busy",
      code: "data-root/held",
      message: expect.stringContaining("process 4711 (`pgs run --wf x`)"),
    });
    await first.close();
    await during(root, (runtime) => runtime.submit(work));
  });

  test("is given to one who waits, as soon as it is free", async () => {
    const root = freshRoot();
    const first = await open(root);
    const second = open(root, { waitMs: 60_000 });
    await first.close();
    await (await second).close();
  });

  test("is free again when its owner was killed", async () => {
    const root = freshRoot();
    await during(root, async () => {});
    const libsql = createRequire(import.meta.url).resolve("libsql");
    const script = `
      const lock = new (require(${JSON.stringify(libsql)}))(${JSON.stringify(join(root, "owner.db"))});
      lock.exec("BEGIN EXCLUSIVE");
      console.log("held");
      setInterval(() => {}, 1000);
    `;
    const owner = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => owner.stdout.once("data", resolve));
    await expect(open(root)).rejects.toMatchObject({ code: "data-root/held" });
    const gone = new Promise((resolve) => owner.once("exit", resolve));
    owner.kill("SIGKILL");
    await gone;
    await during(root, (runtime) => runtime.submit(work), { holder: HOLDER });
  });
});

describe("a data root that is not what it seems", () => {
  const refused = { family: "viability", code: "data-root/not-a-file" };

  test("is refused where it, or a part of it, is a link", async () => {
    const root = freshRoot();
    await during(root, (runtime) => runtime.submit(work));
    const link = `${root}-link`;
    symlinkSync(root, link);
    await expect(open(link)).rejects.toMatchObject(refused);
    linkSync(ledgerFile(root), `${root}-second-name`);
    await expect(open(root)).rejects.toMatchObject(refused);
  });

  test("is refused where a FIFO waits for whoever opens it", async () => {
    for (const name of ["state.db", "ledger/00000001.jsonl", "owner.db", "keys"]) {
      const root = freshRoot();
      mkdirSync(dirname(join(root, name)), { recursive: true });
      execFileSync("mkfifo", [join(root, name)]);
      await expect(open(root), name).rejects.toMatchObject(refused);
    }
  });

  test("is refused where it is a file, or stands below one", async () => {
    const file = freshRoot();
    writeFileSync(file, "");
    await expect(open(file)).rejects.toMatchObject(refused);
    await expect(open(join(file, "below"))).rejects.toMatchObject({ family: "viability" });
  });

  test("is made, with all folders above it, where it is not there", async () => {
    const root = join(freshRoot(), "far", "below");
    await during(root, (runtime) => runtime.submit(work));
    await during(root, async ({ recovery }) => expect(recovery.stuck).toEqual([]));
  });
});
