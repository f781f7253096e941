/** A data root with a few executions and their traces on the real disk, and how tests look at it. */
import { dirname, join } from "node:path";
import { sha256 } from "../../../protocol/language/digest.ts";
import type { Json } from "../../../protocol/language/json.ts";
import { type Verification, type VerifyOptions, verify } from "../../../runtime/evidence/verify.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import type { RuntimeOptions } from "../../../runtime/runtime-options.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import {
  type Paint,
  projectTrace,
  underOf,
  writeProjection,
} from "../../../runtime/traces/project.ts";
import { during, freshRoot } from "../on-disk.ts";
import { REGISTER, registerGraph, snapshotOf } from "../protocol.ts";

const graph = registerGraph();
export const snapshot = snapshotOf([graph], ["identify"]);

/** Stands for the renderer, which has tests of its own: other pictures give other bytes. */
export const paint: Paint = async (svg) => Buffer.from(sha256(svg));

export function tracesOf(dataRoot: string): string {
  return join(dirname(dataRoot), "traces");
}

export function traceFile(dataRoot: string, trace: string, ending = "jsonl"): string {
  return join(tracesOf(dataRoot), trace, `${trace}.${ending}`);
}

export interface Asked {
  readonly trace: string;
  readonly payload: Json;
}

/** The second one finds what the first one registered. */
const ASKED: readonly Asked[] = [
  { trace: "t1", payload: { name: "Ada" } },
  { trace: "t2", payload: { name: "Ada" } },
  { trace: "t3", payload: { name: "Bob \ufffd 😀" } },
];

export async function recordedRoot(
  asked: readonly Asked[] = ASKED,
  more: Partial<RuntimeOptions> = {},
): Promise<string> {
  const dataRoot = freshRoot();
  const submitAll = async (runtime: Runtime) => {
    for (const { trace, payload } of asked) {
      await runtime.submit({ workflow: REGISTER, payload, traceId: trace });
    }
  };
  await during(dataRoot, submitAll, {
    snapshot,
    snapshots: () => snapshot,
    onClosed: async ({ trace, lines, records }) => {
      const projection = await projectTrace({ lines, records }, underOf(snapshot, REGISTER), paint);
      writeProjection(systemFiles, tracesOf(dataRoot), { trace, projection });
    },
    ...more,
  });
  return dataRoot;
}

export function verified(
  dataRoot: string,
  more: Partial<VerifyOptions> = {},
): Promise<Verification> {
  return verify({
    files: systemFiles,
    dataRoot,
    tracesFolder: tracesOf(dataRoot),
    snapshot: () => snapshot,
    paint,
    state: true,
    ...more,
  });
}
