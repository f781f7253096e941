import { describe, expect, test } from "vitest";
import type { Files } from "../../../runtime/ports.ts";
import { SYSTEM_PORTS } from "../../../runtime/runtime-options.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { during, entriesOf, freshRoot, ledgerBytes, open, recordsOf } from "../on-disk.ts";
import { REGISTER } from "../protocol.ts";

interface Disk {
  readonly files: Files;
  /** What was asked of the ledger's files, in order. */
  readonly calls: string[];
  /** Lets the flushes that wait return; with an error, lets them fail. */
  readonly release: (error?: Error) => void;
}

/** The real disk, whose ledger flushes return when the test says so. */
function heldDisk(): Disk {
  const calls: string[] = [];
  let waiting: ((error?: Error) => void)[] = [];
  const files: Files = {
    ...systemFiles,
    openAppend(path) {
      const file = systemFiles.openAppend(path);
      return {
        ...file,
        append(data) {
          calls.push("append");
          file.append(data);
        },
        async flush() {
          calls.push("flush");
          await new Promise<void>((resolve, reject) => {
            waiting.push((error) => (error === undefined ? resolve() : reject(error)));
          });
          await file.flush();
        },
        truncate(length) {
          calls.push(`truncate ${length}`);
          file.truncate(length);
        },
      };
    },
  };
  const release = (error?: Error) => {
    const settled = waiting;
    waiting = [];
    for (const settle of settled) settle(error);
  };
  return { files, calls, release };
}

const work = (name: string) => ({ workflow: REGISTER, payload: { name } });

async function turns(count = 20): Promise<void> {
  for (let at = 0; at < count; at += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Until so many flushes were asked for, and everything that could follow has. */
async function flushed(calls: readonly string[], count: number): Promise<void> {
  while (calls.filter((call) => call === "flush").length < count) await turns(1);
  await turns();
}

describe("L3 ledger first: an answer", () => {
  test("is given only when its records are on the disk", async () => {
    const { files, calls, release } = heldDisk();
    const runtime = await open(freshRoot(), { ports: { ...SYSTEM_PORTS, files } });
    let answered = false;
    const answer = runtime.submit(work("a")).then(() => {
      answered = true;
    });
    await flushed(calls, 1);
    expect(calls).toEqual(["append", "flush"]);
    expect(answered).toBe(false);
    release();
    await answer;
    await runtime.close();
  });

  test("costs one flush alone, and shares it with all who wait", async () => {
    const { files, calls, release } = heldDisk();
    const runtime = await open(freshRoot(), { ports: { ...SYSTEM_PORTS, files } });
    const first = runtime.submit(work("a"));
    await flushed(calls, 1);
    // While the first is being flushed, the next group gathers.
    const others = ["b", "c", "d", "e"].map((name) => runtime.submit(work(name)));
    await turns();
    expect(calls).toEqual(["append", "flush"]);
    release();
    await first;
    await flushed(calls, 2);
    expect(calls).toEqual(["append", "flush", "append", "flush"]);
    release();
    await Promise.all(others);
    expect(runtime.flushes).toBe(2);
    await runtime.close();
  });

  test("is refused to all who wait when the flush fails, and no flush is tried again", async () => {
    const { files, calls, release } = heldDisk();
    const root = freshRoot();
    const runtime = await open(root, { ports: { ...SYSTEM_PORTS, files } });
    const first = runtime.submit(work("a"));
    await flushed(calls, 1);
    release();
    await first;
    const acknowledged = ledgerBytes(root).length;
    const failing = Promise.allSettled([runtime.submit(work("b")), runtime.submit(work("c"))]);
    await flushed(calls, 2);
    const late = runtime.submit(work("d")).catch((error: unknown) => error);
    await turns();
    release(Object.assign(new Error("EIO: i/o error"), { code: "EIO" }));
    const refused = { status: "rejected", reason: { code: "ledger/flush-failed" } };
    expect(await failing).toMatchObject([refused, refused]);
    expect(await late).toMatchObject({ code: "ledger/flush-failed" });
    await expect(runtime.submit(work("e"))).rejects.toMatchObject({ code: "ledger/flush-failed" });
    expect(calls.filter((call) => call === "flush").length).toBe(2);
    expect(calls.at(-1)).toBe(`truncate ${acknowledged + 1}`);
    await runtime.close();
    // What was acknowledged stands; what was refused never happened.
    await during(root, async ({ recovery }) => expect(recovery.continued).toEqual([]));
    expect(recordsOf(root).filter(({ type }) => type === "opened").length).toBe(1);
  });

  test("is refused for good when a flush finds no room: what it wrote may be gone", async () => {
    const { files, calls, release } = heldDisk();
    const runtime = await open(freshRoot(), { ports: { ...SYSTEM_PORTS, files } });
    const answer = runtime.submit(work("a")).catch((error: unknown) => error);
    await flushed(calls, 1);
    release(Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" }));
    expect(await answer).toMatchObject({ family: "viability", code: "ledger/flush-failed" });
    await runtime.close();
  });
});

describe("many at once", () => {
  test("stand in one order, each trace whole, and one registration of a key succeeds", async () => {
    const root = freshRoot();
    const { answers, flushes } = await during(root, async (runtime) => {
      const all = Array.from({ length: 200 }, (_, at) => runtime.submit(work(`name ${at % 50}`)));
      return { answers: await Promise.all(all), flushes: runtime.flushes };
    });
    expect(answers.filter(({ outcome }) => outcome === "SUCCESS").length).toBe(50);
    expect(answers.filter(({ outcome }) => outcome === "ALREADY_EXISTS").length).toBe(150);
    expect(flushes).toBeLessThan(20);
    expect(entriesOf(root).length).toBe(50 * 5 + 150 * 4);
    const events = recordsOf(root).filter(
      (record) => record.type === "effect" && record.operation === "APPEND",
    );
    const positions = events.map((record) => "output" in record && record.output);
    expect(positions).toEqual(events.map((_, at) => ({ position: at + 1 })));
  });

  test("have each their closing told once, after their records are durable", async () => {
    const root = freshRoot();
    const told: string[] = [];
    const answers = await during(
      root,
      (runtime) => Promise.all(["a", "b", "c"].map((name) => runtime.submit(work(name)))),
      {
        onClosed: ({ trace, records, lines }) => {
          told.push(trace);
          expect(Buffer.from(lines).toString().split("\n").length - 1).toBe(records.length);
          expect(ledgerBytes(root).includes(Buffer.from(lines))).toBe(true);
        },
      },
    );
    expect(told.sort()).toEqual(answers.map(({ trace_id }) => trace_id).sort());
  });
});

describe("a clock that goes back", () => {
  test("never makes a record earlier than the one before", async () => {
    const root = freshRoot();
    let now = Date.parse("2026-11-21T10:00:00.000Z");
    const clock = { ...SYSTEM_PORTS.clock, now: () => (now -= 60_000) };
    const ports = { ...SYSTEM_PORTS, clock };
    await during(root, (runtime) => runtime.submit(work("a")), { ports });
    await during(root, (runtime) => runtime.submit(work("b")), { ports });
    const times = recordsOf(root).map(({ at }) => at);
    expect(times).toEqual([...times].sort());
    const behind = recordsOf(root).flatMap((record) =>
      record.type === "opened" ? [record.clock_behind_ms ?? 0] : [],
    );
    expect(behind.some((ms) => ms > 0)).toBe(true);
  });
});
