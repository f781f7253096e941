/**
 * What a node costs the machine: `step` over sealed graphs with answers that are ready, without
 * ledger, state and implementations.
 */
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../protocol/language/json.ts";
import type { FullName } from "../../protocol/language/names.ts";
import type { Bench, Section } from "../bench.ts";
import { generateLine } from "../generate.ts";
import type { MachineAnswer, MachineRequest } from "../jobs/machine.ts";
import { ACCEPT_ORDER } from "../order-workspace.ts";
import { type Row, rowOf } from "../row.ts";
import { summarize } from "../statistics.ts";
import { orderOf } from "../ten-steps.ts";

const SECTION = "machine";
const SAMPLES = { full: 40, quick: 10 };
const MICROS_MAX = 2;
const LINES = [10, 500];

interface Course {
  readonly what: string;
  readonly workflow: FullName;
  readonly payload: JsonObject;
  readonly write: (workspace: string) => void;
}

export const machine: Section = {
  name: SECTION,
  title: "The machine alone: no ledger, no state, no implementations",
  run: (bench) => coursesOf(bench).map((course) => rowFor(bench, course)),
};

function coursesOf(bench: Bench): readonly Course[] {
  const order = orderOf(1) as unknown as JsonObject;
  return [
    {
      what: "a node of the ten-step workflow",
      workflow: ACCEPT_ORDER,
      payload: { order },
      write: (workspace) =>
        cpSync(join(bench.root, "bench", "workspace"), workspace, { recursive: true }),
    },
    ...LINES.map((steps) => ({
      what: `a node of a line of ${steps}, half of them decisions`,
      workflow: "lines::WF_LINE_V0" as FullName,
      payload: { amount: 7 },
      write: (workspace: string) => generateLine(workspace, steps),
    })),
  ];
}

function rowFor(bench: Bench, { what, workflow, payload, write }: Course): Row {
  bench.progress(`machine: ${what}`);
  const workspace = bench.folder("machine");
  write(workspace);
  bench.output([join(bench.root, "bin", "pgs.cjs"), "compile", "--workspace", workspace]);
  const request: MachineRequest = {
    snapshots: join(workspace, "snapshots"),
    capabilities: join(bench.root, "dist", "capabilities"),
    workflow,
    payload,
    samples: bench.quick ? SAMPLES.quick : SAMPLES.full,
  };
  const { nodes, outcome, microsEach, cpuMicrosEach } = bench.child<MachineAnswer>(
    "machine",
    request,
  );
  const cpu = summarize(cpuMicrosEach).median.toFixed(2);
  return rowOf(
    {
      section: SECTION,
      what,
      unit: "µs",
      budget: { limit: MICROS_MAX, at: "most" },
      note: `${nodes} nodes to ${outcome}; ${cpu} µs of processor, all threads`,
    },
    microsEach,
  );
}
