/**
 * What the commands that read evidence share: which trace is meant, the snapshots that are at hand,
 * and the ledger as far as there is one. Nothing here writes to any of them.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Digest } from "../protocol/language/digest.ts";
import { isTraceId } from "../protocol/language/names.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import {
  isBroken,
  isOpen,
  isSeenBy,
  type LedgerSource,
  lastSegment,
  linesOfFile,
  openSnapshot,
  readTrace,
  resolveSnapshot,
  type Snapshot,
  SYSTEM_PORTS,
  traceInLedger,
} from "../runtime/index.ts";
import type { Io } from "./io.ts";
import type { Workspace } from "./options.ts";
import { ownTenant } from "./own-tenant.ts";

const { files } = SYSTEM_PORTS;

export type TraceReading = ReturnType<typeof readTrace>;

/**
 * A trace that was named: by the path of its file, or by its id, whose file stands among the
 * workspace's traces or whose records stand in the ledger. By its id, one's own tenant's is found
 * alone: another's is as little there as one that never was. By its path, whoever owns the data root
 * is shown any, and the holder of a session one's own.
 */
export function traceOf(given: string, workspace: Workspace, io: Io): TraceReading {
  const path = resolve(io.workingFolder, given);
  const named = isFile(path) ? readTrace(linesOfFile(files, path), path) : undefined;
  if (named !== undefined && mayBeShown(named, workspace)) return named;
  if (!isTraceId(given)) throw noTrace(`expected a trace file at \`${path}\`, found none`);
  const byId = join(workspace.traces, given, `${given}.jsonl`);
  const tenant = ownTenant(workspace);
  const inFile = isFile(byId) ? readTrace(linesOfFile(files, byId), byId) : undefined;
  const found = newest(inFile, () => traceIn(workspace, given)).find((one) =>
    isSeenBy(tenant, one),
  );
  if (found !== undefined) return found;
  const { dataRoot } = workspace;
  const places = `a trace file at \`${path}\` or \`${byId}\`, or its records in \`${dataRoot}\``;
  throw noTrace(`expected ${places}, found none`);
}

/** What knows more comes first: a file that was written while it waited may be behind the ledger. */
function newest(
  inFile: TraceReading | undefined,
  inLedger: () => TraceReading | undefined,
): readonly TraceReading[] {
  const isWhole = inFile !== undefined && (!isOpen(inFile) || inFile.problems.some(isBroken));
  if (isWhole) return [inFile];
  const inBoth = [inFile, inLedger()].filter((one) => one !== undefined);
  return inBoth.sort((a, b) => b.records.length - a.records.length);
}

/** Of a file that was named by its path. */
function mayBeShown(reading: TraceReading, workspace: Workspace): boolean {
  return workspace.config.session === undefined || isSeenBy(ownTenant(workspace), reading);
}

/** A trace whose records stand in the ledger, whosever it is. */
export function traceIn(workspace: Workspace, trace: string): TraceReading | undefined {
  if (ledgerAtHand(workspace) === undefined) return undefined;
  return traceInLedger(files, workspace.dataRoot, trace);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function noTrace(message: string): Refusal {
  return new Refusal("usage", "trace/not-found", message, {
    hint: "Name a trace's .jsonl file, or its id; `pgs list` shows the ids.",
  });
}

/**
 * Opens a snapshot by its id: the one that was named, or one of the workspace's. `open` says how
 * much of it is read: what is used (`openSnapshot`), or all of it (`verifySnapshot`).
 */
export function snapshotSource(
  { snapshots, snapshot: wanted }: Workspace,
  open: typeof openSnapshot = openSnapshot,
): (id: Digest) => Snapshot {
  return (id) => {
    const named = wanted === undefined ? undefined : resolveSnapshot(files, snapshots, wanted);
    const folder = named?.endsWith(id) === true ? named : resolveSnapshot(files, snapshots, id);
    return open(files, folder);
  };
}

/** As `snapshotSource`, but undefined for a snapshot that is not at hand. */
export function snapshotAtHand(workspace: Workspace): (id: Digest) => Snapshot | undefined {
  const open = snapshotSource(workspace);
  return (id) => {
    try {
      return open(id);
    } catch (error) {
      if (error instanceof Refusal && error.code === "snapshot/not-found") return undefined;
      throw error;
    }
  };
}

/** The data root's ledger; undefined where there is none. */
export function ledgerAtHand({ dataRoot }: Workspace): LedgerSource | undefined {
  return lastSegment(files, dataRoot) === 0 ? undefined : { files, dataRoot };
}

/** A folder for what reading a whole ledger remembers, and memory should not hold; gone afterwards. */
export async function withScratch<T>(
  { temporaryFolder }: Io,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = scratchFolder(temporaryFolder);
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function scratchFolder(above: string): string {
  try {
    return mkdtempSync(join(above, "pgs-scratch-"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    const message = `no folder can be made in \`${above}\`: ${(error as Error).message}`;
    throw new Refusal("viability", "scratch/not-writable", message, {
      hint: "Name a folder that can be written with the environment variable TMPDIR.",
    });
  }
}
