/** A call that is said to have been interrupted, by a ledger that shows its writer going on. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import type { Json } from "../../../protocol/language/json.ts";
import { recordsIn } from "../../../runtime/evidence/ledger-source.ts";
import { replayState } from "../../../runtime/evidence/replay.ts";
import { verify } from "../../../runtime/evidence/verify.ts";
import { callKey } from "../../../runtime/machine/attempt.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { freshRoot, ledgerFile } from "../on-disk.ts";
import { drawnGraph } from "../traces/drawn-graph.ts";
import { TRACE, type Walk, walkBodies, writtenLines } from "../traces/written-trace.ts";
import { examineLines, madeSnapshot } from "./evidence-lines.ts";

const graph = await drawnGraph({
  fetch: ["safe CS_RATES_V0.FETCH", { SUCCESS: "pay", TIMEOUT: "on_fault" }],
  pay: ["unsafe CS_BANK_V0.PAY", { PAID: "done", IN_DOUBT: "doubtful" }],
  done: ["exit SUCCESS"],
  doubtful: ["exit DOUBTFUL"],
});
const reason = { code: "unknown/interrupted", message: "x" };
const doubtful: Walk = [
  ["fetch SUCCESS", { output: 1 as Json }],
  ["pay IN_DOUBT", { reason }],
];
const repeated: Walk = [
  ["fetch SUCCESS", { output: 1 as Json, attempts: 2 }],
  ["pay PAID", { output: 1 as Json }],
];
const plain: Walk = [
  ["fetch SUCCESS", { output: 1 as Json }],
  ["pay PAID", { output: 1 as Json }],
];

/** A ledger of these traces, one behind the other, each opened by a writer of that epoch. */
function ledgerOf(walks: readonly (readonly [Walk, epoch: number])[]) {
  const dataRoot = freshRoot();
  let n = 1;
  const traces = walks.map(([walk, epoch], index) => {
    const trace = index === 0 ? TRACE : `t${index}`;
    const bodies = walkBodies(graph, walk, { epoch }).map((body) =>
      body.type === "attempted"
        ? { ...body, idempotency_key: callKey("local", trace, body.node) }
        : body,
    );
    const lines = writtenLines(bodies, { n, trace });
    n += lines.length;
    return lines;
  });
  mkdirSync(dirname(ledgerFile(dataRoot)), { recursive: true });
  writeFileSync(ledgerFile(dataRoot), traces.flat().join(""));
  return { dataRoot, lines: traces[0] ?? [] };
}

type Case = readonly [law: string, walks: Parameters<typeof ledgerOf>[0], codes: readonly string[]];
const REFUTED = ["call/not-interrupted"];
const CASES: readonly Case[] = [
  ["in doubt, at the end of what is known", [[doubtful, 1]], []],
  [
    "in doubt, before another writer",
    [
      [doubtful, 1],
      [plain, 2],
    ],
    [],
  ],
  [
    "in doubt, before the same writer",
    [
      [doubtful, 1],
      [plain, 1],
    ],
    REFUTED,
  ],
  ["attempted again, at the end of what is known", [[repeated, 1]], []],
  [
    "attempted again, before another writer",
    [
      [repeated, 1],
      [plain, 4],
    ],
    [],
  ],
  [
    "attempted again, before the same writer",
    [
      [repeated, 1],
      [plain, 1],
      [plain, 2],
    ],
    REFUTED,
  ],
  [
    "answered, before the same writer",
    [
      [plain, 1],
      [plain, 1],
    ],
    [],
  ],
];

describe.each(CASES)("a call %s", (_, walks, codes) => {
  const { dataRoot, lines } = ledgerOf(walks);
  const source = { files, dataRoot };
  const snapshot = () => madeSnapshot(graph);

  test("is judged by who verifies the ledger", async () => {
    const asked = { tracesFolder: undefined, paint: undefined, state: false };
    const { problems } = await verify({ ...source, ...asked, snapshot });
    expect(problems.map(({ code }) => code)).toEqual(codes);
  });

  test("is judged by who replays it", () => {
    const { problems } = replayState({ kind: "ledger", ...source });
    expect(problems.map(({ code }) => code)).toEqual(codes);
  });

  test("is judged by who examines its trace beside the ledger", () => {
    const { integrity } = examineLines(lines, graph, { ledger: () => recordsIn(source) });
    expect(integrity.problems.map(({ code }) => code)).toEqual(codes);
  });
});
