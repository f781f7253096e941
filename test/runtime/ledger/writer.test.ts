import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/language/digest.ts";
import type { OpenedBody, RecordBody } from "../../../protocol/language/records.ts";
import { prepareDataRoot } from "../../../runtime/data-root.ts";
import { Ledger } from "../../../runtime/ledger/ledger.ts";
import { type Entry, readLedger } from "../../../runtime/ledger/reader.ts";
import { recoverLedger } from "../../../runtime/ledger/recovery.ts";
import type { Checkpoint } from "../../../runtime/ports.ts";
import { systemClock, systemFiles } from "../../../runtime/system-ports.ts";
import { freshRoot } from "../on-disk.ts";

const OPENED: OpenedBody = {
  type: "opened",
  format: 1,
  epoch: 1,
  flushed: 0,
  snapshot: sha256("a snapshot"),
  engine: "0",
  workflow: "test::WF_X_V0",
  intent: null,
  tenant: "default",
  session: null,
  principal: "operator",
  idempotency_key: null,
  policy: { decision: "ungoverned", policies: [] },
  payload: null,
  started_at: "2026-11-21T10:00:00.000Z",
};
const NODE: RecordBody = { type: "node", node: "a", outcome: "X", to: "b" };
const CLOSED: RecordBody = {
  type: "closed",
  exit: "b",
  outcome: "X",
  result: null,
  fault: false,
  records: 3,
  fingerprint: sha256("what happened"),
};

/** As a start finds a data root: what was read, and a writer behind it. */
function start(dataRoot: string, checkpoint?: Checkpoint) {
  const files = systemFiles;
  prepareDataRoot(files, dataRoot);
  const read: Entry[] = [];
  const options = { dataRoot, files, clock: systemClock };
  const each = (entry: Entry) => void read.push(entry);
  const { watermark, open = [] } = checkpoint ?? {};
  const { end, at } = recoverLedger({ ...options, watermark, open, each });
  return { read, end, ledger: new Ledger({ ...options, end, at, segmentBytesMax: 2_000 }) };
}

function checkpointOf(ledger: Ledger): Checkpoint {
  const { durable } = ledger;
  return { watermark: { applied: durable.n, epoch: 1, durable }, open: ledger.open() };
}

describe("a ledger that outgrows a segment", () => {
  test("goes on in the next one, in one order, and is read as one", async () => {
    const root = freshRoot();
    const { ledger } = start(root);
    for (let at = 0; at < 20; at += 1) {
      for (const body of [OPENED, NODE, CLOSED]) ledger.append(`t${at}`, body);
      if (at % 3 === 0) await ledger.flush();
    }
    await ledger.flush();
    await ledger.close();
    const segments = readdirSync(join(root, "ledger"));
    expect(segments.length).toBeGreaterThan(5);
    expect(segments.at(-1)).toBe(`${String(segments.length).padStart(8, "0")}.jsonl`);
    const entries = [...readLedger(systemFiles, root)];
    expect(entries.map(({ record }) => record.n)).toEqual(
      Array.from({ length: 60 }, (_, at) => at + 1),
    );
  });

  test("is read from where the state has come, even with traces open there", async () => {
    const root = freshRoot();
    const { ledger } = start(root);
    ledger.append("early", OPENED);
    ledger.append("early", NODE);
    ledger.append("late", OPENED);
    ledger.append("early", CLOSED);
    ledger.append("late", NODE);
    await ledger.flush();
    const checkpoint = checkpointOf(ledger);
    expect(checkpoint.open.map(({ trace }) => trace)).toEqual(["late"]);
    ledger.append("late", CLOSED);
    for (let at = 0; at < 10; at += 1) {
      for (const body of [OPENED, NODE, CLOSED]) ledger.append(`t${at}`, body);
    }
    await ledger.flush();
    await ledger.close();
    const again = start(root, checkpoint);
    const read = again.read.map(({ record }) => record.n);
    // The records of what was open, then all that stands behind the checkpoint.
    expect(read).toEqual([3, 5, ...Array.from({ length: 31 }, (_, at) => at + 6)]);
    expect(again.end.n).toBe(36);
  });

  test("remembers a trace until its end is on the disk", async () => {
    const { ledger } = start(freshRoot());
    ledger.append("t", OPENED);
    expect(ledger.open()).toEqual([]);
    await ledger.flush();
    ledger.append("t", NODE);
    ledger.append("t", CLOSED);
    const [open] = ledger.open();
    expect(open).toMatchObject({
      trace: "t",
      places: [{ start: { n: 0, segment: 1, offset: 0 } }],
    });
    expect(open?.places[0]?.bytes).toBe(ledger.durable.offset);
    await ledger.flush();
    expect(ledger.open()).toEqual([]);
    await ledger.close();
  });
});

describe("a trace", () => {
  test("opens once, first, and has no record behind its end", async () => {
    const { ledger } = start(freshRoot());
    expect(() => ledger.append("t", NODE)).toThrow("opens once");
    ledger.append("t", OPENED);
    expect(() => ledger.append("t", OPENED)).toThrow("opens once");
    ledger.append("t", CLOSED);
    expect(() => ledger.append("t", NODE)).toThrow("follows the end");
    await ledger.flush();
    expect(() => ledger.append("t", NODE)).toThrow("opens once");
    await ledger.close();
  });
});

describe("a writer at fault", () => {
  test("writes nothing more", async () => {
    const root = freshRoot();
    const { ledger } = start(root);
    for (const body of [OPENED, NODE, CLOSED]) ledger.append("t", body);
    await ledger.flush();
    ledger.append("half", OPENED);
    const waiting = ledger.flush();
    ledger.stop(new Error("an assertion failed"));
    await expect(waiting).rejects.toThrow("an assertion failed");
    expect(() => ledger.append("more", OPENED)).toThrow("an assertion failed");
    await ledger.close();
    expect([...readLedger(systemFiles, root)].length).toBe(3);
  });
});
