/**
 * What the commands that read evidence share: which trace is meant, the snapshots that are at hand,
 * and the ledger as far as there is one. Nothing here writes.
 */
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Digest } from "../protocol/language/digest.ts";
import { isTraceId } from "../protocol/language/names.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import {
  type LedgerSource,
  lastSegment,
  openSnapshot,
  resolveSnapshot,
  type Snapshot,
  SYSTEM_PORTS,
} from "../runtime/index.ts";
import type { Io } from "./io.ts";
import type { Workspace } from "./options.ts";

const { files } = SYSTEM_PORTS;

/** A trace file: named by its path, or by the trace's id among the workspace's traces. */
export function traceFileOf(given: string, workspace: Workspace, io: Io): string {
  const path = resolve(io.workingFolder, given);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
  const byId = join(workspace.traces, given, `${given}.jsonl`);
  if (isTraceId(given) && statSync(byId, { throwIfNoEntry: false })?.isFile() === true) return byId;
  const expected = isTraceId(given) ? `\`${path}\` or \`${byId}\`` : `\`${path}\``;
  throw new Refusal(
    "usage",
    "trace/not-found",
    `expected a trace file at ${expected}, found none`,
    {
      hint: "Name a trace's .jsonl file, or its id; `pgs list` shows the ids, `pgs rebuild` makes missing files.",
    },
  );
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
