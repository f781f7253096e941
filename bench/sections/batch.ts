/** `pgs run --batch` of a file of payloads, as a fresh process of the built program. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench, Section } from "../bench.ts";
import { ACCEPT_ORDER, orderWorkspace } from "../order-workspace.ts";
import { numberText } from "../report.ts";
import { type RowText, rowOf } from "../row.ts";
import { storedOrders } from "../stored-orders.ts";
import { orderOf } from "../ten-steps.ts";

const SECTION = "batch";
const LINES = { full: 30_000, quick: 3_000 };
const ROUNDS = { full: 3, quick: 1 };

export const batch: Section = {
  name: SECTION,
  title: "`pgs run --batch`, W10, 64 at once, a fresh process",
  run: (bench) => {
    const lines = bench.quick ? LINES.quick : LINES.full;
    const workspace = orderWorkspace(bench);
    const file = join(workspace, "payloads.jsonl");
    const payloads = Array.from({ length: lines }, (_, n) => ({ order: orderOf(n) }));
    writeFileSync(file, payloads.map((payload) => `${JSON.stringify(payload)}\n`).join(""));
    const perSecond: number[] = [];
    const cpuMicros: number[] = [];
    for (let round = 0; round < (bench.quick ? ROUNDS.quick : ROUNDS.full); round += 1) {
      bench.progress(`batch: round ${round + 1}, ${numberText(lines)} lines`);
      const { ms, cpuMs } = runBatch(bench, { workspace, file, lines });
      perSecond.push((lines / ms) * 1_000);
      cpuMicros.push((cpuMs / lines) * 1_000);
    }
    const text = (what: string, unit: string): RowText => ({ section: SECTION, what, unit });
    const note = `${numberText(lines)} lines, start-up included; no trace files`;
    return [
      rowOf({ ...text("pgs run --batch", "lines/s"), note }, perSecond),
      rowOf(text("pgs run --batch: processor time a line", "µs"), cpuMicros),
    ];
  },
};

interface Batch {
  readonly workspace: string;
  readonly file: string;
  readonly lines: number;
}

function runBatch(bench: Bench, { workspace, file, lines }: Batch) {
  const dataRoot = join(bench.folder("batch"), "data");
  const work = ["--wf", ACCEPT_ORDER, "--batch", file, "--concurrency", "64", "--traces", "none"];
  const places = ["--workspace", workspace, "--data-root", dataRoot];
  const spent = bench.spent([join(bench.root, "bin", "pgs.cjs"), "run", ...work, ...places]);
  const stored = storedOrders(dataRoot);
  if (stored !== lines) throw new Error(`${lines} lines, ${stored} orders stored`);
  rmSync(dataRoot, { recursive: true });
  return spent;
}
