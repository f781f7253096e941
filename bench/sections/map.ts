/** One execution that maps over a long list: how fast, and what it holds at most. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Bench, Section } from "../bench.ts";
import type { MapAnswer, MapRequest } from "../jobs/map.ts";
import { MAP_ITEMS_MAX, mapWorkspace } from "../map-workspace.ts";
import { numberText } from "../report.ts";
import { rowOf } from "../row.ts";

const SECTION = "map";
const ITEMS = { full: MAP_ITEMS_MAX, quick: 10_000 };
const ROUNDS = { full: 3, quick: 1 };
const MIB = 1024 ** 2;

export const map: Section = {
  name: SECTION,
  title: "A map in one execution, 64 items at a time, each with an effect",
  run: (bench) => {
    const items = ITEMS[bench.quick ? "quick" : "full"];
    const workspace = mapWorkspace(bench);
    const answers: MapAnswer[] = [];
    for (let round = 0; round < ROUNDS[bench.quick ? "quick" : "full"]; round += 1) {
      bench.progress(`map: round ${round + 1}, ${numberText(items)} items`);
      answers.push(mapped(bench, workspace, items));
    }
    const row = (what: string, unit: string, of: (answer: MapAnswer) => number, note?: string) => {
      const text = { section: SECTION, what, unit };
      return rowOf(note === undefined ? text : { ...text, note }, answers.map(of));
    };
    const whole = `a map over ${numberText(items)} items`;
    return [
      row(whole, "s", ({ seconds }) => seconds, "from the list to the durable end"),
      row("items a second", "1/s", ({ seconds }) => items / seconds),
      row("processor time an item", "µs", ({ cpuSeconds }) => (cpuSeconds / items) * 1_000_000),
      row(
        "flushes",
        "",
        ({ flushes }) => flushes,
        "one execution: hardly anything stops to be flushed",
      ),
      row("most resident memory", "MiB", ({ peakBytes }) => peakBytes / MIB, "of the process"),
    ];
  },
};

function mapped(bench: Bench, workspace: string, items: number): MapAnswer {
  const place = {
    folder: bench.folder("map"),
    snapshots: join(workspace, "snapshots"),
    capabilities: join(bench.root, "dist", "capabilities"),
    storeWorkerFile: join(bench.root, "dist", "store-worker.cjs"),
  };
  const request: MapRequest = { place, items };
  const answer = bench.child<MapAnswer>("map", request);
  rmSync(place.folder, { recursive: true });
  return answer;
}
