/**
 * The leanest work that can go wrong in every way: a name is registered once, and an event tells of
 * it. One run is one execution; what it must come to is known from its ledger alone.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ended, type Program, run } from "./program.ts";

export const WORKFLOW = "sweep::WF_NAME_V0";

const DOMAIN = `
kind: domain
code: sweep
summary: The smallest protocol that keeps a name once and tells of it.
---
kind: effect
code: CS_NAMES_V0
summary: Names, each written once.
semantics: registry
store: names
key: { type: string, maxLength: 64 }
value: { type: object, required: [by], additionalProperties: false, properties: { by: { type: string, maxLength: 64 } } }
---
kind: effect
code: CS_TOLD_V0
summary: What was registered, in order.
semantics: stream
store: told
value: { type: object, required: [name], additionalProperties: false, properties: { name: { type: string, maxLength: 64 } } }
---
kind: workflow
code: WF_NAME_V0
summary: Register a name and tell of it.
payload:
  type: object
  required: [name, by]
  additionalProperties: false
  properties:
    name: { type: string, maxLength: 64 }
    by: { type: string, maxLength: 64 }
    ballast: { type: string, maxLength: 500000 }
start: register
nodes:
  register:
    effect: CS_NAMES_V0
    op: REGISTER
    with: { key: $.payload.name, value: { by: $.payload.by } }
    on: { SUCCESS: tell, ALREADY_EXISTS: known }
  tell:
    effect: CS_TOLD_V0
    op: APPEND
    with: { event: { name: $.payload.name } }
    on: { SUCCESS: told }
exits:
  told: { outcome: SUCCESS, result: { position: $.nodes.tell.position } }
  known: { outcome: ALREADY_EXISTS, result: { by: $.nodes.register.value.by } }
on_fault: { outcome: FAULTED }
`;

/** The program under test, the compiled protocol, and a folder for everything that is made. */
export interface Setting {
  readonly program: Program;
  /** Not changed by the protocol or by a mistake: what judges is always the true program. */
  readonly judge: Program;
  readonly workspace: string;
  readonly scratch: string;
  /** False where the trace files are no part of what is judged. */
  readonly traces?: boolean;
}

/** A data root and the traces made from it; both below one folder. */
export interface Place {
  readonly folder: string;
  readonly data: string;
  readonly traces: string;
}

/** Who registers what. `by` is also the trace's id, so that each work is found again. */
export interface Task {
  readonly name: string;
  readonly by: string;
  /** A payload of so many bytes more, that no store keeps. */
  readonly ballastBytes?: number;
}

/** Compiles the protocol below `scratch`. */
export async function settle(
  scratch: string,
  judge: Program,
  program: Program = judge,
): Promise<Setting> {
  const workspace = join(scratch, "workspace");
  mkdirSync(join(workspace, "protocol/domains/sweep"), { recursive: true });
  writeFileSync(join(workspace, "protocol/domains/sweep/all.yaml"), DOMAIN.trimStart());
  const compiled = await run(judge, ["compile", "--workspace", workspace]);
  if (compiled.code !== 0) throw new Error(`the protocol does not compile: ${compiled.err}`);
  return { program, judge, workspace, scratch };
}

/** An empty place: the data root is not there yet. */
export function emptyPlace({ scratch }: Setting): Place {
  const folder = mkdtempSync(join(scratch, "place-"));
  return { folder, data: join(folder, "data"), traces: join(folder, "traces") };
}

export function at({ workspace }: Setting, { data, traces }: Place): readonly string[] {
  return ["--workspace", workspace, "--data-root", data, "--traces-dir", traces];
}

/** The arguments of `pgs` that carry out one task. The payload is a file beside the protocol. */
export function runArgs(setting: Setting, place: Place, task: Task): readonly string[] {
  const { name, by, ballastBytes } = task;
  const payload = join(setting.workspace, `${name}-${by}-${ballastBytes ?? 0}.json`);
  const ballast = ballastBytes === undefined ? {} : { ballast: "x".repeat(ballastBytes) };
  writeFileSync(payload, JSON.stringify({ name, by, ...ballast }));
  const what = ["--wf", WORKFLOW, "--payload", payload, "--trace-id", by, "--json"];
  return ["run", ...what, ...at(setting, place)];
}

/** The arguments of `pgs` that carry out many tasks in one process, so many at a time. */
export function batchArgs(
  setting: Setting,
  place: Place,
  tasks: readonly Task[],
  atATime: number,
): readonly string[] {
  const file = join(setting.workspace, `${tasks[0]?.by}.jsonl`);
  writeFileSync(file, tasks.map(({ name, by }) => `${JSON.stringify({ name, by })}\n`).join(""));
  const how = ["--concurrency", String(atATime), "--traces", "none", "--json"];
  return ["run", "--wf", WORKFLOW, "--batch", file, ...how, ...at(setting, place)];
}

export function carryOut(
  setting: Setting,
  place: Place,
  task: Task,
  prefix?: readonly string[],
): Promise<Ended> {
  return run(setting.program, runArgs(setting, place, task), prefix);
}
