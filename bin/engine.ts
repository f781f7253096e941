/**
 * The runtime as `pgs run` opens it on a workspace's data root, for one execution or for a batch of
 * them: under the workspace's snapshot, with the traces written that were asked for.
 */
import { openCapabilities } from "../capabilities/registry.ts";
import { GENESIS_TENANT } from "../protocol/language/acts.ts";
import type { Digest } from "../protocol/language/digest.ts";
import {
  atGate,
  type ClosedExecution,
  openRuntime,
  openSnapshot,
  type Recovery,
  type Runtime,
  requireKnown,
  resolveSnapshot,
  type Snapshot,
  SYSTEM_PORTS,
  type Woken,
  type Work,
} from "../runtime/index.ts";
import { byId } from "./by-id.ts";
import { callsLeft } from "./calls-left.ts";
import type { Traces } from "./config/config.ts";
import { identityOf } from "./config/identity.ts";
import { bootOptionsOf, requireViable } from "./genesis/for-work.ts";
import type { Io } from "./io.ts";
import type { Workspace } from "./options.ts";
import { ownTenantIfAny } from "./own-tenant.ts";
import { count, safe } from "./print.ts";
import { type Projections, projectionsOf, type Unwritten } from "./projections.ts";

export interface EngineOptions {
  readonly workspace: Workspace;
  readonly traces: Traces;
  readonly allowChangedCapabilities: boolean;
  /** How long to wait for another process to let go of the data root. */
  readonly waitMs: number;
  /** How long to wait for room on a full disk before giving up. */
  readonly roomWaitMs: number;
  /** Leaves open what a former writer left open. */
  readonly hold?: boolean;
  /** Told of executions that slept and went on because their time was up. */
  readonly onWoken?: (woken: Woken) => void;
  /** What it is opened for: refused without opening anything where the snapshot has no such name. */
  readonly asked?: Pick<Work, "intent" | "workflow" | "session">;
}

export interface Engine {
  readonly runtime: Runtime;
  readonly projections: Projections;
  /** What was found when the data root was opened, as far as who asks may know of it. */
  readonly recovery: Omit<Recovery, "left">;
  /** Of its `later`, those that stay open for the next start: known once the runtime has closed. */
  readonly left: () => readonly string[];
  /** Traces of one's own that a former run left without files, and that were not made in passing. */
  readonly withoutFiles: () => number;
  /** Whether a trace still goes on with a call that was interrupted, as far as anybody heard. */
  readonly isCalling: (trace: string) => boolean;
}

/** Through all gates of a start, and ready for work. */
export async function openEngine(options: EngineOptions, io: Io): Promise<Engine> {
  const { workspace } = options;
  await atGate("G1", () => requireViable(workspace, io));
  const current = await atGate("G3", () =>
    openSnapshot(SYSTEM_PORTS.files, folderOf(workspace, workspace.snapshot)),
  );
  if (options.asked !== undefined) requireKnown(current, options.asked);
  const engine = await openUnder(current, options, io);
  const { runtime, projections } = engine;
  try {
    const boot = bootOptionsOf(workspace, { runtime, snapshot: current });
    await atGate("G5", () => runtime.boot(boot));
  } catch (error) {
    await runtime.close();
    throw error;
  }
  projections.begun();
  return engine;
}

/** The same as far as the third gate, under a snapshot that was opened: it has not booted. */
export async function openUnder(
  current: Snapshot,
  options: EngineOptions,
  io: Io,
): Promise<Engine> {
  const { workspace, traces, allowChangedCapabilities, waitMs, roomWaitMs, hold = false } = options;
  const snapshots = snapshotsBeside(current, workspace);
  const projections = projectionsOf({ workspace, snapshots, traces });
  const left = callsLeft();
  const onClosed = async (closed: ClosedExecution) => {
    await projections.onClosed(closed);
    left.closed(closed.trace);
  };
  const runtime = await openRuntime({
    dataRoot: workspace.dataRoot,
    snapshot: current,
    snapshots,
    capabilities: openCapabilities(workspace.capabilities),
    storeWorkerFile: workspace.storeWorker,
    checkWorkerFile: workspace.checkWorker,
    allowChangedCapabilities,
    ...workspace.config.operator,
    identity: identityOf(workspace.config),
    holder: { pid: io.pid, command: io.commandLine },
    waitMs,
    roomWaitMs,
    hold,
    ...(options.onWoken === undefined ? {} : { onWoken: options.onWoken }),
    // Before the state is stored: from where it ends, the next start makes up for what is missing.
    onClosed,
  });
  left.begin(runtime.recovery.calling);
  const tenant = ownTenantWhere(runtime, projections) ? ownTenantIfAny(workspace) : undefined;
  const recovery = seenBy(tenant, runtime);
  return {
    runtime,
    projections,
    recovery,
    left: () => leftOf(recovery, runtime),
    withoutFiles: () => projections.leftOut(tenant),
    isCalling: left.has,
  };
}

/** After a clean stop there is nothing to tell, and nobody need be looked up for it. */
function ownTenantWhere({ recovery }: Runtime, projections: Projections): boolean {
  const { continued, calling, waiting, stuck, later } = recovery;
  const isAnyLeft = [continued, calling, waiting, stuck, later].some(({ length }) => length > 0);
  return isAnyLeft || projections.isAnyLeftOut();
}

/** What became of others' executions is theirs to know; starts, and what was cut, are nobody's. */
function seenBy(tenant: string | undefined, runtime: Runtime): Engine["recovery"] {
  const { continued, calling, waiting, stuck, held, later, cuts } = runtime.recovery;
  const isSeen = (trace: string) => {
    const whose = runtime.tenantOf(trace);
    return whose === GENESIS_TENANT || (tenant !== undefined && whose === tenant);
  };
  return {
    continued: continued.filter(isSeen),
    calling: calling.filter(isSeen),
    waiting: waiting.filter(isSeen),
    stuck: stuck.filter(({ trace }) => isSeen(trace)),
    held: held.filter(isSeen),
    later: later.filter(isSeen),
    cuts,
  };
}

function leftOf({ later }: Engine["recovery"], { recovery }: Runtime): readonly string[] {
  const left = new Set(recovery.left);
  return later.filter((trace) => left.has(trace));
}

function folderOf({ snapshots }: Workspace, wanted: string | undefined): string {
  return resolveSnapshot(SYSTEM_PORTS.files, snapshots, wanted);
}

/** The current snapshot and the older ones that open executions began with, each opened once. */
function snapshotsBeside(current: Snapshot, workspace: Workspace): (id: Digest) => Snapshot {
  const opened = new Map([[current.id, current]]);
  return (id) => {
    const known = opened.get(id);
    if (known !== undefined) return known;
    const snapshot = openSnapshot(SYSTEM_PORTS.files, folderOf(workspace, id));
    opened.set(id, snapshot);
    return snapshot;
  };
}

/** What was found when the data root was opened; nothing after a clean stop. */
export function recoveryText(engine: Engine, io: Io): string {
  const { recovery, withoutFiles } = engine;
  const { continued, calling, waiting, stuck, later, cuts } = recovery;
  const leftOut = withoutFiles();
  const lines = [
    ...cuts.map(({ bytes, aside }) => `cut a torn tail of ${bytes} bytes, kept in ${safe(aside)}`),
    ...continued
      .slice(0, TOLD_MAX)
      .map((trace) => `brought ${trace} to its end, which a stop had left open`),
    ...more(continued.length, "brought to their end"),
    ...calling
      .slice(0, TOLD_MAX)
      .map((trace) => `goes on with ${trace}, whose call to the outside was interrupted`),
    ...more(calling.length, "go on"),
    ...(waiting.length === 0
      ? []
      : [`${count(waiting.length, "execution")} still ${waiting.length === 1 ? "waits" : "wait"}`]),
    ...stuck
      .slice(0, TOLD_MAX)
      .map(
        ({ trace, code, message }) =>
          `${io.paintErr.yellow(code)}: ${trace} stays open: ${safe(message)}${endable(trace, code)}`,
      ),
    ...more(stuck.length, "stay open"),
    ...(later.length === 0
      ? []
      : [`${count(later.length, "execution")} that a stop had left open go on beside other work`]),
    ...(leftOut === 0
      ? []
      : [
          `${leftOut} more that ended before the stop have no trace files: \`pgs rebuild\` makes them`,
        ]),
  ];
  return lines.map((line) => `recovery: ${line}\n`).join("") + leftText(engine);
}

/** What stays open for the next start, once the runtime has closed; nothing where all has gone on. */
export function leftText({ left }: Engine): string {
  const { length } = left();
  if (length === 0) return "";
  const stay = length === 1 ? "stays" : "stay";
  return `recovery: ${count(length, "execution")} ${stay} open for the next start; \`pgs wake\` goes on with all\n`;
}

/** Where it stands is known from its graph alone. */
function endable(trace: string, code: string): string {
  return code === "snapshot/not-found" ? "" : `; \`pgs cancel ${trace}\` can end it`;
}

/** The same for a JSON document: a member `recovery`, where anything was found. */
export function recoveryMember({ recovery, withoutFiles, left }: Engine): {
  readonly recovery?: object;
} {
  const { continued, calling, waiting, stuck, later, cuts } = recovery;
  const without_files = withoutFiles();
  const found = [continued, calling, waiting, stuck, later, cuts].some(({ length }) => length > 0);
  if (!found && without_files === 0) return {};
  const cut = cuts.map(({ segment, offset, bytes, aside }) => ({ segment, offset, bytes, aside }));
  const stay = left();
  const more = {
    ...(later.length === 0 ? {} : { later }),
    ...(stay.length === 0 ? {} : { left: stay }),
  };
  const told = { continued, calling, waiting, stuck: stuck.map(byId), ...more, cuts: cut };
  return { recovery: { ...told, without_files } };
}

/** So many executions are named one by one. */
const TOLD_MAX = 32;

function more(count: number, what: string): readonly string[] {
  return count <= TOLD_MAX ? [] : [`and ${count - TOLD_MAX} more ${what}`];
}

/** One line for each. The state makes up for it by itself; trace files are made when asked for. */
export function unwrittenText(unwritten: readonly Unwritten[], io: Io): string {
  return unwritten
    .map(({ what, trace, failure: { code, message } }) => {
      const of = trace === undefined ? "the state" : `the ${what} files of ${trace}`;
      const later = trace === undefined ? "the next run folds it" : "`pgs rebuild` makes them";
      const why = `${io.paintErr.yellow(code)}: ${safe(message)}`;
      return `${why}; the execution stands, ${of} could not be written: ${later}\n`;
    })
    .join("");
}
