/** An execution that writes much takes a breath: what it wrote is flushed, and others have their turn. */
import { beforeAll, expect, test } from "vitest";
import { writeSnapshot } from "../../../compiler/index.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import type { LedgerRecord, OpenedBody } from "../../../protocol/language/records.ts";
import type { Journal } from "../../../runtime/execution.ts";
import { outline } from "../../../runtime/execution.ts";
import { fingerprintOf, isHappened } from "../../../runtime/fingerprint.ts";
import { openSnapshot, resolveSnapshot, type Snapshot } from "../../../runtime/index.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { capabilities } from "../../capabilities/built.ts";
import { compiledText } from "../../compiler/compiled.ts";
import { during, freshRoot, recordsOf, UNFLUSHED } from "../on-disk.ts";

const MANY = "example::WF_NOTE_ALL_V0" as FullName;
const ONE = "example::WF_NOTE_V0" as FullName;
const ITEMS = 1_500;

const NOTES = `kind: domain
code: example
summary: Lists, and what is noted of them.
---
kind: effect
code: CS_NOTES_V0
summary: What was noted.
semantics: registry
store: notes
key: { type: string, maxLength: 9 }
value: { type: object, maxProperties: 0 }
---
kind: workflow
code: WF_NOTE_V0
summary: Note one.
payload: { type: object, required: [key], additionalProperties: false, properties: { key: { type: string, maxLength: 9 } } }
start: note
nodes:
  note:
    effect: CS_NOTES_V0
    op: REGISTER
    with: { key: $.payload.key, value: {} }
    on: { SUCCESS: noted, ALREADY_EXISTS: known }
exits:
  noted: { outcome: NOTED }
  known: { outcome: KNOWN }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_NOTE_ALL_V0
summary: Note all.
payload: { type: object, required: [keys], additionalProperties: false, properties: { keys: { type: array, maxItems: 5000, items: { type: string, maxLength: 9 } } } }
start: each
nodes:
  each:
    map: $.payload.keys
    max: 5000
    concurrency: 8
    call: WF_NOTE_V0
    with: { key: $.item }
    succeed: [NOTED]
    on: { SUCCESS: noted, FAILED: lost, EMPTY: noted }
exits:
  noted: { outcome: NOTED }
  lost: { outcome: LOST }
on_fault: { outcome: FAULTED }
`;

let more: { readonly snapshot: Snapshot; readonly snapshots: () => Snapshot };

beforeAll(async () => {
  const { snapshot } = await compiledText(NOTES);
  if (snapshot === null) throw new Error("the notes compile");
  const folder = `${freshRoot()}-snapshots`;
  writeSnapshot(snapshot, folder);
  const opened = openSnapshot(systemFiles, resolveSnapshot(systemFiles, folder));
  more = { snapshot: opened, snapshots: () => opened };
});

const keys = Array.from({ length: ITEMS }, (_, at) => `k${at}`);
const all = { workflow: MANY, payload: { keys }, traceId: "all" };
const asOpened = { ports: UNFLUSHED, capabilities };

function isOpened(record: LedgerRecord | undefined): record is LedgerRecord & OpenedBody {
  return record?.type === "opened";
}

/** As its records say it. */
function fingerprintIn(records: readonly LedgerRecord[]) {
  const [opened] = records;
  if (!isOpened(opened)) throw new Error("a trace begins with the record that opens it");
  return fingerprintOf({ opened, steps: records.filter(isHappened) });
}

test("others have their turn, what it wrote is flushed, and its end is as it would be", async () => {
  const root = freshRoot();
  const answer = await during(
    root,
    async (runtime) => {
      const order: string[] = [];
      const told = runtime.submit(all).finally(() => order.push("all"));
      const one = { workflow: ONE, payload: { key: "other" }, traceId: "one" };
      await runtime.submit(one).finally(() => order.push("one"));
      const ended = await told;
      expect(order).toEqual(["one", "all"]);
      return ended;
    },
    { ...asOpened, ...more },
  );
  const records = recordsOf(root, "all");
  expect(records.length).toBeGreaterThan(3 * 1_024);
  expect(answer).toMatchObject({ exit: "noted", fingerprint: fingerprintIn(records) });
  expect(answer.steps.length).toBe(records.filter((one) => "to" in one).length);
  // Whoever has its records projected has all of them.
  const projected: LedgerRecord[] = [];
  const again = freshRoot();
  const onClosed = (closed: { readonly records: readonly LedgerRecord[] }) =>
    void projected.push(...closed.records);
  const same = await during(again, (runtime) => runtime.submit(all), {
    ...asOpened,
    ...more,
    onClosed,
  });
  expect(same.fingerprint).toBe(answer.fingerprint);
  expect(projected).toEqual(recordsOf(again, "all"));
});

test("nothing is told to it in between", async () => {
  const root = freshRoot();
  await during(
    root,
    async (runtime) => {
      const told = runtime.submit(all);
      while (runtime.tenantOf("all") === undefined) await Promise.resolve();
      const cancelled = expect(runtime.cancel({ trace: "all" }));
      await cancelled.rejects.toMatchObject({ code: "cancel/ended" });
      expect(await told).toMatchObject({ exit: "noted" });
    },
    { ...asOpened, ...more },
  );
  expect(recordsOf(root, "all").some(({ type }) => type === "cancelled")).toBe(false);
});

test("where nobody projects it, no step keeps its values, whatever the number of records", async () => {
  const root = freshRoot();
  await during(root, (runtime) => runtime.submit(all), { ...asOpened, ...more });
  const records = recordsOf(root, "all").slice(0, -1);
  const journal: Journal = { trace: "all", records: [], lines: [], lineless: true };
  for (const record of records) {
    journal.records.push(record);
    if (journal.records.length % 500 === 0) outline(journal);
  }
  outline(journal);
  expect(journal.records.length).toBe(records.length);
  const steps = journal.records.filter(isHappened);
  expect(steps.some((step) => "output" in step || "value" in step)).toBe(false);
  expect(journal.outlined?.fingerprint.digest()).toBe(fingerprintIn(records));
  const kept = records.filter((record) => !isHappened(record));
  expect(journal.records.filter((record) => !isHappened(record))).toEqual(kept);
});
