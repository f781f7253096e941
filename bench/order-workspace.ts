/** The workspace of the orders' workflows, in a scratch folder, compiled by the built program. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import type { Place } from "./contender.ts";
import { WORKLOADS, type WorkloadName } from "./workloads.ts";

export const ACCEPT_ORDER = WORKLOADS.W10.workflow;

export function orderWorkspace(bench: Bench): string {
  const workspace = bench.folder("orders");
  cpSync(join(bench.root, "bench", "workspace"), workspace, { recursive: true });
  bench.output([join(bench.root, "bin", "pgs.cjs"), "compile", "--workspace", workspace]);
  return workspace;
}

export interface PlaceRequest {
  readonly name: string;
  readonly workspace: string;
  readonly workload: WorkloadName;
  readonly flushDelayMs?: number;
}

/** A new empty place to run a workload in. */
export function placeOf(
  bench: Bench,
  { name, workspace, workload, flushDelayMs = 0 }: PlaceRequest,
): Place {
  return {
    folder: bench.folder(name),
    snapshots: join(workspace, "snapshots"),
    capabilities: join(bench.root, "dist", "capabilities"),
    storeWorkerFile: join(bench.root, "dist", "store-worker.cjs"),
    dbos: join(bench.root, "bench", "dbos"),
    workload,
    flushDelayMs,
  };
}
