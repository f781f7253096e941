/** A whole ledger that is looked through while its writer goes on, beyond the segment that is read. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { problemList } from "../../../runtime/evidence/problem.ts";
import { scanLedger } from "../../../runtime/evidence/scan-ledger.ts";
import type { Files } from "../../../runtime/ports.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { QUICK, segment, start, wholeOn } from "../ledger/ledger-root.ts";
import { freshRoot } from "../on-disk.ts";

test("is told of as it stood at some moment, wherever it goes on meanwhile", async () => {
  const root = freshRoot();
  const { ledger } = start(root, { files: QUICK, segmentBytesMax: 5_000 });
  for (let at = 0; at < 12; at += 1) {
    wholeOn(ledger, `t${at}`);
    await ledger.flush();
  }
  await ledger.close();
  const first = readFileSync(segment(root, 1));
  const ends = [...first.keys()].filter((at) => first[at] === 0x0a).map((at) => at + 1);
  expect(ledger.durable.segment).toBeGreaterThan(2);
  for (const [count, end] of ends.entries()) {
    // The second half of its life happens between the end of the first segment and the next look.
    let isRead = false;
    const files: Files = {
      ...systemFiles,
      names: (folder) =>
        systemFiles.names(folder).filter((name) => isRead || /1\.jsonl$/.test(name)),
      readAt(path, offset, length) {
        if (isRead || basename(path) !== basename(segment(root, 1))) {
          return systemFiles.readAt(path, offset, length);
        }
        isRead = true;
        return first.subarray(offset, Math.min(end, offset + length));
      },
    };
    const problems = problemList();
    const options = { files, dataRoot: root, problems, durable: undefined, steps: () => true };
    const scan = scanLedger(options);
    expect([...scan.lines].length).toBe(count + 1);
    expect(isRead).toBe(true);
    expect(problems.problems()).toEqual([]);
  }
});
