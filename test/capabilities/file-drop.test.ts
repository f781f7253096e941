/** The file drop on a real file system: whole or not at all, whatever stops it and whoever else is there. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ExternalAnswer } from "../../protocol/language/capabilities.ts";
import { deepFreeze, type Json, type JsonObject } from "../../protocol/language/json.ts";
import { compileSchema } from "../../protocol/language/json-schema.ts";
import { capabilities, freshFolder } from "./built.ts";
import { dropApart, dropWith, makePipe, standing } from "./dropper.ts";

const external = capabilities.external("file-drop");

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

interface Given {
  readonly key?: string;
  readonly attempt?: number;
  readonly operation?: string;
  readonly signal?: AbortSignal;
}

function drop(folder: string, input: Json, given: Given = {}): Promise<ExternalAnswer> {
  return external.call({
    operation: given.operation ?? "DROP",
    input: deepFreeze(input),
    settings: deepFreeze({ folder }),
    repeat: "safe",
    idempotencyKey: given.key ?? "key",
    attempt: given.attempt ?? 1,
    trace: "trace",
    node: "node",
    signal: given.signal ?? new AbortController().signal,
  });
}

function droppedAs(name: string, content: string): ExternalAnswer {
  const bytes = Buffer.byteLength(content);
  return { outcome: "DROPPED", output: { name, bytes, sha256: digestOf(content) } };
}

describe("the settings", () => {
  const check = compileSchema(external.settings as JsonObject);

  it.each(["/a", "/var/spool/drop", "/a/.b", "/a/..b", "/a/b c/ü"])("may name %s", (folder) => {
    expect(check({ folder })).toBeNull();
  });

  it.each(["", "a", "./a", "../a", "/", "/a/", "//a", "/a/../b", "/a/./b", "/..", "/a\nb", "~/a"])(
    "may not name %j",
    (folder) => {
      expect(check({ folder })).not.toBeNull();
    },
  );

  it("are a folder and nothing else", () => {
    expect(check({})).not.toBeNull();
    expect(check({ folder: "/a", mode: 7 })).not.toBeNull();
  });
});

describe("a drop", () => {
  it.each(["", "a", "größer ✓\n", "x".repeat(300_000)])(
    "leaves one whole file",
    async (content) => {
      const folder = freshFolder();
      expect(await drop(folder, { name: "a.txt", content })).toEqual(droppedAs("a.txt", content));
      expect(standing(folder)).toEqual({ "a.txt": content });
      expect(statSync(join(folder, "a.txt")).nlink).toBe(1);
    },
  );

  it("that is repeated leaves the same, under any key and attempt", async () => {
    const folder = freshFolder();
    const input = { name: "a", content: "b" };
    for (const given of [{}, {}, { attempt: 2 }, { key: "other" }]) {
      expect(await drop(folder, input, given)).toEqual(droppedAs("a", "b"));
    }
    expect(standing(folder)).toEqual({ a: "b" });
  });

  it("onto a file of another content is EXISTS, and leaves it", async () => {
    const folder = freshFolder();
    writeFileSync(join(folder, "a"), "theirs");
    expect(await drop(folder, { name: "a", content: "ours" })).toEqual({
      outcome: "EXISTS",
      output: { name: "a", sha256: digestOf("theirs") },
    });
    expect(standing(folder)).toEqual({ a: "theirs" });
  });

  it("has its content on the disk before its name, and its name before its answer", async () => {
    const folder = freshFolder();
    const { answer, calls } = await dropWith({ folder, name: "a", content: "b" });
    expect(answer).toEqual(droppedAs("a", "b"));
    const order = ["write aside", "sync aside", "link aside target", "sync folder"];
    const places = order.map((call) => calls.indexOf(call));
    expect(places.every((at) => at >= 0)).toBe(true);
    expect(places).toEqual([...places].sort((one, other) => one - other));
    expect(calls.lastIndexOf("unlink aside")).toBeLessThan(calls.indexOf("sync folder"));
  });

  it("of what stands there already flushes it, since whoever wrote it may not have", async () => {
    const folder = freshFolder();
    writeFileSync(join(folder, "a"), "b");
    const { answer, calls } = await dropWith({ folder, name: "a", content: "b" });
    expect(answer).toEqual(droppedAs("a", "b"));
    expect(calls).toContain("sync target");
    expect(calls).toContain("sync folder");
    expect(calls).not.toContain("open aside");
  });

  it("whose writes take a part each is finished", async () => {
    const folder = freshFolder();
    const content = "größer ✓".repeat(10);
    const { answer } = await dropWith({ folder, name: "a", content, writeBytesMax: 7 });
    expect(answer).toEqual(droppedAs("a", content));
    expect(standing(folder)).toEqual({ a: content });
  });
});

describe("a drop is REFUSED", () => {
  async function refusal(folder: string, input: Json, given: Given = {}): Promise<void> {
    expect(await drop(folder, input, given)).toEqual({
      outcome: "REFUSED",
      output: { reason: expect.any(String) },
    });
  }

  it.each([
    "",
    ".",
    "..",
    ".a",
    "../a",
    "a/b",
    "a\\b",
    "a\0",
    "con",
    "NUL.txt",
    "a.",
    "ä",
    "a b",
    "a".repeat(128),
  ])("under the name %j", async (name) => {
    const folder = freshFolder();
    await refusal(folder, { name, content: "" });
    expect(standing(folder)).toEqual({});
  });

  it("for an input that is not a name and a content", async () => {
    const folder = freshFolder();
    for (const input of ["a", { name: "a" }, { name: "a", content: 1 }, { name: 1, content: "" }]) {
      await refusal(folder, input);
    }
    await refusal(folder, { name: "a", content: "", mode: 7 });
    await refusal(folder, { name: "a", content: "\ud800" });
    await refusal(folder, { name: "a", content: "" }, { operation: "REMOVE" });
    expect(standing(folder)).toEqual({});
  });

  it("into a folder that is missing, a file, a link, or under a file", async () => {
    const folder = freshFolder();
    writeFileSync(join(folder, "file"), "");
    mkdirSync(join(folder, "real"));
    symlinkSync(join(folder, "real"), join(folder, "link"));
    for (const into of ["missing", "file", "link", "file/below"]) {
      await refusal(join(folder, into), { name: "a", content: "" });
    }
    expect(() => statSync(join(folder, "missing"))).toThrow();
    expect(standing(join(folder, "real"))).toEqual({});
  });

  it("where a folder, a link or a pipe has the name, and nothing waits", async () => {
    const folder = freshFolder();
    const elsewhere = join(freshFolder(), "b");
    writeFileSync(elsewhere, "content");
    mkdirSync(join(folder, "folder"));
    symlinkSync(elsewhere, join(folder, "link"));
    symlinkSync(join(folder, "nowhere"), join(folder, "dangling"));
    makePipe(join(folder, "pipe"));
    for (const name of ["folder", "link", "dangling", "pipe"]) {
      await refusal(folder, { name, content: "content" });
    }
    expect(() => statSync(join(folder, "nowhere"))).toThrow();
  });

  it.skipIf(process.getuid?.() === 0)("where there is no permission", async () => {
    const folder = freshFolder();
    chmodSync(folder, 0o500);
    await refusal(folder, { name: "a", content: "" });
    chmodSync(folder, 0o700);
    expect(standing(folder)).toEqual({});
  });

  it("where a file may not be so large, and nothing of it is left", () => {
    const folder = freshFolder();
    const content = "x".repeat(100_000);
    const answer = dropApart({ folder, name: "a", content }, "trap '' XFSZ; ulimit -f 8");
    expect(answer).toEqual({
      outcome: "REFUSED",
      output: { reason: "a file of this size is not allowed (EFBIG)" },
    });
    expect(standing(folder)).toEqual({});
  });
});

const DROP = { name: "a", content: "the whole content", writeBytesMax: 6 };

/** How many calls to the file system a drop makes. */
async function callsOf(before?: string): Promise<number> {
  const folder = freshFolder();
  if (before !== undefined) writeFileSync(join(folder, "a"), before);
  return (await dropWith({ ...DROP, folder })).calls.length;
}

const EACH = Array.from({ length: await callsOf() }, (_, before) => before + 1);

describe("a drop that is stopped at any call and repeated", () => {
  it("leaves one whole file, under the same attempt or the next", async () => {
    for (const at of EACH) {
      for (const how of ["kill-before", "kill-after"] as const) {
        for (const attempt of [1, 2]) {
          const folder = freshFolder();
          expect((await dropWith({ ...DROP, folder, fault: { at, how } })).answer).toBeNull();
          expect([undefined, DROP.content]).toContain(standing(folder).a);
          const { answer } = await dropWith({ ...DROP, folder, attempt });
          expect(answer).toEqual(droppedAs("a", DROP.content));
          expect([at, standing(folder)]).toEqual([at, { a: DROP.content }]);
        }
      }
    }
  });

  it("twice leaves one whole file", async () => {
    for (const at of EACH) {
      for (const second of EACH) {
        const folder = freshFolder();
        await dropWith({ ...DROP, folder, fault: { at, how: "kill-after" } });
        const again = { at: second, how: "kill-before" } as const;
        await dropWith({ ...DROP, folder, attempt: 2, fault: again });
        const { answer } = await dropWith({ ...DROP, folder, attempt: 3 });
        expect(answer).toEqual(droppedAs("a", DROP.content));
        expect(standing(folder)).toEqual({ a: DROP.content });
      }
    }
  });

  it("by the kernel leaves one whole file", async () => {
    for (const at of EACH) {
      const folder = freshFolder();
      expect(dropApart({ ...DROP, folder, fault: { at, how: "kill-before" } })).toBeNull();
      expect([undefined, DROP.content]).toContain(standing(folder).a);
      const answer = await drop(folder, { name: "a", content: DROP.content }, { attempt: 2 });
      expect(answer).toEqual(droppedAs("a", DROP.content));
      expect([at, standing(folder)]).toEqual([at, { a: DROP.content }]);
    }
  });
});

describe("a call of a drop that fails", () => {
  const truthful = (folder: string, answer: Json, before: Record<string, string>): void => {
    const { outcome } = answer as JsonObject;
    const { a, ...aside } = standing(folder);
    if (outcome === "DROPPED") expect(a).toBe(DROP.content);
    if (outcome === "REFUSED" || outcome === "EXISTS") expect(a).toBe(before.a);
    if (outcome !== undefined) expect(Object.keys(aside)).toEqual([]);
    expect([undefined, before.a, DROP.content]).toContain(a);
    expect(
      outcome === undefined || ["DROPPED", "REFUSED", "EXISTS"].includes(String(outcome)),
    ).toBe(true);
  };

  it.each(["EIO", "ENOSPC", "EACCES", "EROFS"] as const)(
    "with %s is never a wrong answer",
    async (how) => {
      for (const at of EACH) {
        const folder = freshFolder();
        const { answer } = await dropWith({ ...DROP, folder, fault: { at, how } });
        truthful(folder, answer, {});
        const repeated = await dropWith({ ...DROP, folder, attempt: 2 });
        expect(repeated.answer).toEqual(droppedAs("a", DROP.content));
        expect(standing(folder)).toEqual({ a: DROP.content });
      }
    },
  );

  it("or a drop that is given up there, beside a file of others, is never a wrong answer", async () => {
    const calls = await callsOf("theirs");
    for (let at = 1; at <= calls; at += 1) {
      for (const how of ["EIO", "abort"] as const) {
        const folder = freshFolder();
        writeFileSync(join(folder, "a"), "theirs");
        const { answer } = await dropWith({ ...DROP, folder, fault: { at, how } });
        truthful(folder, answer, { a: "theirs" });
        expect(standing(folder)).toEqual({ a: "theirs" });
      }
    }
  });

  it("in a folder that runs out of room is REFUSED, and leaves nothing", async () => {
    const folder = freshFolder();
    const { calls } = await dropWith({ ...DROP, folder: freshFolder() });
    const write = calls.indexOf("write aside") + 1;
    const { answer } = await dropWith({ ...DROP, folder, fault: { at: write + 1, how: "ENOSPC" } });
    expect(answer).toEqual({ outcome: "REFUSED", output: { reason: "there is no room (ENOSPC)" } });
    expect(standing(folder)).toEqual({});
  });

  it("because the time was up leaves nothing aside, and no wrong answer", async () => {
    for (const at of EACH) {
      const folder = freshFolder();
      const { answer } = await dropWith({ ...DROP, folder, fault: { at, how: "abort" } });
      truthful(folder, answer, {});
      expect(Object.keys(standing(folder)).filter((name) => name !== "a")).toEqual([]);
    }
  });
});

describe("several droppers", () => {
  it("of one name and different contents: one drops, the others find its file", async () => {
    for (let round = 0; round < 20; round += 1) {
      const folder = freshFolder();
      const contents = Array.from({ length: 6 }, (_, at) => `${at}`.repeat(50_000));
      const answers = await Promise.all(
        contents.map((content, at) => drop(folder, { name: "a", content }, { key: `key ${at}` })),
      );
      const stands = readFileSync(join(folder, "a"), "utf8");
      expect(standing(folder)).toEqual({ a: stands });
      const exists = { outcome: "EXISTS", output: { name: "a", sha256: digestOf(stands) } };
      expect(answers).toEqual(
        contents.map((content) => (content === stands ? droppedAs("a", content) : exists)),
      );
    }
  });

  it("of one name and one content all drop it", async () => {
    const folder = freshFolder();
    const keys = Array.from({ length: 8 }, (_, at) => `key ${at}`);
    const answers = await Promise.all(
      keys.map((key) => drop(folder, { name: "a", content: "same" }, { key })),
    );
    expect(answers).toEqual(keys.map(() => droppedAs("a", "same")));
    expect(standing(folder)).toEqual({ a: "same" });
  });

  it("leave what others keep in the folder", async () => {
    const folder = freshFolder();
    const others = { ".pgs-mine": "1", ".hidden": "2", b: "3" };
    for (const [name, content] of Object.entries(others))
      writeFileSync(join(folder, name), content);
    linkSync(join(folder, "b"), join(folder, "c"));
    await drop(folder, { name: "a", content: "4" });
    expect(standing(folder)).toEqual({ ...others, a: "4", c: "3" });
  });

  it("nothing wrong is said of a folder that another took the place of", async () => {
    let unknown = 0;
    // At the last call, which closes the folder, it was looked at already.
    for (const at of EACH.slice(0, -1)) {
      const folder = join(freshFolder(), "in");
      mkdirSync(folder);
      const { answer } = await dropWith({ ...DROP, folder, fault: { at, how: "replace" } });
      const { outcome } = answer as JsonObject;
      if (outcome === undefined) unknown += 1;
      else expect(standing(folder)).toEqual(outcome === "DROPPED" ? { a: DROP.content } : {});
    }
    expect(unknown).toBeGreaterThan(0);
  });
});
