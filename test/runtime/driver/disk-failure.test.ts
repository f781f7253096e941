import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { diskFailure, failureOf } from "../../../runtime/disk-failure.ts";
import { writeFailure } from "../../../runtime/ledger/failure.ts";
import type { Files } from "../../../runtime/ports.ts";
import { SYSTEM_PORTS } from "../../../runtime/runtime-options.ts";
import { openVault } from "../../../runtime/sealing/vault.ts";
import { systemEntropy, systemFiles } from "../../../runtime/system-ports.ts";
import { during, freshRoot, open } from "../on-disk.ts";
import { REGISTER } from "../protocol.ts";

const work = { workflow: REGISTER, payload: { name: "a" } };

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: what the system says`), { code });
}

describe("what a disk answers", () => {
  const meanings = [
    ["ENOSPC", "busy", "no-room"],
    ["EDQUOT", "busy", "no-room"],
    ["EROFS", "viability", "not-writable"],
    ["EACCES", "viability", "not-writable"],
    ["EPERM", "viability", "not-writable"],
    ["ENOTDIR", "viability", "not-a-file"],
    ["EISDIR", "viability", "not-a-file"],
    ["ELOOP", "viability", "not-a-file"],
    ["ENOENT", "viability", "vanished"],
    ["EIO", "viability", "io-error"],
    ["EMFILE", "viability", "too-many-files"],
  ] as const;

  test.each(meanings)("%s is a refusal with a code and what to do", (code, family, word) => {
    const refusal = failureOf("data-root", errno(code));
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ family, code: `data-root/${word}` });
    expect((refusal as Refusal).hint).toMatch(/\.$/);
    expect((refusal as Refusal).message).toContain(code);
  });

  test("is said of reading where something was read", () => {
    expect(diskFailure(errno("EACCES"), "read")).toMatchObject({ code: "disk/not-readable" });
  });

  test("is our own fault where no disk would answer so, and a refusal passes as it is", () => {
    for (const error of [errno("EBADF"), errno("EINVAL"), new TypeError("x is not a function")]) {
      expect(failureOf("data-root", error)).toBe(error);
    }
    const refusal = new Refusal("busy", "data-root/held", "held");
    expect(failureOf("ledger", refusal)).toBe(refusal);
  });

  test("keeps its meaning on the way through the ledger; a failed flush stays what it was", () => {
    const full = diskFailure(errno("ENOSPC"), "write");
    expect(writeFailure(full)).toMatchObject({ family: "busy", code: "ledger/no-room" });
    expect(writeFailure(errno("ENOSPC"))).toMatchObject({ code: "ledger/no-room" });
    expect(writeFailure(errno("EIO"))).toMatchObject({ code: "ledger/write-failed" });
  });
});

describe("the system's files", () => {
  test("refuse what is no file of its own, and find nothing below a file", () => {
    const root = freshRoot();
    mkdirSync(root);
    const file = join(root, "file");
    writeFileSync(file, "x");
    symlinkSync(file, join(root, "link"));
    expect(systemFiles.standing(join(file, "below"))).toBeUndefined();
    expect(systemFiles.names(file)).toEqual([]);
    for (const act of [
      () => systemFiles.read(join(root, "link")),
      () => systemFiles.read(root),
      () => systemFiles.openAppend(root),
      () => systemFiles.makeFolder(join(file, "below")),
      () => systemFiles.replace(join(file, "below"), Buffer.from("x")),
      () => systemFiles.project(root, Buffer.from("x")),
      () => systemFiles.remove(root),
    ]) {
      expect(act).toThrow(expect.objectContaining({ code: "disk/not-a-file" }));
    }
    rmSync(root, { recursive: true });
    const gone = expect.objectContaining({ code: "disk/vanished" });
    expect(() => systemFiles.read(file)).toThrow(gone);
    expect(() => systemFiles.openAppend(file)).toThrow(gone);
    expect(() => systemFiles.flushFolder(root)).toThrow(gone);
  });

  test("leave nothing aside when they fail", () => {
    const root = freshRoot();
    mkdirSync(join(root, "taken", "inner"), { recursive: true });
    expect(() => systemFiles.project(join(root, "taken"), Buffer.from("x"))).toThrow(Refusal);
    expect(systemFiles.names(root)).toEqual(["taken"]);
  });
});

describe("a data root on a disk that refuses", () => {
  const failing = (code: string): Files => ({
    ...systemFiles,
    project() {
      throw errno(code);
    },
  });

  test("is refused, and is let go of", async () => {
    const root = freshRoot();
    await during(root, (runtime) => runtime.submit(work));
    for (const [code, refused] of [
      ["EROFS", { family: "viability", code: "data-root/not-writable" }],
      ["ENOSPC", { family: "busy", code: "data-root/no-room" }],
    ] as const) {
      const ports = { ...SYSTEM_PORTS, files: failing(code) };
      await expect(open(root, { ports })).rejects.toMatchObject(refused);
    }
    await during(root, (runtime) => runtime.submit(work));
  });
});

test("a key that others than its owner may read is refused, with the command that mends it", async () => {
  const root = freshRoot();
  mkdirSync(root);
  const vault = openVault(root, systemFiles, systemEntropy);
  vault.obtain("tenant/trace");
  await vault.settle();
  const path = join(root, "keys/tenant/trace.key");
  for (const mode of [0o640, 0o604, 0o660]) {
    chmodSync(path, mode);
    expect(() => openVault(root, systemFiles).find("tenant/trace")).toThrow(
      expect.objectContaining({
        family: "viability",
        code: "sealing/key-exposed",
        hint: expect.stringContaining(`chmod 600 ${path}`),
      }),
    );
  }
  chmodSync(path, 0o400);
  expect(openVault(root, systemFiles).find("tenant/trace")).toBeDefined();
});
