/**
 * Which traces `pgs run` writes, and what became of them. The execution is durable before any of
 * this: what cannot be written is told beside the answer, never instead of it.
 */
import { existsSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../protocol/language/digest.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import {
  type ClosedExecution,
  projectTrace,
  renderPng,
  type Snapshot,
  SYSTEM_PORTS,
  underOf,
  writeProjection,
} from "../runtime/index.ts";
import type { Traces } from "./config/config.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import type { Workspace } from "./options.ts";

/** Something that follows from durable executions and could not be written. */
export interface Unwritten {
  readonly what: "trace" | "state";
  /** The trace, where it is one. */
  readonly trace?: string;
  readonly failure: Refusal;
}

export interface Projections {
  readonly onClosed: (closed: ClosedExecution) => Promise<void>;
  /** From here on, what closes was asked for in this run. */
  readonly begun: () => void;
  /** A tenant's traces that a former run left without files: too many to make in passing. */
  readonly leftOut: (tenant: string | undefined) => number;
  /** Whether there are any, whosever they are. */
  readonly isAnyLeftOut: () => boolean;
  /** The first ones that could not be written, and how many there were. */
  readonly unwritten: () => { readonly first: readonly Unwritten[]; readonly count: number };
}

export interface ProjectionOptions {
  readonly workspace: Workspace;
  readonly snapshots: (id: Digest) => Snapshot;
  readonly traces: Traces;
}

/**
 * So many traces of a former run that was stopped are made in passing: painting one takes as long
 * as many executions, and a batch may have left thousands.
 */
const MADE_AGAIN_MAX = 32;
/** So many failures are told one by one. */
const TOLD_MAX = 32;

export function projectionsOf({ workspace, snapshots, traces }: ProjectionOptions): Projections {
  const first: Unwritten[] = [];
  let count = 0;
  let again: number | undefined = 0;
  const leftOut = new Map<string | undefined, number>();
  return {
    async onClosed(closed) {
      if (!isWanted(closed, traces) && !isBehind(closed, workspace)) return;
      if (again !== undefined && again >= MADE_AGAIN_MAX) {
        const tenant = tenantIn(closed);
        leftOut.set(tenant, (leftOut.get(tenant) ?? 0) + 1);
        return;
      }
      if (again !== undefined) again += 1;
      const { trace } = closed;
      const failed = await unlessRefused(project(closed, workspace, snapshots), {
        what: "trace",
        trace,
      });
      if (failed === undefined) return;
      count += 1;
      if (first.length < TOLD_MAX) first.push(failed);
    },
    begun() {
      again = undefined;
    },
    leftOut: (tenant) => leftOut.get(tenant) ?? 0,
    isAnyLeftOut: () => leftOut.size > 0,
    unwritten: () => ({ first, count }),
  };
}

function tenantIn({ records: [opened] }: ClosedExecution): string | undefined {
  return opened?.type === "opened" ? opened.tenant : undefined;
}

function isWanted({ records }: ClosedExecution, traces: Traces): boolean {
  if (traces !== "failed") return traces === "all";
  const last = records.at(-1);
  return last?.type === "closed" && last.fault;
}

/** It waited meanwhile, and what was written of it then would not tell how it went on. */
function isBehind({ trace, records }: ClosedExecution, workspace: Workspace): boolean {
  const waited = records.some(({ type }) => type === "timer" || type === "retry");
  return waited && existsSync(traceFile(trace, workspace));
}

/** The exit code of work that is done but for its traces, where those were asked for. */
export function unlessTracesFailed(
  code: number,
  asked: { readonly isTracesAsked: boolean },
  unwritten: readonly Unwritten[],
): number {
  const failed = unwritten.find(({ what }) => what === "trace");
  if (code !== EXIT.done || !asked.isTracesAsked || failed === undefined) return code;
  return exitCodeOf(failed.failure.family);
}

/** The answer is durable: a projection that cannot be written is told beside it, not instead. */
export async function unlessRefused(
  work: Promise<void>,
  of: Omit<Unwritten, "failure">,
): Promise<Unwritten | undefined> {
  try {
    await work;
    return undefined;
  } catch (failure) {
    if (failure instanceof Refusal) return { ...of, failure };
    throw failure;
  }
}

async function project(
  closed: ClosedExecution,
  workspace: Workspace,
  snapshots: (id: Digest) => Snapshot,
): Promise<void> {
  const [opened] = closed.records;
  if (opened?.type !== "opened") return;
  const under = underOf(snapshots(closed.snapshot), opened.workflow);
  const projection = await projectTrace(closed, under, (svg) => renderPng(svg, workspace.font));
  const { trace } = closed;
  try {
    writeProjection(SYSTEM_PORTS.files, workspace.traces, { trace, projection });
  } catch (error) {
    removeIfEmpty(join(workspace.traces, trace));
    throw error;
  }
}

/** Nothing but a folder was made: it would say that there is a trace. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    // What stands in it stays, and where it was not made there is nothing to remove.
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
  }
}

export function traceFile(trace: string, workspace: Workspace): string {
  return join(workspace.traces, trace, `${trace}.jsonl`);
}
