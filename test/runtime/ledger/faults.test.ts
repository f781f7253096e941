/**
 * Disks that refuse a writer while it is at work. A write without room waits and goes through when
 * there is some; everything else is final. Nobody is told of what is not on the disk, and nothing of
 * what was refused is found behind what was acknowledged.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Files } from "../../../runtime/ports.ts";
import { freshRoot } from "../on-disk.ts";
import { NODE, openOn, QUICK, segment, start, stillClock, turns, wholeOn } from "./ledger-root.ts";

interface Disk {
  readonly files: Files;
  readonly calls: string[];
  /** Bytes that the disk still takes. */
  room: number;
  /** What the next call of its kind throws. */
  readonly fail: { append?: string; flush?: string; truncate?: string; open?: string };
}

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: refused`), { code });
}

/** A real file with little room behind it: a write is short before it fails, as writes are. */
function disk(room = Number.POSITIVE_INFINITY): Disk {
  const it: Disk = { files: QUICK, calls: [], room, fail: {} };
  const failing = (kind: keyof Disk["fail"]) => {
    const code = it.fail[kind];
    it.calls.push(kind);
    if (code === undefined) return;
    delete it.fail[kind];
    throw errno(code);
  };
  const openAppend: Files["openAppend"] = (path) => {
    failing("open");
    const file = QUICK.openAppend(path);
    return {
      ...file,
      append(data) {
        const taken = Math.min(data.length, it.room);
        file.append(data.subarray(0, taken));
        it.room -= taken;
        failing("append");
        if (taken < data.length) throw errno("ENOSPC");
      },
      flush: async () => failing("flush"),
      truncate(length) {
        failing("truncate");
        file.truncate(length);
      },
    };
  };
  return Object.assign(it, { files: { ...QUICK, openAppend } });
}

/** A root with one acknowledged execution, its bytes, and a writer on a disk that can refuse. */
async function acknowledged(roomWaitMs = 1_000) {
  const root = freshRoot();
  const clock = stillClock();
  const small = disk();
  const { ledger } = start(root, { files: small.files, clock, roomWaitMs });
  wholeOn(ledger, "a");
  await ledger.flush();
  small.calls.length = 0;
  const stands = () => readFileSync(segment(root, 1));
  return { root, clock, small, ledger, before: stands(), stands };
}

/** What comes of a promise, asked for before it is known. */
function outcomeOf(promise: Promise<void>): () => unknown {
  let outcome: unknown = "waiting";
  promise.then(
    () => {
      outcome = "done";
    },
    (error: unknown) => {
      outcome = error;
    },
  );
  return () => outcome;
}

describe("a write that finds no room", () => {
  test("is cut back, tried again when the clock rings, and answers when it goes through", async () => {
    const { root, clock, small, ledger, before, stands } = await acknowledged();
    small.room = 700;
    wholeOn(ledger, "b");
    const first = outcomeOf(ledger.flush());
    await turns();
    expect(first()).toBe("waiting");
    expect(ledger.noRoom).toBe(true);
    expect(ledger.failed).toBe(false);
    expect(stands()).toEqual(before);
    // What is under way goes on, and waits behind it.
    openOn(ledger, "c");
    const second = outcomeOf(ledger.flush());
    small.room = 10;
    expect(clock.ring()).toBe(250);
    await turns();
    expect([first(), second()]).toEqual(["waiting", "waiting"]);
    expect(stands()).toEqual(before);
    small.room = 1_000_000;
    clock.ring();
    await turns();
    expect([first(), second()]).toEqual(["done", "done"]);
    expect(ledger.noRoom).toBe(false);
    expect(small.calls.filter((call) => call === "flush").length).toBe(2);
    await ledger.close();
    const read = start(root).read.map(({ record }) => record.n);
    expect(read).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("is a failure with a code of its own when it has waited long enough, or may not wait", async () => {
    for (const [roomWaitMs, rings] of [
      [600, [250, 250, 100]],
      [0, []],
    ] as const) {
      const { clock, small, ledger, before, stands } = await acknowledged(roomWaitMs);
      small.room = 100;
      wholeOn(ledger, "b");
      const waiting = outcomeOf(ledger.flush());
      await turns();
      const rung: (number | undefined)[] = [];
      while (waiting() === "waiting") {
        rung.push(clock.ring());
        await turns();
      }
      expect(rung).toEqual(rings);
      expect(waiting()).toMatchObject({ family: "busy", code: "ledger/no-room" });
      expect(() => openOn(ledger, "c")).toThrow("ENOSPC");
      expect(ledger.noRoom).toBe(false);
      // One byte stands for that it was tried: the next start copies the file.
      expect(stands().length).toBe(before.length + 1);
      expect(small.calls).not.toContain("flush");
      await ledger.close();
    }
  });

  test("waits for room again and again, each time as long", async () => {
    const { clock, small, ledger } = await acknowledged(300);
    for (const trace of ["b", "c", "d"]) {
      small.room = 5;
      wholeOn(ledger, trace);
      const waiting = outcomeOf(ledger.flush());
      await turns();
      small.room = 1_000_000;
      clock.ring();
      await turns();
      expect(waiting()).toBe("done");
    }
    await ledger.close();
  });

  test("is given up by who stops or closes", async () => {
    for (const giveUp of ["stop", "close"] as const) {
      const { clock, small, ledger, before, stands } = await acknowledged();
      small.room = 5;
      wholeOn(ledger, "b");
      const waiting = outcomeOf(ledger.flush());
      await turns();
      if (giveUp === "stop") ledger.stop(new Error("an assertion failed"));
      await ledger.close();
      expect(waiting()).toBeInstanceOf(Error);
      expect(clock.ring()).toBeUndefined();
      expect(stands().length).toBe(before.length + 1);
    }
  });

  test("to a new segment leaves an empty one, and goes on there", async () => {
    const root = freshRoot();
    const clock = stillClock();
    const small = disk();
    const options = { files: small.files, clock, roomWaitMs: 1_000, segmentBytesMax: 1_000 };
    const { ledger } = start(root, options);
    small.room = 1_100;
    for (const trace of ["a", "b", "c"]) wholeOn(ledger, trace);
    const waiting = outcomeOf(ledger.flush());
    await turns();
    expect(waiting()).toBe("waiting");
    // The first segment is on the disk: known to be, and told to nobody.
    expect(ledger.durable).toMatchObject({ segment: 1 });
    expect(ledger.durable.n).toBeGreaterThan(0);
    expect(readFileSync(segment(root, 2)).length).toBe(0);
    small.room = 1_000_000;
    small.fail.open = "ENOSPC";
    clock.ring();
    await turns();
    clock.ring();
    await turns();
    expect(waiting()).toBe("done");
    await ledger.close();
    expect(start(root).read.length).toBe(9);
  });
});

describe("a failure that is final", () => {
  const cases = [
    ["a flush without room", { flush: "ENOSPC" }, "ledger/flush-failed"],
    ["a flush", { flush: "EIO" }, "ledger/flush-failed"],
    ["a write", { append: "EIO" }, "ledger/write-failed"],
    ["a write to a disk that became read-only", { append: "EROFS" }, "ledger/not-writable"],
    ["cutting back", { append: "ENOSPC", truncate: "EIO" }, "ledger/write-failed"],
  ] as const;

  test.each(cases)("is %s", async (_, fail, code) => {
    const { root, small, ledger, before, stands, clock } = await acknowledged();
    Object.assign(small.fail, fail);
    wholeOn(ledger, "b");
    const waiting = outcomeOf(ledger.flush());
    await turns();
    expect(waiting()).toMatchObject({ code });
    expect(ledger.failed).toBe(true);
    expect(ledger.noRoom).toBe(false);
    await expect(ledger.flush()).rejects.toMatchObject({ code });
    expect(() => openOn(ledger, "c")).toThrow();
    expect(clock.ring()).toBeUndefined();
    expect(small.calls.filter((call) => call === "flush").length).toBeLessThanOrEqual(1);
    expect(stands().subarray(0, before.length)).toEqual(before);
    await ledger.close();
    const again = start(root);
    expect(again.read.slice(0, 3).map(({ record }) => record.trace)).toEqual(["a", "a", "a"]);
  });

  test("of a flush leaves a file that the next start does not trust", async () => {
    const { root, small, ledger, before, stands } = await acknowledged();
    small.fail.flush = "EIO";
    wholeOn(ledger, "b");
    await expect(ledger.flush()).rejects.toMatchObject({ code: "ledger/flush-failed" });
    await ledger.close();
    // What was refused is not found done; one byte of it stands for that it was tried.
    expect(stands().length).toBe(before.length + 1);
    const replaced: string[] = [];
    const files: Files = {
      ...QUICK,
      replace(path, data) {
        replaced.push(path);
        QUICK.replace(path, data);
      },
    };
    const { read } = start(root, { files });
    expect(read.map(({ record }) => record.type)).toEqual(["opened", "node", "closed", "cut"]);
    expect(replaced.at(-1)).toBe(segment(root, 1));
  });
});

describe("a data root that is not there any more", () => {
  const cases = [
    ["vanished", "data-root/vanished", (root: string) => renameSync(root, `${root}.away`)],
    [
      "replaced",
      "data-root/replaced",
      (root: string) => {
        renameSync(root, `${root}.away`);
        mkdirSync(root);
      },
    ],
    [
      "replaced by a copy",
      "data-root/replaced",
      (root: string) => {
        const bytes = readFileSync(segment(root, 1));
        rmSync(segment(root, 1));
        writeFileSync(segment(root, 1), bytes);
      },
    ],
    [
      "written to by another process",
      "ledger/other-writer",
      (root: string) => writeFileSync(segment(root, 1), "foreign\n", { flag: "a" }),
    ],
  ] as const;

  test.each(cases)("(%s) gives no answer", async (_, code, damage) => {
    const { root, ledger } = await acknowledged();
    openOn(ledger, "b");
    damage(root);
    await expect(ledger.flush()).rejects.toMatchObject({ family: "viability", code });
    expect(ledger.failed).toBe(true);
    expect(() => ledger.append("b", NODE)).toThrow();
    await ledger.close();
  });
});

describe("a clock that goes back", () => {
  test("gives no record an earlier time, and is told", async () => {
    const root = freshRoot();
    const clock = stillClock();
    const { ledger } = start(root, { files: QUICK, clock });
    expect(ledger.behindMs).toBe(0);
    wholeOn(ledger, "a");
    clock.set(clock.now() - 3_600_000);
    expect(ledger.behindMs).toBe(3_600_000);
    wholeOn(ledger, "b");
    await ledger.flush();
    await ledger.close();
    const times = new Set(start(root).read.map(({ record }) => record.at));
    expect([...times]).toEqual(["2026-11-21T10:00:00.000Z"]);
    // The next writer knows the time of the last record without having read it.
    const { end, hash } = start(root).recovered;
    const watermark = { applied: end.n, epoch: 1, durable: end, hash };
    const again = start(root, { clock, checkpoint: { watermark, open: [] } });
    expect(again.read).toEqual([]);
    expect(again.ledger.behindMs).toBe(3_600_000);
    expect(again.ledger.now()).toBe("2026-11-21T10:00:00.000Z");
  });
});
