/** Verifying says of every trace that has ended whether it was judged to be a possible run, and by what. */
import { beforeAll, expect, test } from "vitest";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { type EvidenceProblem, problemList } from "../../../runtime/evidence/problem.ts";
import { scanLedger } from "../../../runtime/evidence/scan-ledger.ts";
import { traceCheck } from "../../../runtime/evidence/trace-check.ts";
import { openLines } from "../../../runtime/evidence/verify-open.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { ledgerFile } from "../on-disk.ts";
import { forged } from "./forged-root.ts";
import { recordedRoot, snapshot, verified } from "./recorded-root.ts";

let base = "";
beforeAll(async () => {
  base = await recordedRoot();
});

const WITHOUT_FILES = { tracesFolder: undefined, state: false } as const;

/** As if a step had led elsewhere: chain, fingerprint and hashes are its own. */
function ledAstray(records: readonly LedgerRecord[]): readonly LedgerRecord[] {
  const step = records.find(({ type, trace }) => type === "node" && trace === "t2");
  return records.map((record) =>
    record === step && record.type === "node" ? { ...record, to: "elsewhere" } : record,
  );
}

test("by their files, traces are held against their graphs", async () => {
  const { ok, conformance } = await verified(base);
  expect({ ok, conformance }).toEqual({
    ok: true,
    conformance: { by_graph: 3, without_graph: 0, not_judged: 0 },
  });
});

test("where files are left out, what is not judged is said, and judged where it is asked for", async () => {
  const root = forged(base, ledAstray);
  const plain = await verified(root, WITHOUT_FILES);
  expect(plain.problems).toEqual([]);
  expect(plain.conformance).toEqual({ by_graph: 0, without_graph: 0, not_judged: 3 });
  const judged = await verified(root, { ...WITHOUT_FILES, conformance: true });
  expect(judged.ok).toBe(false);
  expect(judged.problems).toMatchObject([{ code: "path/not-in-graph", file: ledgerFile(root) }]);
  expect(judged.conformance).toEqual({ by_graph: 3, without_graph: 0, not_judged: 0 });
});

test("where a snapshot is not at hand, the course alone is judged, and that is said", async () => {
  const missing = () => {
    throw new Refusal("evidence", "snapshot/not-found", "no such snapshot");
  };
  const more = { ...WITHOUT_FILES, conformance: true, snapshot: missing };
  expect((await verified(base, more)).conformance).toEqual({
    by_graph: 0,
    without_graph: 3,
    not_judged: 0,
  });
});

/** What is told of a ledger's traces, where so many bytes of open ones may be held. */
function toldWith(root: string, bytesMax: number): readonly EvidenceProblem[] {
  const problems = problemList();
  const lines = openLines(systemFiles);
  let again = 0;
  const judge = traceCheck({
    snapshot: () => snapshot,
    tell: problems.add,
    held: {
      bytesMax,
      again: (trace) => {
        again += 1;
        return lines.again(trace);
      },
    },
  });
  const scan = scanLedger({
    files: systemFiles,
    dataRoot: root,
    problems,
    durable: undefined,
    steps: () => true,
  });
  for (const { link, record, raw } of scan.lines) {
    lines.take(link, raw);
    if (record !== undefined) judge(record, raw);
  }
  expect(again > 0).toBe(bytesMax < 2_000);
  return problems.problems();
}

test("what is held of open traces is bounded, and what is told of them is the same", () => {
  const root = forged(base, ledAstray);
  const all = toldWith(root, Number.POSITIVE_INFINITY);
  expect(all).toMatchObject([{ code: "path/not-in-graph" }]);
  expect(toldWith(root, 0)).toEqual(all);
  expect(toldWith(root, 1_000)).toEqual(all);
});
