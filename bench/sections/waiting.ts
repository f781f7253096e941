/** Executions that wait: what a process holds of them, and what a start reads. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Bench, Section } from "../bench.ts";
import type { WaitingAnswer, WaitingRequest } from "../jobs/waiting.ts";
import { numberText } from "../report.ts";
import { type RowText, rowOf } from "../row.ts";
import { waitingWorkspace } from "../waiting-workspace.ts";

const SECTION = "waiting";
const COUNT = { full: 100_000, quick: 5_000 };
const MIB = 1024 ** 2;
const RESIDENT_MIB_MAX = 200;

export const waiting: Section = {
  name: SECTION,
  title: "Waiting executions: a month, out of memory",
  run: (bench) => {
    const count = COUNT[bench.quick ? "quick" : "full"];
    bench.progress(`waiting: ${numberText(count)} executions`);
    const workspace = waitingWorkspace(bench);
    const place = {
      folder: bench.folder("waiting"),
      snapshots: join(workspace, "snapshots"),
      capabilities: join(bench.root, "dist", "capabilities"),
      storeWorkerFile: join(bench.root, "dist", "store-worker.cjs"),
    };
    const answers = [
      { what: "begun in this process", begin: count },
      { what: "found by a start", begin: 0 },
    ].map(({ what, begin }) => ({ what, ...asked(bench, { place, begin }) }));
    rmSync(place.folder, { recursive: true });
    const [begun, found] = answers;
    if (begun === undefined || found === undefined) throw new Error("both were measured");
    return [
      ...answers.map(({ what, residentBytes, heldBytes }) => {
        const row: RowText = {
          section: SECTION,
          what: `resident memory, ${numberText(count)} waiting, ${what}`,
          unit: "MiB",
          budget: { limit: RESIDENT_MIB_MAX, at: "most" },
          note: `${numberText(heldBytes / MIB)} MiB held after a collection`,
        };
        return rowOf(row, [residentBytes / MIB]);
      }),
      one("executions that came to where they wait, a second", "1/s", begun.perSecond),
      one("a start", "ms", found.openMs),
      one("bytes of the ledger that a start reads", "B", found.readBytes),
      one("from a signal to the end of one, durable", "ms", found.signalMs),
    ];
  },
};

function asked(bench: Bench, request: WaitingRequest): WaitingAnswer {
  return bench.child<WaitingAnswer>("waiting", request, ["--expose-gc"]);
}

function one(what: string, unit: string, value: number) {
  return rowOf({ section: SECTION, what, unit }, [value]);
}
