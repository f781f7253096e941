/** The records of one execution are found from a place before them, wherever they stand. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RecordBody } from "../../../protocol/language/records.ts";
import type { Entry } from "../../../runtime/ledger/reader.ts";
import { Recorded, type Wanted } from "../../../runtime/ledger/recorded.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { entriesOf, freshRoot } from "../on-disk.ts";
import {
  closed,
  ledgerFiles,
  NODE,
  openOn,
  putLedger,
  QUICK,
  start,
  wholeOn,
} from "./ledger-root.ts";

/** Executions of three records and more, some inside others, over several segments. */
async function written(widths: readonly number[], segmentBytesMax: number): Promise<string> {
  const root = freshRoot();
  const { ledger } = start(root, { files: QUICK, segmentBytesMax });
  for (const [at, width] of widths.entries()) {
    openOn(ledger, `outer-${at}`);
    for (let n = 0; n < width; n += 1) wholeOn(ledger, `inner-${at}-${n}`);
    const long: RecordBody = { ...NODE, outcome: "X".repeat(1 + width * 20_000) } as RecordBody;
    ledger.append(`outer-${at}`, long);
    ledger.append(`outer-${at}`, closed(3));
    await ledger.flush();
  }
  await ledger.close();
  return root;
}

function wantedIn(entries: readonly Entry[]): readonly Wanted[] {
  return entries.flatMap(({ record }) => {
    if (record.type !== "closed") return [];
    const { trace, n: last } = record;
    const first = entries.find((one) => one.record.trace === trace)?.record.n ?? 0;
    return [{ trace, first, last }];
  });
}

test("in any order and from any place before them, they are what a reader finds", async () => {
  const widths = fc.array(fc.nat(6), { minLength: 1, maxLength: 8 });
  const check = async (list: readonly number[], size: number, seed: readonly number[]) => {
    const root = await written(list, size);
    const entries = entriesOf(root);
    const recorded = new Recorded(systemFiles, root);
    const all = wantedIn(entries);
    for (const at of seed) {
      const wanted = all[at % all.length] as Wanted;
      const mark = entries[(at * 7) % wanted.first]?.start ?? { n: 0, segment: 1, offset: 0 };
      const expected = entries.filter(({ record }) => record.trace === wanted.trace);
      expect(recorded.find(wanted, mark)).toEqual(expected.map(({ record }) => record));
    }
  };
  const order = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 20 });
  const property = fc.asyncProperty(widths, fc.integer({ min: 2_000, max: 300_000 }), order, check);
  await fc.assert(property, { numRuns: 40 });
});

test("one after the other, each byte is read once, and no folder is listed", async () => {
  const root = await written(Array(40).fill(6), 64_000_000);
  let read = 0;
  const files = {
    ...systemFiles,
    names: () => expect.unreachable(),
    readAt(path: string, offset: number, length: number) {
      const bytes = systemFiles.readAt(path, offset, length);
      read += bytes.length;
      return bytes;
    },
  };
  const recorded = new Recorded(files, root);
  const beginning = { n: 0, segment: 1, offset: 0 };
  const entries = entriesOf(root);
  const inOrder = [...wantedIn(entries)].sort((a, b) => a.first - b.first);
  for (const wanted of inOrder) recorded.find(wanted, beginning);
  const bytes = entries.reduce((sum, { raw }) => sum + raw.bytes.length, 0);
  expect(read).toBeLessThanOrEqual(bytes);
});

test.each<[string, (line: string) => string]>([
  ["changed", (line) => line.replace('"outcome":"X', '"outcome":"Y')],
  ["gone", () => ""],
  ["half", (line) => line.slice(0, 99)],
])("a line of it that is %s is refused", async (_, damage) => {
  const root = await written([0, 0], 1_000_000);
  const lines = (ledgerFiles(root)["00000001.jsonl"] ?? "").split(/(?<=\n)/);
  putLedger(root, Buffer.from(lines.map((line, at) => (at === 4 ? damage(line) : line)).join("")));
  const recorded = new Recorded(systemFiles, root);
  const beginning = { n: 0, segment: 1, offset: 0 };
  expect(recorded.find({ trace: "outer-0", first: 1, last: 3 }, beginning)).toHaveLength(3);
  expect(() => recorded.find({ trace: "outer-1", first: 4, last: 6 }, beginning)).toThrow(
    expect.objectContaining({ family: "evidence" }),
  );
});
